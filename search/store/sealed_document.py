"""JSON files that are sealed to their name and their sweep.

The key `seal` holds a SHA-256 over the file's name, the id of its sweep and all other keys. It
shows a file that was altered, or that belongs to another sweep. A file of an earlier version, or
one whose seal a user removed on purpose, bears none and is read.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from search.store.fields import naming_file, read_document
from search.store.rules import RuleError
from search.store.storage import Storage

SEAL = "seal"


def seal_of(name: str, sweep: str, document: Mapping[str, Any]) -> str:
    """Return the seal of a document.

    Args:
        name: name of its file.
        sweep: id of its sweep.
        document: the document; a seal in it does not count.
    """
    content = {key: value for key, value in document.items() if key != SEAL}
    text = json.dumps([name, sweep, content], sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check_seal(name: str, sweep: str, document: Mapping[str, Any]) -> None:
    """Check that a document bears its seal, or none.

    Args:
        name: name of its file.
        sweep: id of its sweep.
        document: content of the file.

    Raises:
        RuleError: the document bears another seal.
    """
    stated = document.get(SEAL)
    if SEAL in document and stated != seal_of(name, sweep, document):
        raise RuleError(
            f"`{SEAL}` is not that of this content, as {name} of sweep {sweep!r}: the file was "
            "altered, or is of another sweep; put back the right one, or remove its key "
            f"`{SEAL}` if it is to be believed as it is"
        )


def sealed(name: str, sweep: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as JSON holds it, with its seal.

    Args:
        name: name of its file.
        sweep: id of its sweep.
        document: document whose keys are texts.
    """
    held: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return {**held, SEAL: seal_of(name, sweep, held)}


def write_sealed(folder: Storage, name: str, sweep: str, document: Mapping[str, Any]) -> None:
    """Write a sealed document; see `sealed`."""
    text = json.dumps(sealed(name, sweep, document), indent=2)
    folder.write(name, f"{text}\n".encode())


def read_sealed(
    folder: Storage, name: str, sweep: str, problem: str, advice: str = ""
) -> dict[str, Any] | None:
    """Return the document in a file, without its seal; None if there is no such file.

    Args:
        folder: folder of the file.
        name: name of the file.
        sweep: id of its sweep.
        problem: words for a file that holds anything else, such as "cannot be read".
        advice: further words of the message.

    Raises:
        StorageError: the file holds no JSON table, was altered, or is of another sweep; names it.
    """
    document = read_document(folder, name, problem, advice)
    if document is None:
        return None
    with naming_file(folder.where(name), problem, advice):
        check_seal(name, sweep, document)
    return {key: value for key, value in document.items() if key != SEAL}


def is_bare(folder: Storage, name: str) -> bool:
    """Return whether there is a document that bears no seal.

    Raises:
        StorageError: the file holds no JSON table.
    """
    document = read_document(folder, name, "cannot be read")
    return document is not None and SEAL not in document
