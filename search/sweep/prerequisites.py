"""References of a sweep: trained once per corpus and settings, then found again.

The baseline that a sweep is held to is one, and so is the stage 1 that it builds on where none is
named. A reference is a sweep of one trial without anything to search, so it is logged, shown and
resumed like any other.
"""

import dataclasses
import hashlib
import json
from typing import Any

from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults
from search.front.floors import Floor
from search.planning.plan import lane_seeds
from search.space.space import Budget, Space
from search.space.tasks import TASKS
from search.space.values import Value
from search.store.log import TrialRecord
from search.store.storage import Storage
from search.sweep.sweep import Sweep


class ReferenceFailed(ValueError):
    """A reference could not be trained."""


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


def reference_name(
    kind: str,
    space: Space,
    seed: int,
    corpus: dict[str, Any],
    checkpoint: dict[str, Any] | None = None,
) -> str:
    """Name of the sweep of a reference, made from everything its result depends on.

    Args:
        kind: what it is, and its method where that is not always the same.
        space: as `one_trial` makes it.
        seed: of the sweep that refers to it.
        corpus: facts of the corpus, with its `fingerprint`.
        checkpoint: facts of the checkpoint that features are made with, with its `fingerprint`.
    """
    depends = json.dumps(
        [
            corpus["fingerprint"],
            {**defaults(METHODS[space.method]), **space.fixed},  # which another version may change
            list(TASKS[space.task].directions),  # a floor may ask for any
            dataclasses.asdict(space.features),
            *(dataclasses.asdict(getattr(space, table)) for table in TASKS[space.task].tables),
            *([checkpoint["fingerprint"]] if checkpoint else []),
            space.budget.epochs,
            lane_seeds(seed, space.budget.seeds),
        ],
        sort_keys=True,
    )
    return f"{kind}-{hashlib.sha256(depends.encode()).hexdigest()[:10]}"


def reference_sweep(name: str, folder: Storage, space: Space, seed: int) -> Sweep:
    """The sweep that trains, or has trained, a reference; one that failed is tried once more.

    Args:
        name: as `reference_name` makes it.
        folder: of the sweep.
        space: as `one_trial` makes it.
        seed: of the sweep that refers to it.
    """
    sweep = Sweep(name, folder, space, seed, stopping=False)
    failed = sum(trial.state == "failed" for trial in sweep.log.trials.values())
    sweep.space = dataclasses.replace(
        space, budget=dataclasses.replace(space.budget, trials=failed + 1)
    )
    return sweep


def trained(reference: Sweep, what: str, lacking: str) -> TrialRecord:
    """The trial of a reference.

    Args:
        reference: as `reference_sweep` makes it.
        what: it is, for the message.
        lacking: what there is not without it, for the message.

    Raises:
        ReferenceFailed: if its training failed, or is gone.
    """
    trials = list(reference.log.trials.values())
    if not trials or trials[-1].state != "complete":
        why = trials[-1].reason if trials else "its log is gone"
        raise ReferenceFailed(
            f"{what} failed, so there is no {lacking}: {why} "
            f"({reference.folder.where()}); the next sweep tries again"
        )
    return trials[-1]


def floors_of(space: Space, baseline: Sweep) -> tuple[tuple[Floor, ...], dict[str, float]]:
    """The floors that a trained baseline sets, and the baseline's metrics.

    Raises:
        ReferenceFailed: if the baseline's training failed, or it has no value in a floor's metric.
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
            raise ReferenceFailed(
                f"the baseline has no {metric}, so there is no floor: it is undefined on this "
                f"corpus, or was not measured yet when the baseline was trained "
                f"({baseline.folder.where()}); remove that folder to train it again, or leave "
                f"{metric} out of [floor]"
            )
        curve = tuple(epoch.metrics[metric] for epoch in trial.epochs)
        floors.append(Floor(metric, share, curve[-1], curve, spreads))
    return tuple(floors), trial.last.metrics
