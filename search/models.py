"""The models a sweep could hand over: what each candidate's lanes had learned by then."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from fairser_core.lanes import tree_map
from fairser_core.methods.method import Networks
from fairser_core.metrics import cost
from fairser_core.pareto import dominates
from fairser_core.state import State
from search.configurations import counted
from search.floor import Bounds
from search.log import EpochRecord, trial_folder
from search.seal import seal_epoch, unseal_epoch
from search.storage import Storage, StorageError

SUFFIX = ".model"


def _name(trial: int, epoch: int) -> str:
    return f"{trial_folder(trial)}/epoch-{epoch:05d}{SUFFIX}"


def kept_epochs(folder: Storage, trial: int) -> list[int]:
    """Epochs of a trial whose models are kept."""
    names = [name for name in folder.names(trial_folder(trial)) if name.endswith(SUFFIX)]
    return [int(name.removesuffix(SUFFIX).removeprefix("epoch-")) for name in names]


def load_model(folder: Storage, trial: int, epoch: int) -> tuple[Networks, EpochRecord]:
    """A model that was kept: parameters of each network with a leading lane axis.

    Args:
        folder: of the sweep.
        trial: number of a trial; the lanes are its seeds.
        epoch: one of `kept_epochs`.

    Raises:
        StorageError: there is none, or it is torn or forged; the message names the file. Nothing
            in it is executed.
    """
    place = folder.where(_name(trial, epoch))
    content = folder.read(_name(trial, epoch))
    if content is None:
        raise StorageError(f"no model of trial {trial} at epoch {epoch}: there is no {place}")
    try:
        record, body = unseal_epoch(content, place)
        networks = torch.load(io.BytesIO(body), weights_only=True, map_location="cpu")
    except StorageError:  # torn
        raise
    except Exception as error:  # whatever a forged file makes its readers raise
        raise StorageError(f"{place} is no model of a sweep: {error}") from error
    return networks, record


def save_model(folder: Storage, trial: int, record: EpochRecord, state: State) -> None:
    """Keep what a trial's lanes would hand over after an epoch."""
    buffer = io.BytesIO()
    torch.save(tree_map(lambda tensor: tensor.detach().cpu(), state.kept), buffer)
    folder.write(_name(trial, record.epoch), seal_epoch(record, buffer.getvalue()))


def drop_models(folder: Storage, trial: int, keep: Iterable[int] = ()) -> None:
    """Remove the models of a trial but those of the epochs to keep."""
    for epoch in set(kept_epochs(folder, trial)) - set(keep):
        folder.delete(_name(trial, epoch))


class ModelKeeper:
    """Keeps the models of a trial's own front as it trains; the others can never be candidates."""

    def __init__(
        self,
        folder: Storage,
        trial: int,
        objectives: Sequence[str],
        floors: Bounds,
    ) -> None:
        """Begin with what is kept already, if the trial was interrupted.

        Args:
            folder: of the sweep.
            trial: its number.
            objectives: metric names.
            floors: epochs that miss one of them are not kept.
        """
        self._folder, self._trial = folder, trial
        self._objectives, self._floors = list(objectives), floors
        self._front: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = {}
        for epoch in kept_epochs(folder, trial):
            try:
                self._front[epoch] = self._costs(load_model(folder, trial, epoch)[1])
            except StorageError:
                folder.delete(_name(trial, epoch))  # torn: it is trained again

    def _costs(self, record: EpochRecord) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([cost(name, record.metrics[name]) for name in self._objectives])

    def offer(self, record: EpochRecord, state: State) -> None:
        """Keep the model of an epoch if no other beats it, and drop those that it beats.

        One in which a lane diverged is no candidate.
        """
        if any(None in record.lanes[name] for name in counted(self._objectives, self._floors)):
            return
        if any(record.metrics[metric] < least for metric, least in self._floors):
            return
        costs = self._costs(record)
        others = {epoch: c for epoch, c in self._front.items() if epoch != record.epoch}
        if any(dominates(other, costs) for other in others.values()):
            return
        save_model(self._folder, self._trial, record, state)
        self._front = {e: c for e, c in others.items() if not dominates(costs, c)}
        self._front[record.epoch] = costs
        drop_models(self._folder, self._trial, self._front)
