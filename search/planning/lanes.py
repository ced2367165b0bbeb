"""Lanes of a sweep's configurations, as the posterior takes them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fairser_core.metrics.directions import cost
from search.front.configurations import Configuration
from search.front.floors import Floor, bounds
from search.posterior.lanes import Floats, Goal, Lanes, make_goal
from search.space.domains import places
from search.space.space import Space
from search.store.trials import TrialRecord


def lanes_of(
    trained: Sequence[Configuration],
    space: Space,
    metrics: Sequence[str],
    running: bool = False,
) -> Lanes | None:
    """Return the lanes that count, in order of their trials' numbers.

    Args:
        trained: configurations of a sweep; the rows of the lanes' owners.
        space: space that is searched.
        metrics: names of the metrics, as of the posterior's goal.
        running: whether the lanes that run are added, with a length of 0.

    Returns:
        None if no trial with metrics has ended.
    """
    trials = sorted(_counted(trained), key=lambda pair: pair[1].number)
    if not trials:
        return None
    lengths = {trial.number: len(trial.epochs) for _, trial in trials}
    epochs = max(lengths.values())
    if running:
        trials += [(row, t) for row, c in enumerate(trained) for t in c.trials if _runs(t)]
    lanes = [(row, trial, lane) for row, trial in trials for lane in range(len(trial.seeds))]
    costs = np.full((len(lanes), epochs, len(metrics)), np.nan)
    for place, (_, trial, lane) in enumerate(lanes):
        if trial.number in lengths:
            costs[place, : len(trial.epochs)] = _curves(trial, lane, metrics)
    return Lanes(
        places=places(space.search, [configuration.values for configuration in trained]),
        owners=np.array([row for row, _, _ in lanes]),
        seeds=np.array([trial.seeds[lane] for _, trial, lane in lanes]),
        costs=costs,
        lengths=np.array([lengths.get(trial.number, 0) for _, trial, _ in lanes]),
    )


def _runs(trial: TrialRecord) -> bool:
    return trial.state == "running"


def _counted(trained: Sequence[Configuration]) -> Iterator[tuple[int, TrialRecord]]:
    """Yield the trials whose lanes count, with the rows of their configurations."""
    for row, configuration in enumerate(trained):
        if configuration.ended:
            yield from ((row, trial) for trial in configuration.counted if trial.epochs)


def _curves(trial: TrialRecord, lane: int, metrics: Sequence[str]) -> Floats:
    """Return a lane's costs (epoch, metric); NaN where it diverged."""
    rows = [
        [record.lanes[name][lane] if name in record.lanes else None for name in metrics]
        for record in trial.epochs
    ]
    return np.asarray(np.array(rows, dtype=np.float64) * [cost(name, 1.0) for name in metrics])


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
    return make_goal(space.objectives, space.reference, least, baseline, space.standing)
