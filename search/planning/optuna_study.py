"""Configurations as trials of an Optuna study, for the sampler and for reports."""

from collections.abc import Sequence

import optuna
from optuna.trial import TrialState, create_trial

from fairser_core.metrics.directions import cost
from search.front.configurations import Configuration, counted, no_value
from search.front.floors import Floor, bounds
from search.space.space import Space

FAILED = 1e3  # violation: larger than that of any configuration that missed a floor


def frozen_trial(
    configuration: Configuration, space: Space, floors: Sequence[Floor]
) -> optuna.trial.FrozenTrial:
    """Return a configuration as a trial of a study, with costs and constraints.

    Each floor is a constraint, whose violation is in the metric's unit; Optuna weighs them up
    itself.

    Args:
        configuration: configuration in any state.
        space: space of the sweep.
        floors: floors of the sweep.
    """
    state, values, constraints = _STATES[configuration.state], None, None
    if state == TrialState.COMPLETE:
        metrics = configuration.metrics_at(configuration.epochs)
        values = [cost(name, metrics[name]) for name in space.objectives]
        lanes = configuration.lanes_at(configuration.epochs)
        names = counted(space.objectives, bounds(floors))
        constraints = {"diverged_lanes": float(no_value(lanes, names))}
        constraints |= {f"floor_{floor.metric}": floor.violation(metrics) for floor in floors}
    if configuration.state == "failed":  # Optuna would learn nothing from a trial of state FAIL
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
