"""Storage of a results folder: a local folder, or any URI that Ray's storage understands.

Local writes are atomic and reach the disk before they return. Object stores have no append, so
each line appended there is an object by itself.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pyarrow import fs

PROBE = ".writable"
LEAST_FREE = 100e6  # bytes


class StorageError(OSError):
    """A results folder cannot be used, or a file in it is not whole."""


class Storage(Protocol):
    """A folder of named files; names use `/`.

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


def check_usable(results: Storage) -> None:
    """Check that a results folder can be written, before anything is computed for it.

    Raises:
        StorageError: the folder cannot be written, or has less than 100 MB free.
    """
    results.write(PROBE, b"")
    results.delete(PROBE)
    if isinstance(results, LocalStorage):
        free = shutil.disk_usage(results.path).free
        if free < LEAST_FREE:
            raise StorageError(
                f"only {free / 1e6:.0f} MB are free in {results.where()}: a sweep's log, "
                f"snapshots and models need at least {LEAST_FREE / 1e6:.0f} MB"
            )


@contextlib.contextmanager
def naming(doing: str, place: str) -> Iterator[None]:
    """Turn a system error into a StorageError that names the action and the place."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot {doing} {place}: {error.strerror or error}") from error


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
    """A folder on this machine or a mounted file system."""

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
        """Write beside, sync, rename, so that readers see the old file or the new one."""
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


@dataclass(frozen=True)
class RemoteStorage:
    """A folder behind a pyarrow file system: S3, GCS, HDFS and what else Ray takes.

    Attributes:
        uri: address of the folder.
        filesystem: file system behind it.
        path: path of the folder there.
        counts: lines of each file that was read or appended to here. Whoever takes over a file
            from another process reads its lines first, which counts them anew.
    """

    uri: str
    filesystem: fs.FileSystem
    path: str
    counts: dict[str, int] = field(init=False, default_factory=dict, compare=False, repr=False)

    def where(self, name: str = "") -> str:
        """Return the URI of a file, without the query, which may carry credentials."""
        return "/".join(part for part in (self.uri.split("?")[0].rstrip("/"), name) if part)

    def _path(self, name: str) -> str:
        return f"{self.path}/{name}"

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is no such file."""
        with naming("read", self.where(name)):
            try:
                with self.filesystem.open_input_stream(self._path(name)) as file:
                    return bytes(file.read())
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put one object, which stores make visible as a whole."""
        with naming("write", self.where(name)):
            self.filesystem.create_dir(self._path(name).rpartition("/")[0], recursive=True)
            with self.filesystem.open_output_stream(self._path(name)) as file:
                file.write(content)

    def append(self, name: str, line: bytes) -> None:
        """Put the line as one object, numbered in order."""
        if name not in self.counts:
            self.counts[name] = len(self.names(f"{name}.lines"))
        target = f"{name}.lines/{self.counts[name]:08d}"
        with naming("read", self.where(target)):
            there = self.filesystem.get_file_info(self._path(target))
        if there.type != fs.FileType.NotFound:
            raise StorageError(
                f"{self.where(target)} was written by another process: this one stops, since it "
                "does not know that line"
            )
        self.write(target, line)
        self.counts[name] += 1

    def lines(self, name: str) -> list[bytes]:
        """Return the lines in order, and count them for the next append."""
        entries = self.names(f"{name}.lines")
        self.counts[name] = len(entries)
        contents = (self.read(f"{name}.lines/{entry}") for entry in entries)
        return [line for line in contents if line is not None]

    def names(self, folder: str) -> list[str]:
        """Return the names of a folder's entries, sorted."""
        with naming("list", self.where(folder)):
            selector = fs.FileSelector(self._path(folder), allow_not_found=True)
            return sorted(info.base_name for info in self.filesystem.get_file_info(selector))

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        with naming("remove", self.where(name)):
            if self.filesystem.get_file_info(self._path(name)).type != fs.FileType.NotFound:
                self.filesystem.delete_file(self._path(name))

    def folder(self, name: str) -> "RemoteStorage":
        """Return the folder `name` in this one."""
        address, question, query = self.uri.partition("?")
        uri = f"{address.rstrip('/')}/{name}{question}{query}"
        return RemoteStorage(uri, self.filesystem, self._path(name))


def open_storage(results: str) -> Storage:
    """Open the results folder at a path or URI.

    Raises:
        StorageError: the URI's scheme is unknown, or its place cannot be reached.
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
