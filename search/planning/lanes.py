"""Lanes of a sweep's configurations, as the posterior takes them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fairser_core.metrics.directions import cost
from search.front.configurations import Configuration
from search.front.floors import Floor, bounds
from search.posterior.lanes import Floats, Goal, Integers, Lanes, make_goal
from search.space.domains import places
from search.space.space import Space
from search.store.trials import TrialRecord


def lanes_of(
    trained: Sequence[Configuration],
    space: Space,
    metrics: Sequence[str],
    running: bool = False,
    rows: Integers | None = None,
) -> Lanes | None:
    """Return the lanes that count, in order of their trials' numbers.

    Args:
        trained: configurations of a sweep; the rows of the lanes' owners.
        space: space that is searched.
        metrics: names of the metrics, as of the posterior's goal.
        running: whether the lanes that run are added, with a length of 0.
        rows: configurations whose lanes are returned; None for all.

    Returns:
        None if no trial with metrics has ended.
    """
    some = list(enumerate(trained)) if rows is None else [(r, trained[r]) for r in rows.tolist()]
    trials = sorted(_counted(some), key=lambda pair: pair[1].number)
    if not trials:
        return None
    lengths = {trial.number: len(trial.epochs) for _, trial in trials}
    epochs = max(lengths.values())
    if running:
        trials += [(row, t) for row, c in some for t in c.trials if _runs(t)]
    lanes = [(row, trial, lane) for row, trial in trials for lane in range(len(trial.seeds))]
    costs = np.full((len(lanes), epochs, len(metrics)), np.nan)
    for number, (row, trial, lane) in enumerate(lanes):
        if trial.number in lengths:
            costs[number, : len(trial.epochs)] = _curves(trained[row], trial, metrics)[lane]
    return Lanes(
        places=np.vstack([_place(space, configuration) for configuration in trained]),
        owners=np.array([row for row, _, _ in lanes]),
        seeds=np.array([trial.seeds[lane] for _, trial, lane in lanes]),
        costs=costs,
        lengths=np.array([lengths.get(trial.number, 0) for _, trial, _ in lanes]),
    )


def _runs(trial: TrialRecord) -> bool:
    return trial.state == "running"


def _counted(
    some: Sequence[tuple[int, Configuration]],
) -> Iterator[tuple[int, TrialRecord]]:
    """Yield the trials whose lanes count, with the rows of their configurations."""
    for row, configuration in some:
        if configuration.ended:
            yield from ((row, trial) for trial in configuration.counted if trial.epochs)


def _place(space: Space, configuration: Configuration) -> Floats:
    """Return the place of a configuration (1, dimension), made once."""
    if "place" not in configuration.candidates:
        configuration.candidates["place"] = places(space.search, [configuration.values])
    place: Floats = configuration.candidates["place"]
    return place


def _curves(configuration: Configuration, trial: TrialRecord, metrics: Sequence[str]) -> Floats:
    """Return the costs of a trial's lanes (lane, epoch, metric), made once; NaN where diverged."""
    key = "curves", trial.number, tuple(metrics)
    if key not in configuration.candidates:
        nothing = [None] * len(trial.seeds)
        rows = [[record.lanes.get(name, nothing) for name in metrics] for record in trial.epochs]
        signs = [cost(name, 1.0) for name in metrics]
        costs = np.array(rows, dtype=np.float64).transpose(2, 0, 1) * signs
        configuration.candidates[key] = costs
    curves: Floats = configuration.candidates[key]
    return curves


def goal_of(
    space: Space,
    floors: Sequence[Floor],
    baseline: Mapping[str, Floats] | None,
) -> Goal:
    """Return the goal of a sweep.

    Args:
        space: space that is searched.
        floors: floors of the sweep.
        baseline: values of the baseline's lanes (seed, epoch), by metric; None without a baseline.
    """
    least = dict(bounds(floors))
    repeatable = bool(baseline) or space.budget.race_seeds > 1
    return make_goal(space.objectives, space.reference, least, baseline, space.standing, repeatable)
