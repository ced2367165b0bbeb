"""Which of a member's seeds to hand over: the one that is most like all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from fairser_core.lanes.lanes import tree_map
from fairser_core.methods.method import Networks
from search.front.front import Point
from search.store.log import TrialRecord
from search.store.models import kept_epochs, load_model
from search.store.storage import Storage


@dataclass(frozen=True)
class Trained:
    """A seed of a front's member.

    Attributes:
        trial: that trained it.
        epoch: the member's; less where all of the trial's lanes had stopped before.
        seed: of its chance.
        metrics: of this seed alone; None where undefined.
        networks: its parameters, with a leading lane axis.
    """

    trial: int
    epoch: int
    seed: int
    metrics: dict[str, float | None]
    networks: Networks


def typical(
    folder: Storage, trials: Mapping[int, TrialRecord], point: Point, objectives: tuple[str, ...]
) -> Trained:
    """The seed whose objectives are nearest to the member's means: what the front promises.

    Distances are in standard deviations over the seeds. Only seeds whose models were kept can be
    handed over; those of the member's first trial always were.

    Args:
        folder: of the sweep.
        trials: of the sweep's log.
        point: the member.
        objectives: metric names.

    Raises:
        StorageError: no model of the member is there, or one cannot be read; names the file.
    """
    seeds = [seed for number in point.trials for seed in _seeds(folder, trials[number], point)]
    if not seeds:
        load_model(folder, point.trial, point.epoch)  # says which file is missing
    values = np.array([[seed.metrics[name] for name in objectives] for seed in seeds], dtype=float)
    means = np.array([point.metrics[name] for name in objectives])
    spread = values.std(axis=0)
    distances = np.square((values - means) / np.where(spread > 0, spread, 1.0)).sum(axis=1)
    return seeds[int(np.argmin(distances))]


def _seeds(folder: Storage, trial: TrialRecord, point: Point) -> list[Trained]:
    """The seeds of a trial, if its model is kept; no lane of a member has diverged."""
    epoch = min(point.epoch, len(trial.epochs))
    if epoch not in kept_epochs(folder, trial.number):
        return []
    networks, record = load_model(folder, trial.number, epoch)
    found = []
    for place, seed in enumerate(trial.seeds):
        metrics = {name: values[place] for name, values in record.lanes.items()}
        own = _of_seed(networks, place, len(trial.seeds))
        found.append(Trained(trial.number, epoch, seed, metrics, own))
    return found


def _of_seed(networks: Networks, place: int, seeds: int) -> Networks:
    """The lanes of one seed, which stand side by side."""

    def lanes(tensor: Tensor) -> Tensor:
        count = len(tensor) // seeds
        return tensor[place * count : (place + 1) * count]

    own: Networks = tree_map(lanes, networks)
    return own
