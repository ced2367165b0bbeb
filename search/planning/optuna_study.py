"""Configurations as a study of Optuna holds them, whoever asks it: the sampler, or a report."""

from collections.abc import Sequence

import optuna
from optuna.trial import TrialState, create_trial

from fairser_core.metrics.directions import cost
from search.front.configurations import Configuration, counted, no_value
from search.front.floors import Floor, bounds
from search.space.space import Space

FAILED = 1e3  # violation: farther from the feasible than any that missed a floor


def told(
    configuration: Configuration, space: Space, floors: Sequence[Floor]
) -> optuna.trial.FrozenTrial:
    """A configuration as a study holds it: costs of the objectives, and how it misses floors.

    Violations are in the metrics' own units, a constraint a floor; Optuna weighs them up itself.
    """
    state, values, constraints = _STATES[configuration.state], None, None
    if state == TrialState.COMPLETE:
        metrics = configuration.metrics_at(configuration.epochs)
        values = [cost(name, metrics[name]) for name in space.objectives]
        lanes = configuration.lanes_at(configuration.epochs)
        names = counted(space.objectives, bounds(floors))
        constraints = {"diverged_lanes": float(no_value(lanes, names))}
        constraints |= {f"floor_{floor.metric}": floor.violation(metrics) for floor in floors}
    if configuration.state == "failed":  # as FAIL, Optuna would learn nothing of it
        constraints = {"failed": FAILED}
    return create_trial(
        state=state,
        params=dict(configuration.values),
        distributions=dict(space.search),
        values=values,
        constraints=constraints,
    )


_STATES = {
    "running": TrialState.RUNNING,
    "complete": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "failed": TrialState.PRUNED,
}
