"""Seals of files: each content stands behind its SHA-256."""

import hashlib

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


def seal_epoch(record: EpochRecord, body: bytes) -> bytes:
    """Return a body saved after an epoch, sealed together with the epoch's record."""
    return seal(record.to_json().encode() + b"\n" + body)


def unseal_epoch(content: bytes, name: str) -> tuple[EpochRecord, bytes]:
    """Return the record and the body of a file that `seal_epoch` sealed.

    Args:
        content: bytes of the file.
        name: name of the file, for the message.

    Raises:
        StorageError: the content is not what was sealed.
        ValueError: the record is forged.
    """
    head, _, body = unseal(content, name).partition(b"\n")
    return EpochRecord.from_json(head), body
