"""Storage: a folder of named files, and its form on a local disk.

Local writes are atomic and reach the disk before they return.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


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

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Create or replace a file as a whole."""

    def append(self, name: str, line: bytes) -> None:
        """Add one line, given without its end, to a file; durable on return.

        Only one process at a time may append to a file.
        """

    def lines(self, name: str) -> list[bytes]:
        """Return the whole lines added so far; a line torn by a crash is left out."""

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
    except OSError as error:
        raise StorageError(f"cannot {action} {address}: {error.strerror or error}") from error


def _sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` durable, which only POSIX asks for."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class LocalStorage:
    """Folder on this machine or a mounted file system."""

    path: Path

    @property
    def uri(self) -> str:
        """Path of the folder."""
        return str(self.path)

    def where(self, name: str = "") -> str:
        """Return the path of a file."""
        return str(self.path / name)

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is no such file."""
        with naming("read", self.where(name)):
            try:
                return (self.path / name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Write a temporary file, sync and rename it: readers see the old file or the new."""
        with naming("write", self.where(name)):
            self._replace(self.path / name, content)

    def _replace(self, target: Path, content: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(beside, 0o644)  # mkstemp's 0600 would shut out the other users of a share
            os.replace(beside, target)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def append(self, name: str, line: bytes) -> None:
        """Cut off a torn last line, then write and sync one line."""
        with naming("write", self.where(name)):
            self._extend(self.path / name, line)

    def _extend(self, target: Path, line: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a+b") as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    file.seek(0)
                    file.truncate(file.read().rfind(b"\n") + 1)
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if not end:
            _sync_folder(target.parent)

    def lines(self, name: str) -> list[bytes]:
        """Return the whole lines added so far."""
        content = self.read(name) or b""
        return content[: content.rfind(b"\n") + 1].splitlines()

    def names(self, folder: str) -> list[str]:
        """Return the names of a folder's entries, sorted, without temporary files."""
        path = self.path / folder
        with naming("list", str(path)):
            if not path.is_dir():
                return []
            return sorted(entry.name for entry in path.iterdir() if not entry.name.startswith("."))

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        with naming("remove", self.where(name)):
            (self.path / name).unlink(missing_ok=True)

    def folder(self, name: str) -> "LocalStorage":
        """Return the folder `name` in this one."""
        return LocalStorage(self.path / name)
