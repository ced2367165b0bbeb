"""Choice of the seed of a member that is exported: the most typical of its seeds."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from fairser_core.lanes.lanes import tree_map
from fairser_core.methods.method import Networks
from search.front.point import Point
from search.store.models import kept_epochs
from search.store.trials import TrialRecord
from search.sweep.sweep import Sweep


@dataclass(frozen=True)
class SeedModel:
    """Model of one seed of a front's member.

    Attributes:
        trial: number of the trial that trained the model.
        epoch: epoch of the member; less if all lanes of the trial had stopped before.
        seed: seed of the training.
        metrics: metrics of this seed alone, as the log states them; None where undefined.
        networks: parameters, with a leading lane axis.
        bound: whether the seal of the file states its place.
    """

    trial: int
    epoch: int
    seed: int
    metrics: dict[str, float | None]
    networks: Networks
    bound: bool = True


def typical_seed(sweep: Sweep, point: Point) -> SeedModel:
    """Return the model of the seed whose objectives are nearest to the member's means.

    Distances are in standard deviations over the seeds. Only seeds whose models are on disk are
    candidates; those of the member's first trial always are.

    Args:
        sweep: sweep of the member.
        point: member of its front.

    Raises:
        StorageError: no model of the member exists, or a model cannot be read or has other metrics
            than the log states; names the file.
    """
    trials, objectives = sweep.log.trials, sweep.space.objectives
    seeds = [seed for number in point.trials for seed in _seeds(sweep, trials[number], point)]
    if not seeds:
        sweep.model(trials[point.trial], point.epoch)  # raises an error that names the file
    values = np.array([[seed.metrics[name] for name in objectives] for seed in seeds], dtype=float)
    means = np.array([point.metrics[name] for name in objectives])
    spread = values.std(axis=0)
    distances = np.square((values - means) / np.where(spread > 0, spread, 1.0)).sum(axis=1)
    return seeds[int(np.argmin(distances))]


def _seeds(sweep: Sweep, trial: TrialRecord, point: Point) -> list[SeedModel]:
    """Return the models of a trial's seeds, if they are on disk; no lane of a member diverged."""
    epoch = min(point.epoch, len(trial.epochs))
    if epoch not in kept_epochs(sweep.folder, trial.number):
        return []
    model, logged = sweep.model(trial, epoch), trial.epochs[epoch - 1]
    models = []
    for index, seed in enumerate(trial.seeds):
        metrics = {name: values[index] for name, values in logged.lanes.items()}
        networks = _seed_lanes(model.networks, index, len(trial.seeds))
        models.append(SeedModel(trial.number, epoch, seed, metrics, networks, model.bound))
    return models


def _seed_lanes(networks: Networks, index: int, seeds: int) -> Networks:
    """Return the lanes of one seed, which are neighbours on the lane axis."""

    def lanes(tensor: Tensor) -> Tensor:
        count = len(tensor) // seeds
        return tensor[index * count : (index + 1) * count]

    seed_networks: Networks = tree_map(lanes, networks)
    return seed_networks
