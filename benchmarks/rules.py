"""Rules of early stopping, measured on whole learning curves.

python benchmarks/rules.py [--space adversarial] [--repetitions 50]

Every configuration of the table (see curves.py) is trained once with one seed, in random order, two
at a time, and rungs stop them by each rule in turn. Print for each rule the share of the epochs
that is trained, its error, and the hypervolume, on unseen seeds, of the front of the trained
epochs. The error is the share of the candidates on the true front whose configuration is stopped
before the candidate's epoch; the true front is that of means over all seeds.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from replay import (
    TABLE,
    Floats,
    Job,
    PerSeed,
    Pick,
    Table,
    costs,
    missed,
    read,
    replay,
    validated,
)
from rich.console import Console
from rich.progress import track
from rich.table import Table as Grid

from fairser_core.pareto import front
from search.front.floors import Bounds
from search.planning.early_stopping import Rungs
from search.space.stopping import Stopping
from search.store.trials import EpochRecord

Curve = dict[str, list[float]]  # metric -> value of each epoch so far
View = Callable[[Curve, int], tuple[float, float]]  # epochs in all; CCC and a cost to compare
FloorAt = Callable[[Table, int], Bounds]


def gap(curve: Curve, epochs: int) -> tuple[float, float]:
    """Return the objectives as they are."""
    return curve["ccc"][-1], curve["recall_gap"][-1]


def worst_group(curve: Curve, epochs: int) -> tuple[float, float]:
    """Return CCC, and the worse group's CCC in place of the gap."""
    return curve["ccc"][-1], -min(curve["ccc_female"][-1], curve["ccc_male"][-1])


def trend(curve: Curve, epochs: int) -> tuple[float, float]:
    """Return the objectives, extrapolated half way by the trend of the newer half of the epochs."""
    ahead = []
    for name in ("ccc", "recall_gap"):
        newer = curve[name][len(curve[name]) // 2 :]
        slope = np.polyfit(np.arange(len(newer)), newer, 1)[0] if len(newer) > 1 else 0.0
        ahead.append(curve[name][-1] + slope * (epochs - len(curve[name])) / 2)
    return ahead[0], max(ahead[1], 0.0)


def no_floor(table: Table, epoch: int) -> Bounds:
    """Return no floor: everything is feasible."""
    return ()


def final_floor(table: Table, epoch: int) -> Bounds:
    """Return the floors of the front."""
    return tuple(table.floors.items())


def baseline_floor(table: Table, epoch: int) -> Bounds:
    """Return the same shares of the baseline's values at this epoch."""
    by_then = {name: curve[epoch - 1] / curve[-1] for name, curve in table.baseline.items()}
    return tuple((name, float(least * by_then[name])) for name, least in table.floors.items())


@dataclass(frozen=True)
class Rule:
    """Rule of comparison at rungs: which values, held to which floor, from which epoch on."""

    view: View
    floor: FloorAt
    first: int

    def __str__(self) -> str:
        return f"{self.view.__name__}, {self.floor.__name__}, from epoch {self.first}"


RULES = [None] + [
    Rule(view, floor, first)
    for first in (1, 2, 4, 6)
    for view, floor in (
        (gap, no_floor),
        (gap, final_floor),
        (gap, baseline_floor),
        (worst_group, baseline_floor),
        (trend, baseline_floor),
    )
]


class Stream:
    """Search that starts all configurations in random order, stopped by one rule."""

    def __init__(self, table: Table, rule: Rule | None, seed: int) -> None:
        """Begin with empty rungs; `rule` None stops nothing."""
        self._table, self._rule = table, rule
        self.order = np.random.default_rng(seed).permutation(len(table.values)).tolist()
        self._left = list(self.order)
        self._curves: list[Curve] = []
        self._rungs = rule and Rungs(
            Stopping(rule.first / table.epochs),
            table.epochs,
            ("ccc", "recall_gap"),
            lambda epoch: rule.floor(table, epoch),
            lambda epoch: table.spreads[epoch - 1],
        )
        self.reached: list[int] = []

    def next(self) -> Job | None:
        """Return the next job in order."""
        if not self._left:
            return None
        self.reached.append(0)
        self._curves.append({})
        return Job(self._left.pop(0), (0,), self._table.epochs)

    def report(self, number: int, epoch: int, per_seed: PerSeed) -> bool:
        """Report the epoch to the rungs; return whether the job goes on."""
        self.reached[number] = epoch
        for name, values in per_seed.items():
            self._curves[number].setdefault(name, []).append(float(values[0]))
        if not self._rule or not self._rungs:
            return True
        ccc, cost = self._rule.view(self._curves[number], self._table.epochs)
        if not np.isfinite([ccc, cost]).all():
            return False
        own = {name: self._curves[number][name][-1] for name in self._table.floors}
        shown = {**own, "ccc": ccc, "recall_gap": cost}
        self._rungs.report(
            number, EpochRecord(epoch, shown, {n: [v] for n, v in shown.items()}, {}, 0.0)
        )
        return not self._rungs.why_stop(number)

    def ended(self, number: int, finished: bool) -> None:
        """Do nothing."""

    def front(self) -> list[Pick]:
        """Return the front of all trained epochs, by the one seed."""
        picks = [(n, e) for n, c in enumerate(self._curves) for e in range(len(c.get("ccc", [])))]
        names = {"ccc", "recall_gap", *self._table.floors}
        per_seed = {k: np.array([[self._curves[n][k][e]] for n, e in picks]) for k in names}
        able = np.flatnonzero((missed(per_seed, self._table) <= 0).all(axis=-1))
        chosen = able[front(costs(per_seed)[able])]
        return [(self.order[picks[i][0]], picks[i][1] + 1) for i in chosen]

    def claims(self) -> Floats:
        """Return nothing: claims are not compared."""
        return np.empty((0, 2))


def true_front(table: Table) -> list[Pick]:
    """Return the front of the means over all seeds."""
    means = costs(table.metrics).reshape(-1, 2)
    reached = (missed(table.metrics, table) <= 0).all(axis=-1).ravel()
    able = np.flatnonzero(np.isfinite(means).all(axis=1) & reached)
    chosen = able[front(means[able])]
    return [(int(i) // table.epochs, int(i) % table.epochs + 1) for i in chosen]


def measure(table: Table, rule: Rule | None, repetition: int, truth: list[Pick]) -> list[float]:
    """Return the share of the epochs trained, the error, the hypervolume on unseen seeds."""
    order = np.random.default_rng(repetition).permutation(table.seeds).tolist()
    stream = Stream(table, rule, repetition)
    whole = len(table.values) * table.epochs
    replay(stream, table, order, whole, marks=[whole])
    reached = dict(zip(stream.order, stream.reached, strict=True))
    lost = [epoch > reached[configuration] for configuration, epoch in truth]
    kept = validated(stream.front(), table, order[table.search_seeds :])
    return [sum(stream.reached) / whole, float(np.mean(lost)), kept]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--space", default="adversarial")
    parser.add_argument("--repetitions", type=int, default=50)
    parser.add_argument("--table", type=Path, default=TABLE)
    options = parser.parse_args()
    table = read(options.space, options.table)
    truth = true_front(table)
    title = f"{options.space}: {len(table.values)} configurations, {len(truth)} true members"
    grid = Grid(title=title)
    for heading in ("rule", "trained", "error", "hypervolume"):
        grid.add_column(heading, no_wrap=True)
    for rule in track(RULES, "rules"):
        found = np.array([measure(table, rule, r, truth) for r in range(options.repetitions)])
        mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / len(found) ** 0.5
        cells = [f"{100 * mean[i]:.0f} % ± {100 * error[i]:.1f}" for i in (0, 1)]
        grid.add_row(str(rule or "none"), *cells, f"{mean[2]:.4f} ± {error[2]:.4f}")
    Console(width=None if sys.stdout.isatty() else 110).print(grid)
    return 0


if __name__ == "__main__":
    sys.exit(main())
