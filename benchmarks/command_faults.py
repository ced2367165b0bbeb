"""Interruptions of each command in a process without Ray, at a chosen change of its files.

Each round begins with the same folder, interrupts a command several times, lets it end, and
compares what is there with a folder in which nothing was interrupted. Searches also lose their
folder: removed, moved, made read-only, on a disk that is full of bytes or of files.
"""

import json
import os
import random
import re
import shutil
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

import command_promises as checks
import promises
from command_harms import FULL, HARMS, KILLS, Harmed, mounted, undo
from forked import NEVER, Command, Ending, Moment, command
from tally import Tally

from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE

KINDS = ("search", "folder", "replicate", "export", "register", "report", "five")
NAME = "sweep"
SEARCH = [
    "run", "--smoke", "--concurrent", "1", "--trials", "2", "--epochs", "3", "--race-seeds", "3",
    "--check-seeds", "1", "--set", "learning_rate=0.01", "--set", "floor.ccc=0.01",
]  # fmt: skip
COMMANDS = {
    "replicate": ["replicate", NAME, "--pick", "all", "--seeds", "2"],
    "export": ["export", NAME, "--anyway"],  # the toy data teach nothing
    "register": ["export", NAME, "--anyway", "--register"],
    "report": ["report", NAME],
}
STATES = {
    "replicate": ("searched", "tested"),
    "export": ("searched", "exported"),
    "register": ("searched", "registered"),
    "report": ("tested", "reported"),
}
"""Folder that a command begins with, and that after it."""
A_ROUND = 8  # interruptions of one command at most
PROMISES = {
    "end": "each command ends with its status and one sentence, without a traceback",
    "log": "what a log held when a command was interrupted, it holds for ever",
    "screen": "a trial that the screen called complete is complete on disk",
    "gone": "a folder that was removed or moved is not made again",
    "once": "no trial and no epoch is lost or doubled",
    "same": "trials, stops and metrics equal those of the uninterrupted sweep",
    "models": "the kept models' parameters are equal, bit for bit",
    "front": "the front is equal",
    "mlflow": "MLflow has one run a trial and one value a step",
    "tests": "test results are those of the uninterrupted replication",
    "looks": "test data were not asked more often than the log and the screen state",
    "bundle": "a bundle is whole, and that of the uninterrupted export",
    "versions": "each version in the registry is whole and described, and aliases lead to the last",
    "report": "the report's tables are equal",
    "five": "five sweeps at once on one store, two of them killed, do not disturb each other",
    "rest": "the next command leaves no temporary file of a killed one",
}


class CommandFaults:
    """Commands that are harmed, and the promises checked on them."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Begin, or continue with the tally in the folder."""
        self.states, self.work = folder / "states", folder / "work"
        folder.mkdir(parents=True, exist_ok=True)
        self.tally = Tally.load(folder / "commands.json", PROMISES)
        self.promises = self.tally.promises
        self.random = random.Random(f"{seed} {self.tally.rounds}")
        self.results = self.work / "results"
        os.environ["FAIRSER_CACHE"] = str(folder / "cache")
        self._changes: dict[str, int] = {}

    def run(self, interruptions: int, until: float, kinds: Sequence[str]) -> None:
        """Run rounds until the tally has so many interruptions, or a time has come.

        Args:
            interruptions: number of interruptions.
            until: time of the monotonic clock at which no round begins any more.
            kinds: kinds of rounds, among `KINDS`.
        """
        self.prepare(kinds)
        rounds: dict[str, Callable[[], None]] = {
            "search": partial(self.search, KILLS),
            "folder": partial(self.search, HARMS),
            **{name: partial(self.repeat, name) for name in COMMANDS},
            "five": self.five,
        }
        while self.tally.interruptions < interruptions and time.monotonic() < until:
            began, kind = time.monotonic(), kinds[self.tally.rounds % len(kinds)]
            rounds[kind]()
            self.tally.add(began)
            shown = f"{self.tally.interruptions} interruptions after {kind}"
            print(f"{shown}, {time.monotonic() - began:.0f} s", flush=True)

    def prepare(self, kinds: Sequence[str]) -> None:
        """Make the folders that rounds of these kinds begin with, and those they end with."""
        needed = {"empty", "searched"}.union(*(STATES.get(kind, ()) for kind in kinds))
        steps = {
            "empty": [],
            "searched": [*SEARCH, "--name", NAME],
            "tested": COMMANDS["replicate"],
            "reported": COMMANDS["report"],
            "exported": COMMANDS["export"],
            "registered": COMMANDS["register"],
        }
        above = {"empty": "", "searched": "empty", "reported": "tested"}
        for state, words in steps.items():
            if state in needed and not (self.states / state / "done").exists():
                self.restore(above.get(state, "searched"))
                ending = command(words, self.work) if words else Ending(0, "", 0)
                if ending.status:
                    raise RuntimeError(f"{words} must end well without harm:\n{ending.output}")
                shutil.rmtree(self.states / state, ignore_errors=True)
                shutil.copytree(self.work, self.states / state, symlinks=True)
                (self.states / state / "done").write_text(str(ending.changes))

    def restore(self, state: str) -> None:
        """Put a folder in the place that commands work in, always the same one."""
        mounted(self.results, 0)
        shutil.rmtree(self.work, ignore_errors=True)
        if state and (self.states / state).exists():
            shutil.copytree(self.states / state, self.work, symlinks=True)
        for path in (self.results, self.work / "tmp"):
            path.mkdir(parents=True, exist_ok=True)

    def changes(self, state: str) -> int:
        """Return the number of changes by the command that made a state."""
        return int((self.states / state / "done").read_text())

    def moment(self, kind: str, most: int) -> tuple[Moment, Harmed]:
        """Return a random moment of a harm, and what is to be put back after it."""
        late = max(1, int(most * self.random.random()))  # the earlier, the more are left to do
        return {**KILLS, **HARMS}[kind](self.work, self.random.randint(1, late), self.random)

    def harm(self, words: list[str], kind: str, most: int) -> Ending:
        """Run a command that is harmed, and check how it ends; put back what it lost."""
        moment, harmed = self.moment(kind, most)
        before = checks.logs(self.results)
        ending = command(words, self.work, moment)
        if harmed.happened(ending):
            self.tally.kills[f"{words[0]}: {kind}"] += 1
        wrong = checks.wrong_end(ending, kind)
        self.promises["end"].check(not wrong, f"{words}, {kind} at {moment.change}: {wrong}")
        if harmed.leaves_nothing:
            made = sorted(path.name for path in harmed.leaves_nothing.glob("*"))
            self.promises["gone"].check(not harmed.leaves_nothing.exists(), f"{kind}: {made}")
        undo(harmed)
        after = checks.logs(self.results)
        for path, content in before.items():
            kept = path not in after and harmed.lost(path)
            holds = kept or after.get(path, b"").startswith(content)
            self.promises["log"].check(holds, f"{words}, {kind}: {path} changed")
        return ending

    def search(self, kinds: Collection[str]) -> None:
        """Interrupt a search, resume it to its end, and compare it."""
        self.restore("empty")
        self.choose_disk(kinds)
        most = self.changes("searched")
        for _ in range(A_ROUND):
            ending = self.harm(self.search_words(), self.random.choice(list(kinds)), most)
            self.check_screen(ending.output)
            if ending.status == 0:
                break
        if not self.finish(self.search_words()).status:
            self.check_search(NAME, self.states / "searched" / "results")
        self.check_rest()
        mounted(self.results, 0)

    def choose_disk(self, kinds: Collection[str]) -> None:
        """Put the results on a small disk of their own where one of the harms fills it."""
        if any(kind in FULL for kind in kinds):
            mounted(self.results, 1)

    def search_words(self) -> list[str]:
        """Return the command that goes on with the search as far as it is there."""
        begun = (self.results / NAME / "sweep.json").exists()
        return ["run", "--resume", NAME] if begun else [*SEARCH, "--name", NAME]

    def finish(self, words: list[str]) -> Ending:
        """Run a command to its end, which must be a good one."""
        ending = command(words, self.work, NEVER)
        good = ending.status == 0 and "Traceback" not in ending.output
        self.promises["end"].check(good, f"{words} at last: {ending.status} {ending.output[-900:]}")
        return ending

    def check_screen(self, text: str) -> None:
        """Check that what was shown as complete is."""
        if not (self.results / NAME / FILE).exists():
            return
        trials = Log(LocalStorage(self.results / NAME)).trials
        ended = [number for number, trial in trials.items() if trial.state != "running"]
        shown = re.findall(r"^trial (\d+)[^:\n]* complete", text, re.MULTILINE)
        for number in shown[1:] if "training the baseline" in text else shown:
            self.promises["screen"].check(int(number) in ended, f"trial {number} is not")

    def check_search(self, name: str, reference: Path) -> None:
        """Compare a search with one that was not interrupted."""
        baseline = json.loads((self.results / name / "sweep.json").read_text())["baseline"]
        for sweep in (name, baseline):
            one, two = self.results / sweep, reference / sweep
            wrong = promises.once(one)
            self.promises["once"].check(not wrong, wrong)
            same = promises.log_facts(one) == promises.log_facts(two)
            self.promises["same"].check(same, f"{sweep} differs")
            differ = promises.models_differ(one, two)
            self.promises["models"].check(not differ, differ)
            differ = promises.mlflow_differs(self.store, sweep, one)
            self.promises["mlflow"].check(not differ, differ)
        front = promises.front(self.results / name) == promises.front(reference / name)
        self.promises["front"].check(front, "the front differs")

    @property
    def store(self) -> str:
        """Address of the MLflow store."""
        return f"sqlite:///{self.results / 'mlflow.db'}"

    def repeat(self, name: str) -> None:
        """Interrupt a command that is given again until it ends, and compare what it made."""
        words, (state, after) = COMMANDS[name], STATES[name]
        self.restore(state)
        for _ in range(A_ROUND):
            kind = self.random.choice(list(KILLS))
            ending = self.harm(words, kind, self.changes(after))
            if name == "replicate" and not ending.status:  # all of it is done
                break
        ending, reference = self.finish(words), self.states / after
        if ending.status:
            return
        if name == "replicate":
            self.check_tests(reference, ending.output)
        elif name == "report":
            wrong = checks.reports_differ(self.work, reference)
            self.promises["report"].check(not wrong, wrong)
        else:
            wrong = checks.bundles_differ(self.work, reference, NAME)
            self.promises["bundle"].check(not wrong, wrong)
        if name == "register":
            wrong = checks.half_registered(self.store, NAME)
            self.promises["versions"].check(not wrong, wrong)
        self.check_rest()

    def check_tests(self, reference: Path, output: str) -> None:
        """Check test results, and how often test data were asked."""
        for sweep in checks.replicated(self.results):
            folder = self.results / sweep / "replication"
            twin = reference / "results" / sweep / "replication"
            wrong = checks.tests_differ(folder, twin)
            self.promises["tests"].check(not wrong, f"{sweep}: {wrong}")
            wrong = checks.looks_hidden(folder, self.work / "looks.txt", output)
            self.promises["looks"].check(not wrong, f"{sweep}: {wrong}")
            wrong = promises.once(folder)
            self.promises["once"].check(not wrong, wrong)
            same = promises.log_facts(folder) == promises.log_facts(twin)
            self.promises["same"].check(same, f"{sweep}'s replication differs")
            differ = promises.models_differ(folder, twin)
            self.promises["models"].check(not differ, differ)

    def five(self) -> None:
        """Run five sweeps at once, two of which are killed and resumed; compare them."""
        seeds = {"a": 0, "b": 0, "c": 1, "d": 1, "e": 2}
        for seed in sorted({*seeds.values()}):
            self.reference(seed)
        self.restore("empty")
        words = {n: [*SEARCH, "--name", n, "--seed", str(seed)] for n, seed in seeds.items()}
        most, running = self.changes("searched"), dict[str, Command]()
        for name in words:
            killed = name in ("b", "e")
            moment = self.moment("killed at a change", most)[0] if killed else NEVER
            running[name] = Command(words[name], self.work, moment)
        for name, each in running.items():
            ending = each.wait()
            if ending.status < 0:
                self.tally.kills["run: one of five is killed"] += 1
                begun = (self.results / name / "sweep.json").exists()
                ending = self.finish(["run", "--resume", name] if begun else words[name])
            self.promises["five"].check(not ending.status, f"{name}: {ending.output[-900:]}")
        for name, seed in seeds.items():
            self.check_alike(name, self.states / f"seed-{seed}" / "results")
        self.check_rest()

    def reference(self, seed: int) -> None:
        """Make the folder of a search with a seed that nothing disturbs."""
        if not (self.states / f"seed-{seed}").exists():
            self.restore("empty")
            self.finish([*SEARCH, "--name", NAME, "--seed", str(seed)])
            shutil.copytree(self.work, self.states / f"seed-{seed}", symlinks=True)

    def check_alike(self, name: str, reference: Path) -> None:
        """Compare one of several searches at once with itself alone."""
        one = self.results / name
        same = promises.log_facts(one) == promises.log_facts(reference / NAME)
        self.promises["five"].check(same, f"{name} differs")
        differ = promises.mlflow_differs(self.store, name, one)
        self.promises["five"].check(not differ, differ)

    def check_rest(self) -> None:
        """Check that nothing temporary is left."""
        left = checks.temporary(self.work)
        self.promises["rest"].check(not left, f"{', '.join(left)}")
