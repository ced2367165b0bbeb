"""Storage: a folder of named files, on a disk or an object store."""

import contextlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Protocol

from search.store.line_file import GONE
from search.terminal.credentials import without_credentials

MOST_BYTES = 1_000_000_000  # of a file that is read


class StorageError(OSError):
    """Error of a results folder that cannot be used, or of a file that is not whole."""


class Storage(Protocol):
    """Folder of named files; names use `/`.

    Attributes:
        uri: address with which `open_storage` opens this folder on any machine that sees it.
    """

    @property
    def uri(self) -> str: ...  # noqa: D102

    def where(self, name: str = "") -> str:
        """Return a path or URI of a file that people and other programs can open."""

    def read(self, name: str, most: int = MOST_BYTES) -> bytes | None:
        """Return the content of a file of at most so many bytes; None if there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Create or replace a file as a whole."""

    def append(self, name: str, line: bytes) -> None:
        """Add one line, given without its end, to a file; durable on return.

        Only one process at a time may append to a file.

        Raises:
            StorageError: the line cannot be written, or the file is gone or not as this object
                read or left it.
        """

    def check_end(self, name: str) -> None:
        """Check that a file of lines still ends as this object read or left it.

        Raises:
            StorageError: the file is gone, or was changed by another process.
        """

    def keep_lines(self, name: str, count: int) -> None:
        """Remove all lines of a file but the first `count`."""

    def lines(self, name: str) -> list[bytes]:
        """Return the whole lines added so far; a line torn by a crash is left out."""

    def torn(self, name: str) -> bool:
        """Return whether `lines` left out a line that a crash tore."""

    def names(self, folder: str) -> list[str]:
        """Return the names of a folder's entries, sorted; none if there is no such folder."""

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""

    def folder(self, name: str) -> "Storage":
        """Return the folder `name` in this one."""


@contextlib.contextmanager
def naming(action: str, address: str) -> Iterator[None]:
    """Turn a system error into a StorageError that names the action and the address."""
    try:
        yield
    except StorageError:  # names its own address
        raise
    except OSError as error:
        problem = without_credentials(str(error.strerror or error))
        raise StorageError(f"cannot {action} {address}: {problem}") from error


def is_below(name: str) -> bool:
    """Return whether a name leads to a file below its folder, as far as no link is followed."""
    upwards = PurePosixPath(name).is_absolute() or ".." in name.split("/")
    return name.isprintable() and not upwards


def check_name(name: str, folder: str) -> None:
    """Check that a name leads to a file below its folder.

    Raises:
        StorageError: the name is absolute, leads upwards or holds control characters.
    """
    if not is_below(name):
        raise StorageError(f"{name!r} must be the name of a file below {folder}")


def is_folder_name(text: str) -> bool:
    """Return whether a text can be the name of a sweep's folder, and an argument of a command."""
    usable = text.isprintable() and not set(text) & set("/\\:")
    return usable and text[:1] not in ("", ".", "-")


def check_size(size: int, most: int, address: str) -> None:
    """Check that a file is not larger than what is read of such files."""
    if size > most:
        raise StorageError(f"{address} must have at most {most:,} bytes, has {size:,}")


def gone(address: str) -> StorageError:
    """Return the error of a file or folder that was there."""
    return StorageError(f"{address} {GONE}")
