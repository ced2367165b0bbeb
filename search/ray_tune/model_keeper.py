"""Keeper of the models that a trial may hand over."""

from collections.abc import Sequence

from fairser_core.training.state import State
from search.front.configurations import counted
from search.front.floors import Bounds
from search.store.models import drop_models, kept_epochs, load_model, save_model
from search.store.seal import Place
from search.store.storage import Storage, StorageError
from search.store.trials import EpochRecord


class ModelKeeper:
    """Keeper of the models of all epochs above the floors.

    One seed says little of which epoch is best, so other epochs than those of the trial's own front
    may be on the sweep's. When the trial has ended, the sweep drops those that cannot.
    """

    def __init__(
        self,
        folder: Storage,
        place: Place,
        objectives: Sequence[str],
        floors: Bounds,
    ) -> None:
        """Make the keeper of a trial, which keeps what it had kept before an interruption.

        Args:
            folder: folder of the sweep.
            place: trial of the models.
            objectives: metric names.
            floors: metric and least value of each floor.
        """
        self._folder, self._place, self._floors = folder, place, floors
        self._names = counted(objectives, floors)
        whole = filter(self._is_whole, kept_epochs(folder, place.trial))
        drop_models(folder, place.trial, list(whole))  # others are trained again

    def _is_whole(self, epoch: int) -> bool:
        """Return whether the model of an epoch can be read and is of this trial."""
        try:
            load_model(self._folder, self._place, epoch)
        except StorageError:
            return False
        return True

    def offer(self, record: EpochRecord, state: State) -> None:
        """Keep the model of an epoch if it reaches the floors and no lane diverged.

        Args:
            record: record of the epoch.
            state: state of training after the epoch.
        """
        diverged = any(None in record.lanes[name] for name in self._names)
        if not diverged and all(record.metrics[metric] >= least for metric, least in self._floors):
            save_model(self._folder, self._place, record, state)
