"""The baseline a sweep is held to: trained once per corpus and settings, then found again.

It is a sweep of one trial without anything to search, so it is logged, shown and resumed like
any other.
"""

import dataclasses
import hashlib
import json
from typing import Any

from fairser_core.methods.method import Method
from search.front import Floor
from search.space import Budget, Space
from search.storage import Storage
from search.sweep import Sweep, lane_seeds


class BaselineError(ValueError):
    """The baseline could not be trained."""


def baseline_space(space: Space) -> Space:
    """The space of one trial: the same network, training and seeds without de-biasing."""
    shared = {f.name for f in dataclasses.fields(Method)}
    return dataclasses.replace(
        space,
        name="baseline",
        method="baseline",
        fixed={key: value for key, value in space.fixed.items() if key in shared},
        search={},
        floor=None,
        reference={**space.reference, **({space.floor[0]: 0.0} if space.floor else {})},
        budget=Budget(trials=1, epochs=space.budget.epochs, seeds=space.budget.seeds),
    )


def baseline_sweep(space: Space, seed: int, results: Storage, corpus: dict[str, Any]) -> Sweep:
    """The sweep that trains, or has trained, the baseline of `space` on a corpus.

    Args:
        space: the space that needs a floor.
        seed: of the sweep.
        results: the folder of all sweeps; the baseline lies in it under a name made from
            everything it depends on.
        corpus: facts of the corpus, with its `fingerprint`.
    """
    reference = baseline_space(space)
    depends = json.dumps(
        [
            corpus["fingerprint"],
            reference.fixed,
            dataclasses.asdict(reference.features),
            dataclasses.asdict(reference.windows),
            reference.budget.epochs,
            lane_seeds(seed, reference.budget.seeds),
        ],
        sort_keys=True,
    )
    name = f"baseline-{hashlib.sha256(depends.encode()).hexdigest()[:10]}"
    sweep = Sweep(name, results.folder(name), reference, seed)
    failed = sum(trial.state == "failed" for trial in sweep.log.trials.values())
    sweep.space = dataclasses.replace(
        reference, budget=dataclasses.replace(reference.budget, trials=failed + 1)
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
    return Floor(metric, share, trial.last.metrics[metric]), trial.last.metrics
