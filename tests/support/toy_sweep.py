"""Small sweep on a toy task."""

from pathlib import Path

import numpy as np

from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.activation_arrays import activation_arrays
from search.front.floors import Floor
from search.space.load import load
from search.store.local_storage import LocalStorage
from search.sweep.head import SweepHead
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from tests.support.facts import made_facts
from tests.support.toy_tables import toy_table

SMALL = {
    "adversarial": {"filters": 4, "kernel": 3, "stride": 2, "hidden": 8, "batch": 16},
    "dnn": {"hidden": 8, "latent": 5, "batch": 8},
}
PLAIN = {"budget.seeds": 2, "budget.race_seeds": 0, "budget.check_seeds": 0}
STOPPING = {"stopping.warmup": 0.2, "stopping.noise": 0.0}
ALL = {"budget.race_seeds": 4, "budget.check_seeds": 2, **STOPPING}


def toy_data() -> Activation:
    table, features = toy_table(80)
    windows = WindowSettings(frames=32, hop=4)
    return activation_arrays(table, features, windows, 3.5, (np.zeros(6), np.ones(6)))


def toy_sweep(
    folder: Path,
    trials: int,
    epochs: int,
    changes: dict | None = None,
    stopping: bool = False,
    space: str = "adversarial",
) -> Sweep:
    """Return a sweep of whole trials; `changes` may race and check, `stopping` stops early."""
    budget = {"budget.trials": trials, "budget.epochs": epochs}
    small = load(space, changes={**SMALL[space], **PLAIN, **budget, **(changes or {})})
    floor = Floor(small.objectives[0], of_baseline=1.0, baseline=-1.0)  # no accuracy is too low
    head = SweepHead(folder.name, LocalStorage(folder), small, made_facts(folder.name, space))
    return Sweep(head, SearchPolicy(floors=(floor,), stopping=stopping))
