"""Models of a sweep: the parameters of the lanes of each candidate."""

import io
from collections.abc import Iterable

import torch

from fairser_core.lanes.lanes import tree_map
from fairser_core.methods.method import Networks
from fairser_core.training.state import State
from search.store.seal import seal_epoch, unseal_epoch
from search.store.storage import Storage, StorageError
from search.store.trials import EpochRecord, trial_folder

SUFFIX = ".model"


def _name(trial: int, epoch: int) -> str:
    return f"{trial_folder(trial)}/epoch-{epoch:05d}{SUFFIX}"


def kept_epochs(folder: Storage, trial: int) -> list[int]:
    """Return the epochs of a trial whose models are kept."""
    names = [name for name in folder.names(trial_folder(trial)) if name.endswith(SUFFIX)]
    return [int(name.removesuffix(SUFFIX).removeprefix("epoch-")) for name in names]


def load_model(folder: Storage, trial: int, epoch: int) -> tuple[Networks, EpochRecord]:
    """Read a kept model. Nothing in the file is executed.

    Args:
        folder: folder of the sweep.
        trial: number of a trial.
        epoch: one of `kept_epochs`.

    Returns:
        Parameters of each network with a leading lane axis, in the order of the trial's seeds; and
        the record of the epoch.

    Raises:
        StorageError: there is no such file, or it is torn or forged; names the file.
    """
    source = folder.where(_name(trial, epoch))
    content = folder.read(_name(trial, epoch))
    if content is None:
        raise StorageError(f"no model of trial {trial} at epoch {epoch}: there is no {source}")
    try:
        record, body = unseal_epoch(content, source)
        networks = torch.load(io.BytesIO(body), weights_only=True, map_location="cpu")
    except StorageError:  # torn
        raise
    except Exception as error:  # whatever a forged file makes its readers raise
        raise StorageError(f"{source} is no model of a sweep: {error}") from error
    return networks, record


def save_model(folder: Storage, trial: int, record: EpochRecord, state: State) -> None:
    """Write the model that a trial's lanes would hand over after an epoch."""
    buffer = io.BytesIO()
    torch.save(tree_map(lambda tensor: tensor.detach().cpu(), state.kept), buffer)
    folder.write(_name(trial, record.epoch), seal_epoch(record, buffer.getvalue()))


def drop_models(folder: Storage, trial: int, keep: Iterable[int] = ()) -> None:
    """Remove the models of a trial, except those of the epochs to keep."""
    for epoch in set(kept_epochs(folder, trial)) - set(keep):
        delete_model(folder, trial, epoch)


def delete_model(folder: Storage, trial: int, epoch: int) -> None:
    """Remove the model of an epoch of a trial, if there is one."""
    folder.delete(_name(trial, epoch))
