"""What grows with a search and with its corpus: CPU seconds and memory, beside their aims.

python benchmarks/scale.py trials --counts 100 1000
"""

import argparse
import contextlib
import csv
import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import torch
from rich.console import Console
from rich.table import Table

from fairser_core.courses.choice import course as course_of
from fairser_core.datasets.activation import Activation, Problem, Split
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.lane_summary import summary
from search.arguments.run_options import RunOptions
from search.corpus.facts import InputFacts
from search.corpus.reading import read_inputs
from search.front.floors import Floor
from search.planning.log_plan import Opener
from search.presentation.live_screen import Screen
from search.space.domains import sobol
from search.space.load import load
from search.store.local_storage import LocalStorage
from search.store.trials import EpochRecord, TrialRecord
from search.sweep.facts import SweepFacts
from search.sweep.head import SweepHead
from search.sweep.opening import new_space
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from search.tasks.facts import CorpusFacts
from search.terminal.command_names import BESIDE

EPOCHS = 15
COUNTS = [100, 300, 1000, 3000, 10000]
UTTERANCES = [3000, 12000]
RATE = 8000  # Hz
CYCLES = 3  # whole trials that are measured at each count
METRICS = [metric.name for metric in ACTIVATION]


class Meter:
    """CPU seconds of this process by name, the least of several measurements."""

    def __init__(self) -> None:
        """Begin without measurements."""
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Measure what runs inside the context."""
        began = time.process_time()
        yield
        spent = time.process_time() - began
        self.seconds[name] = min(spent, self.seconds.get(name, spent))


def stub_epochs(trial: TrialRecord, epochs: int = EPOCHS) -> Iterator[EpochRecord]:
    """Yield the records of a trial that nobody trained: both objectives grow with the epochs.

    A greater `alpha0` trades CCC for a smaller gap, a high learning rate of the adversary is bad
    for both, and seeds differ by noise.
    """
    position = (np.log10(float(trial.values.get("alpha0", 0.01))) + 2) / 4
    waste = (np.log10(float(trial.values.get("adversary_learning_rate", 1e-4))) + 4) / 3
    for epoch in range(1, epochs + 1):
        luck = np.random.default_rng([trial.number, epoch]).normal(
            0, 0.02, (len(METRICS), len(trial.seeds))
        )
        learned = 1 - 0.7**epoch
        lanes = {name: learned * 0.6 + noise for name, noise in zip(METRICS, luck, strict=True)}
        lanes["ccc"] = learned * (0.85 - 0.3 * position**2 - 0.2 * waste) + luck[0]
        lanes["recall_gap"] = np.abs(learned * (0.6 - 0.5 * position + 0.3 * waste) + luck[1])
        rounded = {name: [float(v) for v in values] for name, values in lanes.items()}
        yield EpochRecord(epoch, summary(lanes), rounded, {"loss": 0.5}, 1.0)


def stub_sweep(folder: Path, trials: int) -> Sweep:
    """Return a sweep of the space `adversarial` on a corpus that is not there."""
    space = load("adversarial", changes={"budget.trials": 10 * trials, "budget.epochs": EPOCHS})
    corpus = CorpusFacts(name="made", fingerprint="made", utterances={})
    facts = SweepFacts(folder.name, "made", space.name, InputFacts(corpus, None, {}), versions={})
    head = SweepHead(folder.name, LocalStorage(folder), space, facts)
    seeds = 5
    trial = TrialRecord(0, {}, list(range(seeds)))
    records = list(stub_epochs(trial))
    names = dict.fromkeys([*space.objectives, *space.floor])
    floors = [
        Floor(metric, share, records[-1].metrics[metric], tuple(r.metrics[metric] for r in records))
        for metric, share in space.floor.items()
    ]
    policy = SearchPolicy(
        floors=tuple(floors),
        stopping=False,
        baseline=records[-1].metrics,
        baseline_lanes={name: np.array([r.lanes[name] for r in records]).T for name in names},
    )
    return Sweep(head, policy)


def fill(sweep: Sweep, trials: int) -> None:
    """Log whole trials until there are so many, by the log's own functions."""
    start = len(sweep.log.trials)
    points = sobol(sweep.space.search, trials, 1)[start:]
    for number, values in enumerate(points, start=start):
        sweep.log.suggested(number, values, [number % 5], "search", EPOCHS)
        for record in stub_epochs(sweep.log.trials[number]):
            sweep.log.epoch(number, record)
        sweep.log.ended(number, "complete")


def cycle(sweep: Sweep, plan: Opener, screen: Screen, meter: Meter) -> None:
    """Run one trial as the driver does, measuring each part of it."""
    with meter("trial"):
        with meter("decision"):
            trial = plan.next()
        assert trial is not None
        for record in stub_epochs(trial):
            with meter("epoch"):
                sweep.log.epoch(trial.number, record)
                plan.why_stop(trial.number)
                screen.update(sweep.log.trials, sweep.front())
        sweep.log.ended(trial.number, "complete")
        with meter("tidy"):
            sweep.tidy()
        with meter("front"):
            front = sweep.front()
        with meter("history"):
            sweep.history()
        with meter("screen"):
            screen.update(sweep.log.trials, front)


def resume(sweep: Sweep, meter: Meter) -> None:
    """Open the sweep anew, as --resume and the commands that read it do."""
    with meter("resume"):
        with meter("log"):
            again = Sweep(sweep.head, sweep.policy)
        with meter("plan"):
            plan = again.plan()
            plan.why_stop(0)
            _ = plan.finished
        with meter("front anew"):
            again.front()
        with meter("history anew"):
            again.history()


AIMS = {
    "warm start, CPU s": "5 at 33,000",
    "driver, times the frames": "1.5",
    "worker beside torch, MB": "100",
    "trial": "twice that at 100",
    "decision": "0.5",
    "front": "0.1",
    "resume": "5 at 1,259; 30 at 10,000",
}


def trials(counts: list[int]) -> Table:
    """Return CPU seconds of the driver by number of trials."""
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        sweep = stub_sweep(Path(folder), counts[-1])
        console = Console(file=io.StringIO())
        for count in counts:
            meter = Meter()
            fill(sweep, count - CYCLES)
            resume(sweep, meter)
            plan, screen = sweep.plan(), Screen("stub", sweep.budget, console)
            screen.update(sweep.log.trials, sweep.front())
            sweep.history()
            for _ in range(CYCLES):
                cycle(sweep, plan, screen, meter)
            for name, seconds in meter.seconds.items():
                rows.setdefault(name, []).append(seconds)
    table = Table("CPU s of the driver", *(f"{count:,} trials" for count in counts), "aim")
    for name, values in rows.items():
        table.add_row(name, *(f"{value:.3f}" for value in values), AIMS.get(name, ""))
    return table


HELP = """
import contextlib, io, runpy, sys, time
sys.argv = ["search/{0}.py", "--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    runpy.run_module("search.{0}", run_name="__main__")
status = open("/proc/self/status").read()
print(time.process_time(), status.partition("VmHWM:")[2].split()[0])
"""


def helps() -> Table:
    """Return CPU seconds and greatest memory of each command's --help."""
    table = Table("--help of", "CPU s", "MB", "aim")
    for name in BESIDE.values():
        done = subprocess.run(
            [sys.executable, "-c", HELP.format(name)], capture_output=True, text=True, check=True
        )
        seconds, kilobytes = map(float, done.stdout.split())
        table.add_row(name, f"{seconds:.2f}", f"{kilobytes / 1e3:.0f}", "1 s, 120 MB")
    return table


def write_corpus(folder: Path, count: int) -> None:
    """Write a manifest of utterances of 2.7 to 9.6 s of noise at 8 kHz, no two of them alike."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0.0, 0.1, 60 * RATE)
    rows = []
    for number in range(count):
        start, length = rng.integers(50 * RATE), int(RATE * rng.uniform(2.7, 9.6))
        sound = noise[start : start + length].copy()
        sound[:2] = number % 1000 / 1000, number // 1000 / 1000
        soundfile.write(folder / f"{number:06d}.wav", sound, RATE)
        speaker = number % 120
        split = ("train", "train", "train", "validation", "test")[speaker // 2 % 5]
        gender, label = ("female", "male")[speaker % 2], rng.uniform(1, 7)
        rows.append((f"{number:06d}.wav", f"s{speaker}", gender, f"{label:.2f}", split))
    with (folder / "clips.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "speaker", "gender", "activation", "split"), *rows])


def memory() -> float:
    """Return the memory of this process that no file backs, in MB."""
    status = Path("/proc/self/status").read_text()
    return float(status.partition("RssAnon:")[2].split()[0]) / 1e3


def read_corpus(folder: Path) -> list[float]:
    """Read a corpus as a search does; return CPU seconds, megabytes of frames, held and peak."""
    options = RunOptions().changed(
        {"corpus": "manifest", "corpus_dir": folder / "clips.csv", "scale": (1.0, 7.0)}
    )
    space = new_space(options, {}, LocalStorage(folder))
    before, began = memory(), time.process_time()
    inputs = read_inputs(space, options.corpus, Console(quiet=True))
    spent = time.process_time() - began
    frames = inputs.data.inputs.nbytes / 1e6
    return [spent, frames, (memory() - before) / frames]


def worker(megabytes: float) -> float:
    """Return what a trial's course adds to a worker's memory in MB, on frames that it shares."""
    with tempfile.TemporaryFile() as file:
        frames = np.memmap(file, np.float32, "w+", shape=(int(megabytes * 1e6) // (4 * 40), 40))
        count = len(frames) // 400
        ids = tuple(map(str, range(count)))
        split = Split(
            start=400 * np.arange(count),
            owner=np.arange(count),
            target=np.linspace(1, 7, count),
            high=(np.arange(count) > count / 2).astype(np.float32),
            group=np.arange(count) % 2,
            ids=ids,
            speaker=ids,
        )
        problem = Problem(40, 279, 4.0, 1.0, 3.5, 0.5)
        empty = np.empty(0)
        data = Activation(frames, split, split, problem, "utterance", (empty, empty))
        method = make(METHODS["baseline"], {})
        before = memory()
        course = course_of(method, data, torch.device("cpu"), vectorise=None)
        course.train.batch(torch.arange(50)[None])
        return memory() - before


def utterances(counts: list[int]) -> Table:
    """Return CPU seconds and memory of reading a corpus, by number of utterances."""
    rows: dict[str, list[str]] = {}
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            os.environ["FAIRSER_CACHE"] = f"{name}/cache"
            folder = Path(name) / "corpus"
            folder.mkdir()
            write_corpus(folder, count)
            audio = sum(path.stat().st_size for path in folder.glob("*.wav")) / (2 * RATE)
            with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
                cold, warm = (pool.apply(read_corpus, (folder,)) for _ in range(2))
                shared = pool.apply(worker, (warm[1],))
        for key, value in {
            "frames, MB": warm[1],
            "first reading, CPU s": cold[0],
            "times real time a CPU s": audio / cold[0],
            "warm start, CPU s": warm[0],
            "driver, times the frames": warm[2],
            "worker beside torch, MB": shared,
        }.items():
            rows.setdefault(key, []).append(f"{value:,.1f}")
    table = Table("corpus", *(f"{count:,} utterances" for count in counts), "aim")
    for key, values in rows.items():
        table.add_row(key, *values, AIMS.get(key, ""))
    return table


def main() -> None:
    """Print the table that the command line asks for."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("what", choices=("trials", "utterances", "help"))
    command.add_argument("--counts", type=int, nargs="+", help="numbers of trials or utterances")
    options = command.parse_args()
    tables = {
        "trials": lambda: trials(options.counts or COUNTS),
        "utterances": lambda: utterances(options.counts or UTTERANCES),
        "help": helps,
    }
    Console().print(tables[options.what]())


if __name__ == "__main__":
    main()
