"""Candidates of a sweep, as arrays: configurations at epochs that it could hand over."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.front import uncertainty
from search.front.configurations import Configuration
from search.front.floors import Bounds

Floats = NDArray[np.float64]


KEPT_ERRORS = 3.0  # standard errors off the front at which a model is not kept


@dataclass(frozen=True)
class Candidates:
    """Feasible epochs of configurations that are trained to their end.

    An epoch is a candidate if no other epoch of its configuration beats it, neither by the lanes of
    the first trial alone nor by all lanes. The former is known while that trial trains, so the
    models of candidates are kept (see search/store/models.py).

    Attributes:
        owners: row of each candidate's configuration (candidate,).
        epochs: epoch of each candidate, counted from 1 (candidate,).
        costs: costs per seed (candidate, seed, objective); NaN where a candidate was not trained
            with a seed.
        violations: distance to the floors per seed, 0 or less where a floor is reached
            (candidate, seed, floor); NaN likewise.
        on_front: whether no other candidate beats it in the mean, nor an earlier one equals it
            (candidate,).
    """

    owners: NDArray[np.int64]
    epochs: NDArray[np.int64]
    costs: Floats
    violations: Floats
    on_front: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.owners)

    def means(self) -> Floats:
        """Return the mean costs over seeds (candidate, objective)."""
        return np.asarray(np.nanmean(self.costs, axis=1))

    @property
    def first_of_equals(self) -> NDArray[np.bool_]:
        """Whether no earlier candidate has equal costs: least, mean and greatest (candidate,).

        Models that always answer the same have equal metrics, whatever their values and epochs.
        """
        return first_of_equals(self.ends())

    def ends(self) -> Floats:
        """Return the least, mean and greatest costs over seeds (candidate, 3 x objective)."""
        return _ends(self.costs)

    def errors(self) -> Floats:
        """Return the standard errors of the mean costs (candidate, objective)."""
        return uncertainty.standard_errors(self.costs)

    def near(self, errors: float) -> NDArray[np.bool_]:
        """Return whether each would be on the front if it were better (candidate,).

        Args:
            errors: standard errors by which it is assumed to be better.
        """
        means, front = self.means(), self.means()[self.on_front]
        lucky = means - errors * self.errors()
        nowhere_worse = (front[None] <= lucky[:, None]).all(axis=2)
        better = (front[None] < lucky[:, None]).any(axis=2)
        beaten = np.asarray(nowhere_worse & better)
        return np.asarray(~beaten.any(axis=1))


def candidates_of(
    trained: Sequence[Configuration],
    objectives: Sequence[str],
    floors: Bounds,
) -> Candidates:
    """Return the candidates of configurations.

    Args:
        trained: configurations; those that still run or failed have no candidates.
        objectives: metric names.
        floors: floors that a candidate must reach in the mean over its seeds.
    """
    rows = [row for row, configuration in enumerate(trained) if configuration.ended]
    parts = [_feasible_epochs(trained[row], tuple(objectives), floors) for row in rows]
    seeds = sorted({seed for row in rows for seed in trained[row].seeds})
    column = {seed: number for number, seed in enumerate(seeds)}
    count = sum(len(part.epochs) for part in parts)
    costs = np.full((count, len(seeds), len(objectives)), np.nan)
    violations = np.full((count, len(seeds), len(floors)), np.nan)
    start = 0
    for row, part in zip(rows, parts, strict=True):
        cells = slice(start, start + len(part.epochs)), [column[s] for s in trained[row].seeds]
        costs[cells], violations[cells] = part.costs, part.violations
        start += len(part.epochs)
    nothing = [np.empty(0, dtype=np.int64)]
    owners = np.repeat(np.array(rows, dtype=np.int64), [len(part.epochs) for part in parts])
    epochs = np.concatenate([part.epochs for part in parts] or nothing)
    candidates = Candidates(owners, epochs, costs, violations, np.ones(count, np.bool_))
    if not count:
        return candidates
    best = pareto.front(candidates.means()) & candidates.first_of_equals
    return dataclasses.replace(candidates, on_front=best)


def first_of_equals(rows: Floats) -> NDArray[np.bool_]:
    """Return whether no earlier row has the same values (row,)."""
    first = np.zeros(len(rows), dtype=np.bool_)
    first[np.unique(rows, axis=0, return_index=True)[1]] = True
    return first


def _ends(costs: Floats) -> Floats:
    """Return the least, mean and greatest costs over seeds (item, 3 x objective)."""
    ends = np.nanmin(costs, axis=1), np.nanmean(costs, axis=1), np.nanmax(costs, axis=1)
    return np.hstack(ends)


def epochs_above_floors(
    trained: Sequence[Configuration], objectives: Sequence[str], floors: Bounds, epochs: int
) -> NDArray[np.bool_]:
    """Return the candidates whose models are kept, equal ones once (configuration, epoch).

    The first trial of a configuration keeps all epochs that reach the floors in the mean over its
    lanes, of which none diverged; see search/ray_tune/model_keeper.py.

    Args:
        trained: configurations; those that still run or failed have no candidates.
        objectives: metric names.
        floors: floors that a candidate must reach.
        epochs: greatest number of epochs.
    """
    above, ends = np.zeros((len(trained), epochs), dtype=np.bool_), []
    for row, configuration in enumerate(trained):
        if configuration.ended:
            kept, costs = _kept(configuration, tuple(objectives), floors)
            above[row, kept] = True
            ends.append(costs)
    if above.any():
        above[above] = first_of_equals(np.vstack(ends))
    return above


def _kept(
    configuration: Configuration, objectives: tuple[str, ...], floors: Bounds
) -> tuple[NDArray[np.int64], Floats]:
    """Return the indices of the epochs whose models are kept, and the ends of their costs."""
    key = "kept", objectives, floors
    if key not in configuration.candidates:
        count = len(configuration.trials[0].seeds)
        costs = np.stack([configuration.lanes(name) for name in objectives], axis=2)
        kept = np.isfinite(costs[:, :count]).all(axis=(1, 2))
        for metric, least in floors:
            kept &= configuration.lanes(metric)[:, :count].mean(axis=1) >= least  # NaN is not
        rows = np.flatnonzero(kept)
        configuration.candidates[key] = rows, _ends(costs[rows])
    kept_rows: tuple[NDArray[np.int64], Floats] = configuration.candidates[key]
    return kept_rows


class _FeasibleEpochs(NamedTuple):
    """Candidates of one configuration.

    Attributes:
        epochs: epoch of each, counted from 1 (epoch,).
        costs: costs per lane (epoch, lane, objective).
        violations: distances to the floors per lane (epoch, lane, floor).
    """

    epochs: NDArray[np.int64]
    costs: Floats
    violations: Floats


def _feasible_epochs(
    configuration: Configuration, objectives: tuple[str, ...], floors: Bounds
) -> _FeasibleEpochs:
    """Return the feasible epochs of a configuration that none of its other epochs beats."""
    key = objectives, floors
    if key not in configuration.candidates:
        # An objective is never best at zero, so its cost is its value with a sign.
        signed = [cost(name, 1.0) * configuration.lanes(name) for name in objectives]
        costs = np.stack(signed, axis=2)
        missed = np.empty((*costs.shape[:2], len(floors)))
        for column, (metric, least) in enumerate(floors):
            missed[..., column] = least - configuration.lanes(metric)
        rows = np.arange(len(costs))
        for lanes in (len(configuration.trials[0].seeds), costs.shape[1]):  # the first trial's; all
            finite = np.isfinite(costs[rows, :lanes]).all(axis=(1, 2))
            reached = (missed[rows, :lanes].mean(axis=1) <= 0).all(axis=1)
            rows = rows[finite & reached]
            rows = rows[pareto.front(costs[rows, :lanes].mean(axis=1))]
        configuration.candidates[key] = _FeasibleEpochs(rows + 1, costs[rows], missed[rows])
    epochs: _FeasibleEpochs = configuration.candidates[key]
    return epochs
