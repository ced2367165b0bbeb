"""Keeper of the models of a trial's front."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fairser_core.metrics.directions import cost
from fairser_core.pareto import dominates
from fairser_core.training.state import State
from search.front.configurations import counted
from search.front.floors import Bounds
from search.store.models import delete_model, drop_models, kept_epochs, load_model, save_model
from search.store.seal import Place
from search.store.storage import Storage, StorageError
from search.store.trials import EpochRecord


class ModelKeeper:
    """Keeper of the models of a trial's front; other epochs can never be candidates."""

    def __init__(
        self,
        folder: Storage,
        place: Place,
        objectives: Sequence[str],
        floors: Bounds,
    ) -> None:
        """Begin with the models that an interrupted trial kept before.

        Args:
            folder: folder of the sweep.
            place: trial of the models.
            objectives: metric names.
            floors: metric and least value of each floor; epochs that miss one are not kept.
        """
        self._folder, self._place, self._trial = folder, place, place.trial
        self._objectives, self._floors = list(objectives), floors
        self._front: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = {}
        for epoch in kept_epochs(folder, place.trial):
            try:
                self._front[epoch] = self._costs(load_model(folder, place, epoch).record)
            except StorageError:
                delete_model(folder, place.trial, epoch)  # torn or of another trial: trained again

    def _costs(self, record: EpochRecord) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([cost(name, record.metrics[name]) for name in self._objectives])

    def offer(self, record: EpochRecord, state: State) -> None:
        """Keep the model of an epoch if no other beats it, and remove those that it beats.

        An epoch in which a lane diverged is not kept.

        Args:
            record: record of the epoch.
            state: state of training after the epoch.
        """
        if any(None in record.lanes[name] for name in counted(self._objectives, self._floors)):
            return
        if any(record.metrics[metric] < least for metric, least in self._floors):
            return
        costs = self._costs(record)
        others = {epoch: c for epoch, c in self._front.items() if epoch != record.epoch}
        if any(dominates(other, costs) for other in others.values()):
            return
        save_model(self._folder, self._place, record, state)
        self._front = {e: c for e, c in others.items() if not dominates(costs, c)}
        self._front[record.epoch] = costs
        drop_models(self._folder, self._trial, self._front)
