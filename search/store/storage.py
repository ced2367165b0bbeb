"""Where a results folder lies: a local folder, or any URI that Ray's storage understands.

Local writes are atomic and reach the disk before they return. Object stores have no append, so
there each appended line becomes an object of its own.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pyarrow import fs

PROBE = ".writable"
LEAST_FREE = 100e6  # bytes


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


def check_usable(results: Storage) -> None:
    """Make sure that a results folder can be written, before anything is computed for it.

    Raises:
        StorageError: it cannot, or next to nothing is free there.
    """
    results.write(PROBE, b"")
    results.delete(PROBE)
    if isinstance(results, LocalStorage):
        free = shutil.disk_usage(results.path).free
        if free < LEAST_FREE:
            raise StorageError(
                f"only {free / 1e6:.0f} MB are free in {results.where()}: a sweep's log, "
                f"checkpoints and models need at least {LEAST_FREE / 1e6:.0f} MB"
            )


@contextlib.contextmanager
def naming(doing: str, place: str) -> Iterator[None]:
    """Turn what the system says into an error that names what was being done, and where."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot {doing} {place}: {error.strerror or error}") from error


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
        with naming("read", self.where(name)):
            try:
                return (self.path / name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Write beside, sync, rename: readers see the old file or the new one."""
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
        """Write and sync one line; a torn line before it is cut off first."""
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
        """Whole lines added so far."""
        content = self.read(name) or b""
        return content[: content.rfind(b"\n") + 1].splitlines()

    def names(self, folder: str) -> list[str]:
        """Names of the entries of a folder, sorted; temporary files left out."""
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
        with naming("read", self.where(name)):
            try:
                with self.filesystem.open_input_stream(self._path(name)) as file:
                    return bytes(file.read())
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put one object: stores make it visible as a whole."""
        with naming("write", self.where(name)):
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
        with naming("list", self.where(folder)):
            selector = fs.FileSelector(self._path(folder), allow_not_found=True)
            return sorted(info.base_name for info in self.filesystem.get_file_info(selector))

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        with naming("remove", self.where(name)):
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
