"""Checkpoints of a trial: its state and the record of the epoch it was saved after."""

import textwrap
from dataclasses import dataclass

from fairser_core.training.state import State
from search.store.sealed import seal_epoch, unseal_epoch
from search.store.storage import Storage, StorageError
from search.store.trials import EpochRecord, trial_folder

KEPT = 2  # the newest and the one before, should the newest be damaged
SUFFIX = ".state"


@dataclass(frozen=True)
class Found:
    """The newest whole checkpoint of a trial.

    Attributes:
        state: to go on from; None without a whole checkpoint.
        record: of the epoch after which it was saved.
        damaged: newer ones that cannot be used and why, in words.
    """

    state: State | None
    record: EpochRecord | None
    damaged: tuple[str, ...]


def _names(folder: Storage, number: int) -> list[str]:
    """Paths of a trial's checkpoints, the oldest first."""
    names = folder.names(trial_folder(number))
    return [f"{trial_folder(number)}/{name}" for name in names if name.endswith(SUFFIX)]


def save(folder: Storage, number: int, state: State, record: EpochRecord) -> None:
    """Write the newest checkpoint of a trial and drop those that are no longer kept."""
    name = f"{trial_folder(number)}/epoch-{record.epoch:05d}{SUFFIX}"
    folder.write(name, seal_epoch(record, state.to_bytes()))
    for name in _names(folder, number)[:-KEPT]:
        folder.delete(name)


def drop(folder: Storage, number: int) -> None:
    """Remove the checkpoints of a trial that is over: nothing goes on from them."""
    for name in _names(folder, number):
        folder.delete(name)


def load(folder: Storage, number: int, device: str = "cpu") -> Found:
    """The newest whole checkpoint of a trial; nothing in the files is executed."""
    damaged: list[str] = []
    for name in reversed(_names(folder, number)):
        content = folder.read(name)
        if content is None:
            continue
        place = folder.where(name)
        try:
            record, body = unseal_epoch(content, place)
            return Found(State.from_bytes(body, device), record, tuple(damaged))
        except StorageError as error:
            damaged.append(str(error))
        except Exception as error:  # whatever a forged file makes its readers raise
            why = textwrap.shorten(str(error), 200)
            damaged.append(f"{place} is no checkpoint: {why}")
    return Found(None, None, tuple(damaged))
