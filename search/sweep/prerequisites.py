"""Prerequisites of a sweep, trained once per corpus and settings.

Prerequisites are the baseline that sets a sweep's floors, and the stage 1 that a sweep builds on if
none is named. A prerequisite is a sweep of one trial with nothing to search, so it is logged, shown
and resumed like any other.
"""

import dataclasses
import hashlib
import json

from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults
from search.corpus.facts import InputFacts
from search.front.configurations import Configurations, Floats
from search.front.floors import Floor
from search.front.front import build
from search.front.point import Point
from search.planning.seeds import lane_seeds
from search.space.domains import at
from search.space.space import Budget, Space
from search.space.values import Value
from search.store.log import Log
from search.store.storage import Storage, StorageError
from search.store.trials import TrialRecord
from search.sweep.facts import FACTS_FILE
from search.sweep.head import SweepHead, saved_head
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from search.tasks.tasks import TASKS


class PrerequisiteFailed(ValueError):
    """Error of a prerequisite that could not be trained."""


def one_trial(space: Space, fixed: dict[str, Value], budget: Budget) -> Space:
    """Return the space of one trial with nothing to search.

    The trial has as many lanes as any configuration of the sweep that needs it can have.

    Args:
        space: space that gives method, task and objectives.
        fixed: settings of the trial.
        budget: budget of the sweep that needs it.
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
    """Return the space of a sweep's baseline: same network, training, seeds; no de-biasing.

    Of settings that are searched it has the values by default, but those that choose the inputs,
    such as the layer of a speech model, lie in the middle of their domains.
    """
    baseline = TASKS[space.task].baseline
    shared = defaults(METHODS[baseline])
    fixed = {key: value for key, value in space.fixed.items() if key in shared}
    searched = [key for key in METHODS[baseline].inputs if key in space.search]
    fixed |= {key: at(space.search[key], 0.5) for key in searched}
    plain = dataclasses.replace(space, name=baseline, method=baseline)
    return one_trial(plain, fixed, space.budget)


def prerequisite_name(kind: str, space: Space, seed: int, inputs: InputFacts) -> str:
    """Return the name of a prerequisite's sweep: its kind, and a digest of all its result needs.

    Args:
        kind: kind of the prerequisite, with its method where that is not always the same.
        space: space as `one_trial` makes it.
        seed: seed of the sweep that needs it.
        inputs: facts of the corpus and the features that it learns from.
    """
    depends = json.dumps(
        [
            inputs.corpus.fingerprint,
            {**defaults(METHODS[space.method]), **space.fixed},  # which another version may change
            list(TASKS[space.task].directions),  # a floor may ask for any
            space.features.facts(),
            *(settings.facts() for settings in space.task_settings.values()),
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
        head: head of the prerequisite, with a space as `one_trial` makes it.
    """
    log = Log(head.folder)
    failed = sum(trial.state == "failed" for trial in log.trials.values())
    budget = dataclasses.replace(head.space.budget, trials=failed + 1)
    space = dataclasses.replace(head.space, budget=budget)
    return Sweep(dataclasses.replace(head, space=space), SearchPolicy(stopping=False), log)


def saved_baseline(head: SweepHead, results: Storage) -> Sweep | None:
    """Return the sweep that trained the baseline of a sweep; None where it has none, or none yet.

    Args:
        head: head of the sweep that is held to the baseline.
        results: folder of all sweeps.

    Raises:
        NoSuchSweep: the baseline's sweep is gone.
        StorageError: another sweep lies in its place.
    """
    name = head.facts.baseline
    if not head.space.floor or name is None:
        return None
    baseline = saved_head(results, name)
    if baseline.facts.name != name:
        raise StorageError(
            f"{baseline.folder.where(FACTS_FILE)} is of the sweep {baseline.facts.name!r}, not of "
            f"the baseline {name!r}, in whose folder it lies"
        )
    return prerequisite_sweep(dataclasses.replace(baseline, space=baseline_space(head.space)))


def trained(prerequisite: Sweep, title: str, lack: str) -> TrialRecord:
    """Return the trial of a prerequisite.

    Args:
        prerequisite: sweep as `prerequisite_sweep` makes it.
        title: name of the prerequisite, for the message.
        lack: name of the thing that is missing without it, for the message.

    Raises:
        PrerequisiteFailed: the training failed, or its log is gone.
    """
    trials = list(prerequisite.log.trials.values())
    if not trials or trials[-1].state != "complete":
        why = trials[-1].reason if trials else "its log is gone"
        raise PrerequisiteFailed(
            f"{title} failed, so there is no {lack}: {why} "
            f"({prerequisite.folder.where()}); the next sweep tries again"
        )
    return trials[-1]


def floors_of(space: Space, baseline: Sweep) -> tuple[tuple[Floor, ...], dict[str, float]]:
    """Return the floors that a trained baseline sets, and the baseline's metrics.

    Args:
        space: space of the sweep that is held to the baseline.
        baseline: sweep that trained it.

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


def baseline_lanes(space: Space, baseline: Sweep) -> dict[str, Floats]:
    """Return the values of the baseline's lanes (seed, epoch), by metric that counts.

    Args:
        space: space of the sweep that is held to the baseline.
        baseline: sweep that trained the baseline.
    """
    (configuration,) = Configurations().update(baseline.log.trials.values())
    names = dict.fromkeys([*space.objectives, *space.floor])
    return {name: configuration.lanes(name).T for name in names}


def baseline_front(
    space: Space, baseline: Sweep, floors: tuple[Floor, ...], metrics: dict[str, float]
) -> tuple[Point, ...]:
    """Return the baseline's own front: the epochs that no other of its epochs beats.

    Each is held to the floors of the sweep, as a member of its front is, and has figures over
    validation speakers like it.

    Args:
        space: space of the sweep that is held to the baseline.
        baseline: sweep that trained the baseline.
        floors: floors that the baseline sets.
        metrics: metrics of the baseline after its last epoch.
    """
    trained = Configurations().update(baseline.log.trials.values())
    front = build(trained, space.objectives, space.reference, floors, metrics)
    return front.with_speakers(baseline.speakers).members
