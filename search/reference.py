"""The baseline a sweep is held to: trained once per corpus and settings, then found again.

It is a sweep of one trial without anything to search, so it is logged, shown and resumed like
any other.
"""

import dataclasses
import hashlib
import json
from typing import Any

from fairser_core.methods import METHODS
from search.front import Floor
from search.plan import lane_seeds
from search.space import Budget, Space
from search.storage import Storage
from search.sweep import Sweep
from search.task import TASKS


class BaselineError(ValueError):
    """The baseline could not be trained."""


def baseline_space(space: Space) -> Space:
    """The space of one trial: the same network, training and seeds without de-biasing.

    It has as many lanes as any configuration: all are held to it.
    """
    task = TASKS[space.task]
    shared = {f.name for f in dataclasses.fields(METHODS[task.baseline])}
    budget = space.budget
    lanes = max(budget.seeds, budget.race_seeds, budget.check_seeds)
    return dataclasses.replace(
        space,
        name=task.baseline,
        method=task.baseline,
        fixed={key: value for key, value in space.fixed.items() if key in shared},
        search={},
        floor=None,
        reference={**space.reference, **({space.floor[0]: 0.0} if space.floor else {})},
        first=(),
        budget=Budget(trials=1, epochs=budget.epochs, seeds=lanes),
    )


def baseline_name(
    space: Space, seed: int, corpus: dict[str, Any], checkpoint: dict[str, Any] | None = None
) -> str:
    """Name of the sweep of a `baseline_space`, made from everything its result depends on.

    Args:
        space: as `baseline_space` makes it.
        seed: of the sweep.
        corpus: facts of the corpus, with its `fingerprint`.
        checkpoint: facts of the checkpoint that features are made with, with its `fingerprint`.
    """
    depends = json.dumps(
        [
            corpus["fingerprint"],
            space.fixed,
            dataclasses.asdict(space.features),
            *(dataclasses.asdict(getattr(space, table)) for table in TASKS[space.task].tables),
            *([checkpoint["fingerprint"]] if checkpoint else []),
            space.budget.epochs,
            lane_seeds(seed, space.budget.seeds),
        ],
        sort_keys=True,
    )
    return f"baseline-{hashlib.sha256(depends.encode()).hexdigest()[:10]}"


def baseline_sweep(name: str, folder: Storage, space: Space, seed: int) -> Sweep:
    """The sweep that trains, or has trained, a baseline; one that failed is tried once more.

    Args:
        name: as `baseline_name` makes it.
        folder: of the sweep.
        space: as `baseline_space` makes it.
        seed: of the sweep.
    """
    sweep = Sweep(name, folder, space, seed, stopping=False)
    failed = sum(trial.state == "failed" for trial in sweep.log.trials.values())
    sweep.space = dataclasses.replace(
        space, budget=dataclasses.replace(space.budget, trials=failed + 1)
    )
    return sweep


def floor_of(space: Space, baseline: Sweep) -> tuple[Floor, dict[str, float]]:
    """The floor that a trained baseline sets, and the baseline's metrics.

    Raises:
        BaselineError: if the baseline's training failed.
    """
    assert space.floor is not None
    metric, share = space.floor
    *_, trial = baseline.log.trials.values()
    if trial.state != "complete" or trial.last is None:
        raise BaselineError(
            f"the baseline failed, so there is no accuracy floor: {trial.reason} "
            f"({baseline.folder.where()}); the next sweep tries again"
        )
    curve = tuple(epoch.metrics[metric] for epoch in trial.epochs)
    spreads = tuple(
        {name: value for name, value in epoch.metrics.items() if name.endswith("_sd")}
        for epoch in trial.epochs
    )
    return Floor(metric, share, trial.last.metrics[metric], curve, spreads), trial.last.metrics
