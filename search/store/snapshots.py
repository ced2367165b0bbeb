"""Snapshots of a trial: states that training goes on from."""

import textwrap
from dataclasses import dataclass

from fairser_core.training.state import State
from search.store.seal import Place, seal_epoch, unseal_epoch
from search.store.storage import Storage, StorageError
from search.store.trials import EpochRecord, trial_folder

KEPT = 2  # the newest, and the one before in case the newest is damaged
SUFFIX = ".state"


@dataclass(frozen=True)
class Snapshot:
    """State of a trial after an epoch.

    Attributes:
        state: state to go on from.
        record: record of the epoch.
    """

    state: State
    record: EpochRecord


def _names(folder: Storage, number: int) -> list[str]:
    """Return the paths of a trial's snapshots, the oldest first."""
    names = folder.names(trial_folder(number))
    return [f"{trial_folder(number)}/{name}" for name in names if name.endswith(SUFFIX)]


def _epoch(name: str) -> int:
    return int(name.removesuffix(SUFFIX).rpartition("-")[2])


def save(folder: Storage, place: Place, snapshot: Snapshot) -> None:
    """Write the newest snapshot of a trial and remove those that are no longer kept."""
    record = snapshot.record
    name = f"{trial_folder(place.trial)}/epoch-{record.epoch:05d}{SUFFIX}"
    folder.write(name, seal_epoch(place, record, snapshot.state.to_bytes()))
    for old in _names(folder, place.trial)[:-KEPT]:
        folder.delete(old)


def drop(folder: Storage, number: int) -> None:
    """Remove the snapshots of a trial that is over, since nothing goes on from them."""
    for name in _names(folder, number):
        folder.delete(name)


def load(
    folder: Storage, place: Place, device: str = "cpu"
) -> tuple[Snapshot | None, tuple[str, ...]]:
    """Read the newest whole snapshot of a trial. Nothing in the files is executed.

    Args:
        folder: folder of the sweep.
        place: trial of the snapshots.
        device: device of the state's tensors.

    Returns:
        The snapshot, None without a whole one; and the newer ones that are damaged, each with the
        reason in words.
    """
    damaged: list[str] = []
    for name in reversed(_names(folder, place.trial)):
        content = folder.read(name)
        if content is None:
            continue
        source = folder.where(name)
        try:
            sealed = unseal_epoch(content, source, place, _epoch(name))
            return Snapshot(State.from_bytes(sealed.body, device), sealed.record), tuple(damaged)
        except StorageError as error:
            damaged.append(str(error))
        except Exception as error:  # whatever a forged file makes its readers raise
            damaged.append(f"{source} is no snapshot: {textwrap.shorten(str(error), 200)}")
    return None, tuple(damaged)
