"""Choice of the seed of a member that is exported: the most typical of its seeds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from fairser_core.lanes.lanes import tree_map
from fairser_core.methods.method import Networks
from search.front.front import Point
from search.store.models import kept_epochs, load_model
from search.store.storage import Storage
from search.store.trials import TrialRecord


@dataclass(frozen=True)
class SeedModel:
    """Model of one seed of a front's member.

    Attributes:
        trial: number of the trial that trained the model.
        epoch: epoch of the member; less if all lanes of the trial had stopped before.
        seed: seed of the training.
        metrics: metrics of this seed alone; None where undefined.
        networks: parameters, with a leading lane axis.
    """

    trial: int
    epoch: int
    seed: int
    metrics: dict[str, float | None]
    networks: Networks


def typical_seed(
    folder: Storage, trials: Mapping[int, TrialRecord], point: Point, objectives: tuple[str, ...]
) -> SeedModel:
    """Return the model of the seed whose objectives are nearest to the member's means.

    Distances are in standard deviations over the seeds. Only seeds whose models are on disk are
    candidates; those of the member's first trial always are.

    Args:
        folder: folder of the sweep.
        trials: trials of the sweep's log.
        point: member of the front.
        objectives: names of the objectives.

    Raises:
        StorageError: no model of the member exists, or a model cannot be read; names the file.
    """
    seeds = [seed for number in point.trials for seed in _seeds(folder, trials[number], point)]
    if not seeds:
        load_model(folder, point.trial, point.epoch)  # raises an error that names the file
    values = np.array([[seed.metrics[name] for name in objectives] for seed in seeds], dtype=float)
    means = np.array([point.metrics[name] for name in objectives])
    spread = values.std(axis=0)
    distances = np.square((values - means) / np.where(spread > 0, spread, 1.0)).sum(axis=1)
    return seeds[int(np.argmin(distances))]


def _seeds(folder: Storage, trial: TrialRecord, point: Point) -> list[SeedModel]:
    """Return the models of a trial's seeds, if they are on disk; no lane of a member diverged."""
    epoch = min(point.epoch, len(trial.epochs))
    if epoch not in kept_epochs(folder, trial.number):
        return []
    networks, record = load_model(folder, trial.number, epoch)
    models = []
    for index, seed in enumerate(trial.seeds):
        metrics = {name: values[index] for name, values in record.lanes.items()}
        seed_networks = _seed_lanes(networks, index, len(trial.seeds))
        models.append(SeedModel(trial.number, epoch, seed, metrics, seed_networks))
    return models


def _seed_lanes(networks: Networks, index: int, seeds: int) -> Networks:
    """Return the lanes of one seed, which are neighbours on the lane axis."""

    def lanes(tensor: Tensor) -> Tensor:
        count = len(tensor) // seeds
        return tensor[index * count : (index + 1) * count]

    seed_networks: Networks = tree_map(lanes, networks)
    return seed_networks
