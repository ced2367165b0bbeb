"""Models of a sweep: the parameters of the lanes of each candidate."""

import io
import math
import re
from collections.abc import Iterable
from typing import NamedTuple

import torch

from fairser_core.files.tensors import check_networks, read_tensors
from fairser_core.lanes.lanes import tree_map
from fairser_core.methods.method import Networks
from fairser_core.training.state import State
from search.store.seal import Place, seal_epoch, unseal_epoch
from search.store.storage import Storage, StorageError
from search.store.trials import EpochRecord, trial_folder

SUFFIX = ".model"
TOLERANCE = 1e-3  # of metrics: machines differ a little in rounding
_NAME = re.compile(r"epoch-(\d{5,})\.model")


def _name(trial: int, epoch: int) -> str:
    return f"{trial_folder(trial)}/epoch-{epoch:05d}{SUFFIX}"


def kept_epochs(folder: Storage, trial: int) -> list[int]:
    """Return the epochs of a trial whose models are kept."""
    matches = map(_NAME.fullmatch, folder.names(trial_folder(trial)))
    return [int(match[1]) for match in matches if match]


class Model(NamedTuple):
    """Kept model.

    Attributes:
        networks: parameters of each network with a leading lane axis, in the order of the trial's
            seeds.
        record: record of the epoch, as the file holds it.
        bound: whether the seal of the file states its place; those of an earlier version do not.
    """

    networks: Networks
    record: EpochRecord
    bound: bool


def load_model(
    folder: Storage, place: Place, epoch: int, logged: EpochRecord | None = None
) -> Model:
    """Read a kept model. Nothing in the file is executed.

    Args:
        folder: folder of the sweep.
        place: trial of the model.
        epoch: one of `kept_epochs`.
        logged: record of the epoch in the log; None where the log cannot be read.

    Raises:
        StorageError: there is no such file, it is torn or forged, belongs to another trial or
            epoch, or has other metrics than the log states; names the file.
    """
    name = _name(place.trial, epoch)
    source, content = folder.where(name), folder.read(name)
    if content is None:
        raise StorageError(
            f"no model of trial {place.trial} at epoch {epoch}: there is no {source}"
        )
    try:
        sealed = unseal_epoch(content, source, place, epoch)
        if logged:
            _check_logged(sealed.record, logged, source, place)
        networks = read_tensors(sealed.body)
        check_networks(networks, len(place.seeds))
    except StorageError:  # torn, or of another place
        raise
    except Exception as error:  # whatever a forged file makes its readers raise
        raise StorageError(f"{source} is no model of a sweep: {error}") from error
    return Model(networks, sealed.record, sealed.bound)


def _check_logged(record: EpochRecord, logged: EpochRecord, source: str, place: Place) -> None:
    """Check that a model's metrics per seed are those of the log.

    An epoch that was trained again on other hardware may differ in rounding.
    """
    for name, values in logged.lanes.items():
        theirs = record.lanes.get(name, [])
        if len(theirs) != len(values) or not all(map(_close, values, theirs)):
            raise StorageError(
                f"{source} is of a model with {name} {theirs}, the log states {values} for epoch "
                f"{logged.epoch} of {place.text}"
            )


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, abs_tol=TOLERANCE)


def save_model(folder: Storage, place: Place, record: EpochRecord, state: State) -> None:
    """Write the model that a trial's lanes would hand over after an epoch."""
    buffer = io.BytesIO()
    torch.save(tree_map(lambda tensor: tensor.detach().cpu(), state.kept), buffer)
    folder.write(_name(place.trial, record.epoch), seal_epoch(place, record, buffer.getvalue()))


def drop_models(folder: Storage, trial: int, keep: Iterable[int] = ()) -> None:
    """Remove the models of a trial, except those of the epochs to keep."""
    for epoch in set(kept_epochs(folder, trial)) - set(keep):
        folder.delete(_name(trial, epoch))
