"""Candidates: every checkpoint that a sweep could hand over, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.front import uncertainty as noise
from search.front.configurations import Configuration
from search.front.floors import Bounds

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Feasible epochs of configurations that are trained to their end.

    Of each configuration those that none of its other epochs beats, also by the lanes of its first
    trial alone: that is known while it trains, so their states are kept (see models.py).

    Attributes:
        owners: row of each candidate's configuration (candidate,).
        epochs: epoch of each, counted from 1 (candidate,).
        costs: per seed (candidate, seed, objective); NaN where one was not trained with a seed.
        violations: by how much each misses the floors, per seed (candidate, seed, floor).
        on_front: which no other candidate beats in the mean (candidate,).
    """

    owners: NDArray[np.int64]
    epochs: NDArray[np.int64]
    costs: Floats
    violations: Floats
    on_front: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.owners)

    def means(self) -> Floats:
        """Mean costs over seeds (candidate, objective)."""
        return np.asarray(np.nanmean(self.costs, axis=1))

    def errors(self) -> Floats:
        """Standard errors of the means (candidate, objective)."""
        return noise.standard_errors(self.costs)

    def slack(self) -> Floats:
        """Standard errors of the mean violations (candidate, floor)."""
        return noise.standard_errors(self.violations)

    def near(self, errors: float) -> NDArray[np.bool_]:
        """Which would be on the front, were they so many standard errors better (candidate,)."""
        means, front = self.means(), self.means()[self.on_front]
        lucky = means - errors * self.errors()
        nowhere_worse = (front[None] <= lucky[:, None]).all(axis=2)
        better = (front[None] < lucky[:, None]).any(axis=2)
        beaten = np.asarray(nowhere_worse & better)
        return np.asarray(~beaten.any(axis=1))

    def probabilities(self) -> dict[int, float]:
        """Per row of a configuration: how probable it is that it is truly on the front."""
        rows = self.on_front | self.near(2.0)
        return noise.front_probabilities(
            self.costs[rows], self.violations[rows], self.owners[rows].tolist()
        )

    def pessimistic(self) -> NDArray[np.bool_]:
        """The front of the candidates when each is a standard error worse (candidate,)."""
        worse = np.nanmean(self.violations, axis=1) + self.slack()
        able = np.flatnonzero((worse <= 0).all(axis=1))
        chosen = np.zeros(len(self), dtype=np.bool_)
        chosen[able[pareto.front((self.means() + self.errors())[able])]] = True
        return chosen


def candidates(
    trained: Sequence[Configuration],
    objectives: Sequence[str],
    floors: Bounds,
) -> Candidates:
    """The candidates among configurations.

    Args:
        trained: those to be looked at; the ones that still run or failed have none.
        objectives: metric names.
        floors: what a candidate must reach in the mean over its seeds.
    """
    rows = [
        row
        for row, configuration in enumerate(trained)
        if configuration.state in ("complete", "stopped") and configuration.epochs
    ]
    parts = [_able_epochs(trained[row], tuple(objectives), floors) for row in rows]
    seeds = sorted({seed for row in rows for seed in trained[row].seeds})
    column = {seed: number for number, seed in enumerate(seeds)}
    count = sum(len(part.epochs) for part in parts)
    costs = np.full((count, len(seeds), len(objectives)), np.nan)
    violations = np.full((count, len(seeds), len(floors)), np.nan)
    start = 0
    for row, part in zip(rows, parts, strict=True):
        place = slice(start, start + len(part.epochs)), [column[s] for s in trained[row].seeds]
        costs[place], violations[place] = part.costs, part.violations
        start += len(part.epochs)
    nothing = [np.empty(0, dtype=np.int64)]
    return Candidates(
        owners=np.repeat(np.array(rows, dtype=np.int64), [len(part.epochs) for part in parts]),
        epochs=np.concatenate([part.epochs for part in parts] or nothing),
        costs=costs,
        violations=violations,
        on_front=pareto.front(np.nanmean(costs, axis=1)) if count else np.empty(0, np.bool_),
    )


class _Able(NamedTuple):
    """Candidates of one configuration.

    Costs are (epoch, lane, objective), violations (epoch, lane, floor).
    """

    epochs: NDArray[np.int64]
    costs: Floats
    violations: Floats


def _able_epochs(
    configuration: Configuration, objectives: tuple[str, ...], floors: Bounds
) -> _Able:
    """The feasible epochs of a configuration that are on its own front."""
    key = objectives, floors
    if key not in configuration.able:
        # An objective is never best at zero, so its cost is its value with a sign.
        signed = [cost(name, 1.0) * configuration.lanes(name) for name in objectives]
        costs = np.stack(signed, axis=2)
        missed = np.empty((*costs.shape[:2], len(floors)))
        for place, (metric, least) in enumerate(floors):
            missed[..., place] = least - configuration.lanes(metric)
        rows = np.arange(len(costs))
        for lanes in (len(configuration.trials[0].seeds), costs.shape[1]):  # the first trial's; all
            known = np.isfinite(costs[rows, :lanes]).all(axis=(1, 2))
            reached = (missed[rows, :lanes].mean(axis=1) <= 0).all(axis=1)
            rows = rows[known & reached]
            rows = rows[pareto.front(costs[rows, :lanes].mean(axis=1))]
        configuration.able[key] = _Able(rows + 1, costs[rows], missed[rows])
    able_epochs: _Able = configuration.able[key]
    return able_epochs
