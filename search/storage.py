"""Where a results folder lies: a local folder, or any URI that Ray's storage understands.

Local writes are atomic and reach the disk before they return. Object stores have no append, so
there each appended line becomes an object of its own.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pyarrow import fs


class StorageError(OSError):
    """A results folder that cannot be used, or a file in it that is not whole."""


class Storage(Protocol):
    """A folder of named files; names use `/`.

    Attributes:
        uri: what `open_storage` opens this folder with, on any machine that sees it.
    """

    @property
    def uri(self) -> str: ...  # noqa: D102

    def where(self, name: str = "") -> str:
        """A name people and other programs can open."""

    def read(self, name: str) -> bytes | None:
        """Content of a file, None if there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Create or replace a file as a whole."""

    def append(self, name: str, line: bytes) -> None:
        """Add one line (without its end) to a file; durable on return."""

    def lines(self, name: str) -> list[bytes]:
        """Whole lines added so far; a line torn by a crash is left out."""

    def names(self, folder: str) -> list[str]:
        """Names of the entries of a folder, sorted; empty if there is none."""

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""

    def folder(self, name: str) -> "Storage":
        """The folder `name` in this one."""


def _sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` durable (POSIX; elsewhere nothing to do)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class LocalStorage:
    """A folder on this machine or a mounted file system."""

    path: Path

    @property
    def uri(self) -> str:
        """The folder's path."""
        return str(self.path)

    def where(self, name: str = "") -> str:
        """Path of a file."""
        return str(self.path / name)

    def read(self, name: str) -> bytes | None:
        """Content of a file, None if there is none."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write beside, sync, rename: readers see the old file or the new one."""
        target = self.path / name
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
        """Write and sync one line; a torn line before it is cut off first."""
        target = self.path / name
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
        """Whole lines added so far."""
        content = self.read(name) or b""
        return content[: content.rfind(b"\n") + 1].splitlines()

    def names(self, folder: str) -> list[str]:
        """Names of the entries of a folder, sorted; temporary files left out."""
        path = self.path / folder
        if not path.is_dir():
            return []
        return sorted(entry.name for entry in path.iterdir() if not entry.name.startswith("."))

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def folder(self, name: str) -> "LocalStorage":
        """The folder `name` in this one."""
        return LocalStorage(self.path / name)


@dataclass(frozen=True)
class RemoteStorage:
    """A folder behind a pyarrow file system: S3, GCS, HDFS and what else Ray takes."""

    uri: str
    filesystem: fs.FileSystem
    path: str

    def where(self, name: str = "") -> str:
        """URI of a file, without the query that may carry credentials."""
        return "/".join(part for part in (self.uri.split("?")[0].rstrip("/"), name) if part)

    def _path(self, name: str) -> str:
        return f"{self.path}/{name}"

    def read(self, name: str) -> bytes | None:
        """Content of a file, None if there is none."""
        try:
            with self.filesystem.open_input_stream(self._path(name)) as file:
                return bytes(file.read())
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Put one object: stores make it visible as a whole."""
        self.filesystem.create_dir(self._path(name).rpartition("/")[0], recursive=True)
        with self.filesystem.open_output_stream(self._path(name)) as file:
            file.write(content)

    def append(self, name: str, line: bytes) -> None:
        """One object per line, numbered in order; only one process may append to a name."""
        number = len(self.names(f"{name}.lines"))
        self.write(f"{name}.lines/{number:08d}", line)

    def lines(self, name: str) -> list[bytes]:
        """The lines in order."""
        found = (self.read(f"{name}.lines/{entry}") for entry in self.names(f"{name}.lines"))
        return [line for line in found if line is not None]

    def names(self, folder: str) -> list[str]:
        """Names of the entries of a folder, sorted."""
        selector = fs.FileSelector(self._path(folder), allow_not_found=True)
        return sorted(info.base_name for info in self.filesystem.get_file_info(selector))

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        if self.filesystem.get_file_info(self._path(name)).type != fs.FileType.NotFound:
            self.filesystem.delete_file(self._path(name))

    def folder(self, name: str) -> "RemoteStorage":
        """The folder `name` in this one."""
        address, question, query = self.uri.partition("?")
        uri = f"{address.rstrip('/')}/{name}{question}{query}"
        return RemoteStorage(uri, self.filesystem, self._path(name))


def open_storage(results: str) -> Storage:
    """The results folder at a path or URI.

    Raises:
        StorageError: if the URI's scheme is unknown or its place cannot be reached.
    """
    if "://" not in results:
        return LocalStorage(Path(results).expanduser().absolute())
    try:
        filesystem, path = fs.FileSystem.from_uri(results)
    except (OSError, ValueError) as error:
        raise StorageError(f"cannot use results folder {results!r}: {error}") from error
    if isinstance(filesystem, fs.LocalFileSystem):
        return LocalStorage(Path(path))
    return RemoteStorage(results, filesystem, path)


@contextlib.contextmanager
def locked(folder: Storage, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a sweep's folder for this process alone; object stores have no locks and are not held.

    Args:
        folder: of the sweep.
        name: of the sweep, for the message.
        wait: until a process that holds it lets go.

    Raises:
        StorageError: if another process holds it and `wait` is not set.
    """
    if not isinstance(folder, LocalStorage):
        yield
        return
    folder.path.mkdir(parents=True, exist_ok=True)
    with (folder.path / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise StorageError(f"sweep {name!r} is running: another process holds it") from error
        yield


def seal(content: bytes) -> bytes:
    """The content behind its own SHA-256, so that a torn or altered file is noticed."""
    return hashlib.sha256(content).digest() + content


def unseal(content: bytes, name: str) -> bytes:
    """What `seal` sealed.

    Raises:
        StorageError: if the content is not what was sealed.
    """
    digest, body = content[:32], content[32:]
    if hashlib.sha256(body).digest() != digest:
        raise StorageError(f"{name} is torn or altered: its SHA-256 does not match")
    return body
