"""Over-claim of the front of fairser's search, and coverage of its intervals over seeds.

The search is replayed on learning curves with drawn seeds. A drawn seed departs from the mean of
the curves' seeds as they do, x̄ + Σ_s z_s (x_s - x̄) / √(S - 1) with normal z, the same for all
configurations. Of endless seeds the mean is thus x̄: the truth is known.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from activation_coverage import shares
from ours import Ours
from replay import FULL_SEEDS, SEARCH_SEEDS, Floats, Table, read, replay

from search.front.front import build

COLUMNS = ["claimed", "true", "over-claim", "CCC held", "gap held"]


@dataclass(frozen=True)
class Budget:
    """Search of a space, as long as so many full trainings."""

    space: str
    trainings: int

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"{self.space}, {self.trainings}"


WORLDS = tuple(
    Budget(space, trainings)
    for space in ("adversarial", "nonadversarial")
    for trainings in (5, 10, 20, 40)
)


def drawn(table: Table, rng: np.random.Generator) -> Table:
    """Return the curves of drawn seeds for the search, and of endless seeds as a last one."""
    seeds = table.seeds
    z = rng.normal(size=(SEARCH_SEEDS, seeds)) / (seeds - 1) ** 0.5
    failing = rng.integers(seeds, size=SEARCH_SEEDS)  # a seed that diverges where this one does

    def curves(values: Floats) -> Floats:
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
        mean = np.where(known, values, 0.0).sum(axis=-1, keepdims=True) / count
        apart = np.where(known, values - mean, 0.0) @ z.T
        alive = np.where(known[..., failing], mean + apart, np.nan)
        endless = np.where(known.all(axis=-1, keepdims=True), mean, np.nan)
        return np.concatenate([alive, endless], axis=-1)

    metrics = {name: curves(values) for name, values in table.metrics.items()}
    return dataclasses.replace(table, metrics=metrics)


def claims(world: Budget, repetitions: int) -> list[float]:
    """Return claimed and true hypervolume, the over-claim, and coverage of members' intervals."""
    curves, volumes, held = read(world.space), [], []
    for repetition in range(repetitions):
        table = drawn(curves, np.random.default_rng([6, repetition]))
        budget = world.trainings * FULL_SEEDS * table.epochs
        search = Ours(table, repetition, budget)
        trace = replay(search, table, range(SEARCH_SEEDS + 1), budget, marks=[budget])
        volumes.append((trace.claimed[-1], trace.validated[-1]))
        held += _intervals(search, table)
    claimed, true = np.mean(volumes, axis=0)
    return [float(claimed), float(true), float(claimed / true - 1), *shares(held)]


def _intervals(search: Ours, table: Table) -> list[list[float]]:
    """Return whether each member's intervals of its objectives hold the truth; NaN without one."""
    objectives, reference = search.space.objectives, search.space.reference
    posterior = search.posterior()
    front = build(search.trained(), objectives, reference, search.floors, posterior=posterior)
    return [[_holds(point, name, search, table) for name in objectives] for point in front.members]


def _holds(point: Any, name: str, search: Ours, table: Table) -> float:
    if name not in point.intervals:
        return float("nan")
    low, high = point.intervals[name]
    true = table.metrics[name][search.row(point.values), point.epoch - 1, -1]
    return float(low <= true <= high)
