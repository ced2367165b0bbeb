"""Checkpoints of a trial: its state and the record of the epoch it was saved after."""

import json
import logging

from fairser_core.state import State
from search.log import EpochRecord
from search.storage import Storage, StorageError, seal, unseal

KEPT = 2  # the newest and the one before, should the newest be torn


def _name(number: int, epoch: int) -> str:
    return f"trials/{number:04d}/epoch-{epoch:05d}.state"


def save(folder: Storage, number: int, state: State, record: EpochRecord) -> None:
    """Write the newest checkpoint of a trial and drop those that are no longer kept."""
    content = json.dumps(vars(record), allow_nan=False).encode() + b"\n" + state.to_bytes()
    folder.write(_name(number, record.epoch), seal(content))
    names = [n for n in folder.names(f"trials/{number:04d}") if n.endswith(".state")]
    for name in names[:-KEPT]:
        folder.delete(f"trials/{number:04d}/{name}")


def load(folder: Storage, number: int, device: str = "cpu") -> tuple[State, EpochRecord] | None:
    """The newest whole checkpoint of a trial; torn ones are named in a warning and passed over."""
    for name in reversed(folder.names(f"trials/{number:04d}")):
        path = f"trials/{number:04d}/{name}"
        content = folder.read(path)
        if not name.endswith(".state") or content is None:
            continue
        try:
            head, _, body = unseal(content, folder.where(path)).partition(b"\n")
        except StorageError as error:
            logging.getLogger(__name__).warning("%s; the one before it is used", error)
            continue
        return State.from_bytes(body, device), EpochRecord(**json.loads(head))
    return None
