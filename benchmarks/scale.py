"""What grows with a search and with its corpus: CPU seconds and memory, beside their aims.

python benchmarks/scale.py trials --most 10000
"""

import argparse
import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.lane_summary import summary
from search.corpus.facts import InputFacts
from search.front.floors import Floor
from search.planning.log_plan import Opener
from search.presentation.live_screen import Screen
from search.space.domains import sobol
from search.space.load import load
from search.store.local_storage import LocalStorage
from search.store.trials import EpochRecord, TrialRecord
from search.sweep.facts import SweepFacts
from search.sweep.head import SweepHead
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from search.tasks.facts import CorpusFacts

EPOCHS = 15
COUNTS = (100, 300, 1000, 3000, 10000)
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
    "trial": "twice that at 100",
    "decision": "0.5",
    "front": "0.1",
    "resume": "5 at 1,259; 30 at 10,000",
}


def trials(most: int) -> Table:
    """Return CPU seconds of the driver by number of trials."""
    rows: dict[str, list[float]] = {}
    counts = [count for count in COUNTS if count <= most]
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        sweep = stub_sweep(Path(folder), most)
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


def main() -> None:
    """Print the table that the command line asks for."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("--most", type=int, default=COUNTS[-1])
    Console().print(trials(command.parse_args().most))


if __name__ == "__main__":
    main()
