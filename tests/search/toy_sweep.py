"""A small sweep as a process of its own, so that tests can kill it.

python toy_sweep.py FOLDER TRIALS EPOCHS CONCURRENT
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from conftest import toy_table

from fairser_core.tasks.activation import Activation, WindowSettings, activation_task
from search.cluster import Resources, connected
from search.space import load
from search.storage import LocalStorage, locked
from search.sweep import Sweep

SMALL = {"filters": 4, "kernel": 3, "stride": 2, "hidden": 8, "batch": 16, "budget.seeds": 2}


def toy_data() -> Activation:
    table, features = toy_table(200)
    windows = WindowSettings(frames=32, hop=4)
    return activation_task(table, features, windows, 3.5, (np.zeros(6), np.ones(6)))


def toy_sweep(folder: Path, trials: int, epochs: int, changes: dict | None = None) -> Sweep:
    budget = {"budget.trials": trials, "budget.epochs": epochs}
    space = load("adversarial", changes={**SMALL, **budget, **(changes or {})})
    return Sweep(folder.name, LocalStorage(folder), space, seed=0)


if __name__ == "__main__":
    trials, epochs, concurrent = map(int, sys.argv[2:])
    sweep = toy_sweep(Path(sys.argv[1]), trials, epochs)
    with locked(sweep.folder, sweep.name), connected(None):
        sweep.run(toy_data(), Resources(1, 0), concurrent, lambda changed: None)
