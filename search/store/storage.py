"""Storage: a folder of named files, and its form on a local disk.

Local writes are atomic and reach the disk before they return.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

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
    """Return whether a text can be the name of a sweep's folder."""
    return bool(text) and text.isprintable() and text[0] != "." and not set(text) & set("/\\:")


def check_size(size: int, most: int, address: str) -> None:
    """Check that a file is not larger than what is read of such files."""
    if size > most:
        raise StorageError(f"{address} must have at most {most:,} bytes, has {size:,}")


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

    def inside(self, name: str) -> Path:
        """Return the path of a file, which lies in the folder also after links are followed.

        Raises:
            StorageError: the name or a link leads out of the folder.
        """
        check_name(name, self.uri)
        path = self.path / name
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(os.path.realpath(self.path)):
            raise StorageError(
                f"{path} must lie in {self.path}, but is a link that leads to {target}"
            )
        return path

    def read(self, name: str, most: int = MOST_BYTES) -> bytes | None:
        """Return the content of a file; None if there is no such file."""
        path = self.inside(name)
        with naming("read", str(path)):
            try:
                status = path.stat()
            except FileNotFoundError:
                return None
            if not stat.S_ISREG(status.st_mode):  # a pipe or a device may have no end
                raise OSError("it is no regular file")
            check_size(status.st_size, most, str(path))
            return path.read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Write a temporary file, sync and rename it: readers see the old file or the new."""
        path = self.inside(name)
        with naming("write", str(path)):
            self._replace(path, content)

    def _replace(self, target: Path, content: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        try:
            with beside.open("xb") as file:  # its mode is the umask's
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def append(self, name: str, line: bytes) -> None:
        """Cut off a torn last line, then write and sync one line."""
        path = self.inside(name)
        with naming("write", str(path)):
            self._extend(path, line)

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
        path = self.inside(folder)
        with naming("list", str(path)):
            if not path.is_dir():
                return []
            return sorted(entry.name for entry in path.iterdir() if not entry.name.startswith("."))

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        check_name(name, self.uri)  # a link is removed, not followed
        with naming("remove", self.where(name)):
            (self.path / name).unlink(missing_ok=True)

    def folder(self, name: str) -> "LocalStorage":
        """Return the folder `name` in this one."""
        return LocalStorage(self.inside(name))
