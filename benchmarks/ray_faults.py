"""Interruptions of sweeps on Ray: they are killed at random moments, resumed and checked.

Each round is a sweep by `search/run.py` that is interrupted some eight times, resumed until it is
done, and compared with an uninterrupted sweep of the same seed.
"""

import getpass
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import harm
import promises
from tally import Promise, Tally

from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.operations import Operation
from tests.support.processes import reset_signals

COMMAND = [sys.executable, str(Path(__file__).parent.parent / "search" / "run.py")]
A_ROUND = 8  # interruptions of one sweep
EARLY = 0.2  # share of the interruptions at any time after the start instead of in training
PATIENCE = 600.0  # seconds of any step at most, beside other work
NOT_OURS = {f"torchinductor_{getpass.getuser()}", "ray"}  # made by torch and Ray, and kept

PROMISES = {
    "log": "what the log held when it was interrupted, it holds for ever",
    "screen": "a trial that the screen called complete is complete on disk",
    "end": "the command ends as it should: a sentence and no traceback",
    "snapshot": "a trial goes on from its newest whole snapshot",
    "damaged": "a damaged snapshot is named, and the one before it used",
    "once": "no trial and no epoch is lost or doubled",
    "same": "trials, stops and metrics equal those of the uninterrupted sweep",
    "models": "the kept models' parameters are equal, bit for bit",
    "front": "the front is equal",
    "mlflow": "MLflow has one run a trial and one value a step, also after it lost all",
    "twice": "a running sweep is not resumed a second time",
    "server": "a tracking server that was down for a while has everything when it is back",
    "rest": "the next command leaves no temporary folder of a killed one",
    "both": "sweeps at once on one store do not disturb each other",
}
"""Promises by key."""


class RayFaults:
    """Sweeps that are interrupted, and the promises checked on them."""

    def __init__(self, folder: Path, seed: int, budget: list[str]) -> None:
        self.folder, self.results, self.budget = folder, folder / "results", budget
        folder.mkdir(parents=True, exist_ok=True)
        self.tally = Tally.load(folder / "ray.json", PROMISES)
        self.promises = self.tally.promises
        self.random = random.Random(f"{seed} {self.tally.rounds}")
        self.said = folder / "said.txt"
        # Ray's sockets need a short path.
        self.temporary = Path(tempfile.mkdtemp(prefix="ff", dir="/tmp"))

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start the command."""
        with self.said.open("wb") as said:
            return subprocess.Popen(
                [*COMMAND, *options, "--results", str(self.results)],
                stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=reset_signals,
                env=os.environ | dict.fromkeys(("RAY_TMPDIR", "TMPDIR"), str(self.temporary)),
            )  # fmt: skip

    def new(self, name: str, seed: int) -> list[str]:
        """Return the options of a new sweep."""
        what = ["--smoke", "--concurrent", "1", "--set", "filters=64", *self.budget]
        return [*what, "--seed", str(seed), "--name", name]

    def whole(self, name: str, seed: int) -> None:
        """Run a sweep without interruptions."""
        driver = self.start(*self.new(name, seed))
        if driver.wait(PATIENCE):
            sys.exit(f"the sweep to compare with failed:\n{self.said.read_text()}")

    def logs(self) -> dict[Path, bytes]:
        """Return the content of every log, without torn lines."""
        found = {}
        for path in self.results.glob(f"*/{FILE}"):
            content = path.read_bytes()
            found[path] = content[: content.rfind(b"\n") + 1]
        return found

    def lines(self) -> int:
        """Return the number of events in all logs."""
        return sum(content.count(b"\n") for content in self.logs().values())

    def wait(self, driver: subprocess.Popen[bytes], happened: Callable[[], bool]) -> bool:
        """Wait; return whether it happened before the command ended."""
        deadline = time.monotonic() + PATIENCE
        while not happened():
            if driver.poll() is not None:
                return False
            if time.monotonic() > deadline:
                sys.exit(f"nothing happened for {PATIENCE:.0f} s:\n{self.said.read_text()}")
            time.sleep(0.02)
        return True

    def moment(self, driver: subprocess.Popen[bytes]) -> bool:
        """Wait for a random moment; return whether the command still runs."""
        began = time.monotonic()
        if self.random.random() < EARLY:
            pause = self.random.uniform(0.0, 12.0)
            return self.wait(driver, lambda: time.monotonic() - began > pause)
        least = self.lines() + self.random.randint(1, 12)
        if not self.wait(driver, lambda: self.lines() >= least):
            return False
        pause = time.monotonic() + self.random.uniform(0.0, 0.5)
        return self.wait(driver, lambda: time.monotonic() > pause)

    def check_end(self, driver: subprocess.Popen[bytes], kind: str) -> None:
        """Check how the command ended."""
        status, said = driver.wait(PATIENCE), self.said.read_text()
        expected = {signal.SIGINT: 130, signal.SIGTERM: 130, signal.SIGHUP: 130}
        pattern, number = harm.KILLS[kind]
        if pattern in ("raylet/raylet", "gcs_server"):
            expected[number] = 2
        wanted = expected.get(number, -9)
        clean = "Traceback" not in said and (status != 2 or "Ray ended" in said)
        early = wanted == 130 and status in (-number, 130)  # before it could take signals
        # Ray that dies while it starts ends the process that starts it.
        early |= wanted == 2 and status == 1 and "Failed to register" in said
        good = clean and (status == wanted or early)
        self.promises["end"].check(good, f"{kind}: status {status}: {said[-800:]}")

    def check_logs(self, before: dict[Path, bytes]) -> None:
        """Check that logged events are still there."""
        after = self.logs()
        for path, content in before.items():
            self.promises["log"].check(after[path].startswith(content), f"{path} changed")

    def check_said(self, name: str, text: str) -> None:
        """What was shown as complete is."""
        trials = Log(LocalStorage(self.results / name)).trials
        ended = [number for number, trial in trials.items() if trial.state != "running"]
        said = re.findall(r"^trial (\d+)[^:\n]* complete", text, re.MULTILINE)
        for number in said[1:] if "training the baseline" in text else said:
            self.promises["screen"].check(int(number) in ended, f"trial {number} of {name}")

    def check_resumed(self, name: str, known: int, expected: dict[int, int], hurt: str) -> None:
        """The trials that were begun before went on from where they had been saved."""
        first: dict[int, Mapping[str, Any]] = {}
        for line in promises.log_lines(self.results / name)[known:]:
            if line.operation is Operation.RESUMED:
                first.setdefault(line.fields["trial"], line.fields)
        for number, resumed in first.items():
            if number in expected:
                epoch, saved = resumed["epoch"], expected[number]
                broken = f"trial {number} of {name}: from {epoch}, {saved} saved"
                self.promises["snapshot"].check(epoch >= saved, broken)
                if hurt:
                    named = any(hurt in note for note in resumed["damaged"])
                    self.promises["damaged"].check(named, f"{hurt} of {name}")

    def round(self, name: str, seed: int, interruptions: int) -> int:
        """Interrupt a sweep, resume it to its end; return the number of interruptions."""
        driver, done = self.start(*self.new(name, seed)), 0
        known, expected, hurt = 0, dict[int, int](), ""
        while self.moment(driver):
            if done == interruptions:
                break
            kind = self.random.choice(list(harm.KILLS))
            before = self.logs()
            if not harm.interrupt(driver.pid, kind):
                continue
            done += 1
            self.tally.kills[kind] += 1
            print(f"{name}: {kind} at {self.lines()} events", flush=True)
            if "trial's" in kind:  # the command goes on by itself
                continue
            self.check_end(driver, kind)
            self.check_logs(before)
            self.check_said(name, self.said.read_text())
            self.check_resumed(name, known, expected, hurt)
            hurt = harm.damage(self.results / name, self.random)
            begun = (self.results / name / "sweep.json").exists()
            known = len(promises.log_lines(self.results / name))
            expected = harm.unfinished(self.results / name)
            if begun and self.random.random() < 0.1:
                driver = self.start("--resume", name)
                self.refused(driver, name)
            else:
                driver = self.start(*(["--resume", name] if begun else self.new(name, seed)))
        status = driver.wait(PATIENCE)
        if status:
            sys.exit(f"{name} did not end well ({status}):\n{self.said.read_text()}")
        self.check_resumed(name, known, expected, hurt)
        return done

    def refused(self, driver: subprocess.Popen[bytes], name: str) -> None:
        """Try to resume a running sweep; it is paused meanwhile, so as not to end."""
        if not self.wait(driver, lambda: "starting Ray" in self.said.read_text()):
            return
        driver.send_signal(signal.SIGSTOP)
        command = [*COMMAND, "--resume", name, "--results", str(self.results)]
        second = subprocess.run(command, capture_output=True, text=True)
        driver.send_signal(signal.SIGCONT)
        good = second.returncode == 2 and "is running" in second.stderr
        self.promises["twice"].check(good, second.stderr)

    def check_whole(self, name: str, reference: str) -> None:
        """Compare a finished sweep with the uninterrupted one."""
        one, two = self.results / name, self.results / reference
        kept, check = self.promises, Promise.check
        check(kept["once"], not promises.once(one), promises.once(one))
        check(kept["same"], promises.log_facts(one) == promises.log_facts(two), name)
        differ = promises.models_differ(one, two)
        check(kept["models"], not differ, f"{name}: {differ}")
        check(kept["front"], promises.front(one) == promises.front(two), name)
        uri = f"sqlite:///{self.results / 'mlflow.db'}"
        baseline = json.loads((one / "sweep.json").read_text())["baseline"]
        for sweep in (name, baseline):
            differ = promises.mlflow_differs(uri, sweep, self.results / sweep)
            check(kept["mlflow"], not differ, differ)
        lines = promises.log_lines(one)
        self.tally.epochs += sum(line.operation is Operation.EPOCH for line in lines)
        self.tally.repeated += sum(t.repeated for t in Log(LocalStorage(one)).trials.values())

    def together(self, seeds: Sequence[int]) -> None:
        """Run sweeps at the same time and compare them with themselves alone."""
        names = [f"together-{seed}" for seed in seeds]
        drivers = [self.start(*self.new(n, s)) for n, s in zip(names, seeds, strict=True)]
        good = [driver.wait(2 * PATIENCE) == 0 for driver in drivers]
        self.promises["both"].check(all(good), self.said.read_text())
        for name, seed in zip(names, seeds, strict=True):
            same = promises.log_facts(self.results / name) == promises.log_facts(
                self.results / f"whole-{seed}"
            )
            self.promises["both"].check(same, name)
            uri = f"sqlite:///{self.results / 'mlflow.db'}"
            differ = promises.mlflow_differs(uri, name, self.results / name)
            self.promises["both"].check(not differ, differ)

    def server(self, seed: int) -> None:
        """Run a sweep whose tracking server is killed in the middle and comes back."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        uri, name = f"http://127.0.0.1:{port}", f"served-{seed}"
        serving = harm.serve(self.results, port)
        driver = self.start(*self.new(name, seed), "--tracking-uri", uri)
        log = self.results / name
        self.wait(driver, lambda: len(promises.log_lines(log)) > 10)
        os.killpg(serving.pid, signal.SIGKILL)
        self.wait(driver, lambda: len(promises.log_lines(log)) > 30)
        serving = harm.serve(self.results, port)
        try:
            good = driver.wait(PATIENCE) == 0
            differ = promises.mlflow_differs(uri, name, log) if good else self.said.read_text()
        finally:
            os.killpg(serving.pid, signal.SIGKILL)
        self.promises["server"].check(not differ, differ)

    def run(self, interruptions: int, until: float, alone: bool) -> None:
        """Run rounds until the tally has so many interruptions, or a time has come.

        Args:
            interruptions: number of interruptions.
            until: time of the monotonic clock at which no round begins any more.
            alone: whether to leave out the lost server and the sweeps at once.
        """
        tally, seeds = self.tally, [0] if alone else [0, 1]
        for seed in seeds:
            if not (self.results / f"whole-{seed}" / "front.json").exists():
                self.whole(f"whole-{seed}", seed)
        if not alone and not self.promises["server"].checked:
            self.server(0)
            self.together(seeds)
        while tally.interruptions < interruptions and time.monotonic() < until:
            began, seed = time.monotonic(), seeds[tally.rounds % len(seeds)]
            name = f"killed-{tally.rounds}-{os.getpid()}"
            for path in self.results.glob("baseline-*"):  # each is to train its own
                shutil.move(path, self.folder / f"{path.name}-{name}")
            left = interruptions - tally.interruptions
            self.round(name, seed, min(A_ROUND, left))
            self.check_whole(name, f"whole-{seed}")
            left = {path.name for path in self.temporary.iterdir()} - NOT_OURS
            self.promises["rest"].check(not left, f"{name}: {sorted(left)}")
            tally.add(began)
        shutil.rmtree(self.temporary, ignore_errors=True)
