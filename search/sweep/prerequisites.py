"""Prerequisites of a sweep: trained once per corpus and settings, then found again.

The baseline that a sweep is held to is one, and so is the stage 1 that it builds on where none is
named. A prerequisite is a sweep of one trial without anything to search, so it is logged, shown
and resumed like any other.
"""

import dataclasses
import hashlib
import json

from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults
from search.corpus.facts import InputFacts
from search.front.floors import Floor
from search.planning.plan import lane_seeds
from search.space.space import Budget, Space
from search.space.values import Value
from search.store.log import Log, TrialRecord
from search.store.storage import Storage
from search.sweep.head import SweepHead, saved_head
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from search.tasks.tasks import TASKS


class PrerequisiteFailed(ValueError):
    """A prerequisite could not be trained."""


def one_trial(space: Space, fixed: dict[str, Value], budget: Budget) -> Space:
    """The space of one trial with nothing to search.

    It has as many lanes as any configuration of the sweep that refers to it can have.

    Args:
        space: whose method, task and objectives these are.
        fixed: its settings.
        budget: of the sweep that refers to it.
    """
    lanes = max(budget.seeds, budget.race_seeds, budget.check_seeds)
    return dataclasses.replace(
        space,
        fixed=fixed,
        search={},
        floor={},
        reference={
            **space.reference,
            **{metric: 0.0 for metric in space.floor if metric in space.objectives},
        },
        first=(),
        budget=Budget(trials=1, epochs=budget.epochs, seeds=lanes),
    )


def baseline_space(space: Space) -> Space:
    """The same network, training and seeds without de-biasing."""
    baseline = TASKS[space.task].baseline
    shared = defaults(METHODS[baseline])
    fixed = {key: value for key, value in space.fixed.items() if key in shared}
    own = dataclasses.replace(space, name=baseline, method=baseline)
    return one_trial(own, fixed, space.budget)


def prerequisite_name(kind: str, space: Space, seed: int, inputs: InputFacts) -> str:
    """Return the name of the sweep of a prerequisite, made from all that its result depends on.

    Args:
        kind: of the prerequisite, with its method where that is not always the same.
        space: as `one_trial` makes it.
        seed: of the sweep that needs it.
        inputs: facts of what it learns from.
    """
    depends = json.dumps(
        [
            inputs.corpus.fingerprint,
            {**defaults(METHODS[space.method]), **space.fixed},  # which another version may change
            list(TASKS[space.task].directions),  # a floor may ask for any
            dataclasses.asdict(space.features),
            *(dataclasses.asdict(settings) for settings in space.own.values()),
            *([inputs.pretrained.fingerprint] if inputs.pretrained else []),
            space.budget.epochs,
            lane_seeds(seed, space.budget.seeds),
        ],
        sort_keys=True,
    )
    return f"{kind}-{hashlib.sha256(depends.encode()).hexdigest()[:10]}"


def prerequisite_sweep(head: SweepHead) -> Sweep:
    """Return the sweep that trains, or has trained, a prerequisite.

    A trial that failed is tried once more.

    Args:
        head: of the sweep, with a space as `one_trial` makes it.
    """
    log = Log(head.folder)
    failed = sum(trial.state == "failed" for trial in log.trials.values())
    budget = dataclasses.replace(head.space.budget, trials=failed + 1)
    space = dataclasses.replace(head.space, budget=budget)
    return Sweep(dataclasses.replace(head, space=space), SearchPolicy(stopping=False), log)


def saved_baseline(head: SweepHead, results: Storage) -> Sweep | None:
    """Return the sweep that trained the baseline of a sweep; None where it has none, or none yet.

    Args:
        head: of the sweep that is held to it.
        results: where sweeps lie.

    Raises:
        NoSuchSweep: it is gone.
    """
    name = head.facts.baseline
    if not head.space.floor or name is None:
        return None
    baseline = saved_head(results.folder(name), name)
    return prerequisite_sweep(dataclasses.replace(baseline, space=baseline_space(head.space)))


def trained(prerequisite: Sweep, what: str, lacking: str) -> TrialRecord:
    """Return the trial of a prerequisite.

    Args:
        prerequisite: as `prerequisite_sweep` makes it.
        what: it is, for the message.
        lacking: what there is not without it, for the message.

    Raises:
        PrerequisiteFailed: if its training failed, or is gone.
    """
    trials = list(prerequisite.log.trials.values())
    if not trials or trials[-1].state != "complete":
        why = trials[-1].reason if trials else "its log is gone"
        raise PrerequisiteFailed(
            f"{what} failed, so there is no {lacking}: {why} "
            f"({prerequisite.folder.where()}); the next sweep tries again"
        )
    return trials[-1]


def floors_of(space: Space, baseline: Sweep) -> tuple[tuple[Floor, ...], dict[str, float]]:
    """The floors that a trained baseline sets, and the baseline's metrics.

    Raises:
        PrerequisiteFailed: the baseline's training failed, or it has no value in a floor's
            metric.
    """
    trial = trained(baseline, "the baseline", "floor")
    assert trial.last is not None
    spreads = tuple(
        {name: value for name, value in epoch.metrics.items() if name.endswith("_sd")}
        for epoch in trial.epochs
    )
    floors = []
    for metric, share in space.floor.items():
        if not all(metric in epoch.metrics for epoch in trial.epochs):
            raise PrerequisiteFailed(
                f"the baseline has no {metric}, so there is no floor: it is undefined on this "
                f"corpus, or was not measured yet when the baseline was trained "
                f"({baseline.folder.where()}); remove that folder to train it again, or leave "
                f"{metric} out of [floor]"
            )
        curve = tuple(epoch.metrics[metric] for epoch in trial.epochs)
        floors.append(Floor(metric, share, curve[-1], curve, spreads))
    return tuple(floors), trial.last.metrics
