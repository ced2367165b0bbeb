"""Seals of files: each content stands behind its SHA-256."""

import hashlib
import json
from dataclasses import asdict, dataclass

from fairser_core.documents import read_json
from search.store.fields import read_fields
from search.store.storage import StorageError
from search.store.trials import EpochRecord


def seal(content: bytes) -> bytes:
    """Return content behind its SHA-256, so that a torn or altered file is noticed."""
    return hashlib.sha256(content).digest() + content


def unseal(content: bytes, name: str) -> bytes:
    """Return the content of a sealed file.

    Args:
        content: bytes of the file.
        name: name of the file, for the message.

    Raises:
        StorageError: the content is not what was sealed.
    """
    digest, body = content[:32], content[32:]
    if hashlib.sha256(body).digest() != digest:
        raise StorageError(f"{name} is torn or altered: its SHA-256 does not match")
    return body


@dataclass(frozen=True)
class Place:
    """Place that a sealed file belongs to.

    Attributes:
        sweep: name of the sweep, as its facts state it.
        trial: number of the trial.
        seeds: seeds of the trial.
    """

    sweep: str
    trial: int
    seeds: tuple[int, ...]

    @property
    def text(self) -> str:
        """The place in words."""
        return f"trial {self.trial} of {self.sweep} (seeds {', '.join(map(str, self.seeds))})"


@dataclass(frozen=True)
class SealedEpoch:
    """Content of a file that was saved after an epoch.

    Attributes:
        record: record of the epoch.
        body: body of the file.
        bound: whether the seal states the place; those of an earlier version do not.
    """

    record: EpochRecord
    body: bytes
    bound: bool


def seal_epoch(place: Place, record: EpochRecord, body: bytes) -> bytes:
    """Return a body saved after an epoch, sealed together with its place and the record."""
    head = json.dumps({"place": asdict(place), **vars(record)}, allow_nan=False)
    return seal(head.encode() + b"\n" + body)


def unseal_epoch(content: bytes, name: str, place: Place, epoch: int) -> SealedEpoch:
    """Return the content of a file that `seal_epoch` sealed.

    Args:
        content: bytes of the file.
        name: name of the file, for messages.
        place: place that the file lies in.
        epoch: epoch that the file is named by.

    Raises:
        StorageError: the content is not what was sealed, or belongs to another place or epoch.
        ValueError: the head is forged.
    """
    head, _, body = unseal(content, name).partition(b"\n")
    fields = read_json(head)
    sealed = fields.pop("place", None) if isinstance(fields, dict) else None
    record = read_fields(EpochRecord, fields, "record")
    bound = None if sealed is None else read_fields(Place, sealed, "place")
    is_of, lies_at = bound or place, place
    if (is_of, record.epoch) != (lies_at, epoch):
        raise StorageError(
            f"{name} is of epoch {record.epoch} of {is_of.text}, not of epoch {epoch} of "
            f"{lies_at.text}, in whose place it lies"
        )
    return SealedEpoch(record, body, bound is not None)
