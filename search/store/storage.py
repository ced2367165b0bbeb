"""Storage: a folder of named files, and its form on a local disk.

Local writes are atomic and reach the disk before they return.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
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
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"cannot {action} {address}: {error.strerror or error}") from error


_STOPS = "this one stops, all that it showed as done is in the log that it wrote"


def gone(address: str) -> StorageError:
    """Return the error of a file or folder that was there."""
    return StorageError(
        f"{address} is gone: it was removed or moved, or its disk is not mounted any more. Nothing "
        "is made in its place; all that was shown as done is in it. Put it back and resume"
    )


def _sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` durable, which only POSIX asks for."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


LAST_BYTES = 64  # of a file of lines, which a digest fills
_HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{8}\.part")


@dataclass(frozen=True)
class _End:
    """End of a file of lines, as this process read or left it.

    Attributes:
        size: bytes of the file; None if there is no file.
        whole: bytes of its whole lines.
        last: last bytes of its whole lines.
    """

    size: int | None
    whole: int
    last: bytes

    @classmethod
    def of(cls, content: bytes | None) -> "_End":
        """Return the end of a file's content."""
        if content is None:
            return cls(None, 0, b"")
        whole = content.rfind(b"\n") + 1
        return cls(len(content), whole, content[max(whole - LAST_BYTES, 0) : whole])

    def after(self, line: bytes) -> "_End":
        """Return the end after a line was added."""
        size = self.whole + len(line)
        return _End(size, size, (self.last + line)[-LAST_BYTES:])


@dataclass
class _Memory:
    """Memory of a folder in this process.

    Attributes:
        there: whether the folder was there; such a folder is never made again.
        ends: ends of the files of lines.
    """

    there: bool = False
    ends: dict[str, _End] = field(default_factory=dict)


@dataclass(frozen=True)
class LocalStorage:
    """Folder on this machine or a mounted file system.

    A folder is made by the first write. If it is gone later, it was removed, moved or unmounted
    together with all that it held, so further writes are errors.

    Attributes:
        path: path of the folder.
        above: folder through which this one was opened; None without.
    """

    path: Path
    above: "LocalStorage | None" = field(default=None, compare=False, repr=False)
    _memory: _Memory = field(init=False, default_factory=_Memory, compare=False, repr=False)

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
            return self._content(name)

    def write(self, name: str, content: bytes) -> None:
        """Write a temporary file, sync and rename it: readers see the old file or the new."""
        with naming("write", self.where(name)):
            self._make(self.path / name)
            self._replace(self.path / name, content)

    def check_there(self) -> None:
        """Check that the folder is still there, if it ever was; from now on it has to be.

        Raises:
            StorageError: the folder is gone.
        """
        if self.above:
            self.above.check_there()
        if self.path.is_dir():
            self._memory.there = True
        elif self._memory.there:
            raise gone(self.where())

    def _make(self, target: Path) -> None:
        """Make the folder of a file; this one only if it was never there."""
        self.check_there()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._memory.there = True

    def _replace(self, target: Path, content: bytes) -> None:
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            with beside.open("xb") as file:
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
        with naming("write", self.where(name)):
            if name not in self._memory.ends:
                self._memory.ends[name] = _End.of(self._content(name))
            self._make(self.path / name)
            self._extend(name, line + b"\n")

    def _extend(self, name: str, line: bytes) -> None:
        target, end = self.path / name, self._memory.ends[name]
        with self._open_end(name, os.O_RDWR | os.O_APPEND) as descriptor:
            try:
                if self.torn(name):
                    os.ftruncate(descriptor, end.whole)
                self._memory.ends[name] = replace(end, size=end.whole)
                if os.write(descriptor, line) < len(line):
                    raise OSError("only a part of the line could be written")
                os.fsync(descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, end.whole)  # the next replay sees no line of it
                raise
        self._memory.ends[name] = end.after(line)
        if not end.size:
            _sync_folder(target.parent)

    @contextlib.contextmanager
    def _open_end(self, name: str, flags: int) -> Iterator[int]:
        """Open a file of lines, if it ends as this process read or left it."""
        end, address = self._memory.ends[name], self.where(name)
        if end.size is None:
            flags |= os.O_CREAT | os.O_EXCL
        try:
            descriptor = os.open(self.path / name, flags, 0o666)
        except FileExistsError:
            raise StorageError(f"{address} was made by another process: {_STOPS}") from None
        except FileNotFoundError:
            raise gone(address) from None
        try:
            size = os.fstat(descriptor).st_size
            last = os.pread(descriptor, len(end.last), end.whole - len(end.last))
            if size != (end.size or 0) or last != end.last:
                raise StorageError(
                    f"{address} is not as this process left it: it has {size} bytes where "
                    f"{end.size} were, or another last line. Another process wrote it, or a copy "
                    f"took its place: {_STOPS}"
                )
            yield descriptor
        finally:
            os.close(descriptor)

    def check_end(self, name: str) -> None:
        """Check that a file of lines still ends as this object read or left it."""
        end = self._memory.ends.get(name)
        if end and end.size is not None:
            with naming("read", self.where(name)), self._open_end(name, os.O_RDONLY):
                pass

    def _content(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def lines(self, name: str) -> list[bytes]:
        """Return the whole lines added so far, and note the end for the next append."""
        content = self.read(name)
        end = self._memory.ends[name] = _End.of(content)
        return (content or b"")[: end.whole].splitlines()

    def torn(self, name: str) -> bool:
        """Return whether `lines` left out a line that a crash tore."""
        end = self._memory.ends[name]
        return end.size not in (None, end.whole)

    def keep_lines(self, name: str, count: int) -> None:
        """Remove all lines of a file but the first `count`."""
        kept = self.lines(name)[:count]
        self.write(name, b"".join(line + b"\n" for line in kept))
        self.lines(name)

    def remove_half_written(self, *, below: bool = True) -> None:
        """Remove temporary files of writes that were killed; nobody may write meanwhile.

        Args:
            below: whether to look in the folders below, too.
        """
        with naming("tidy", self.where()):
            for folder, _, names in os.walk(self.path):
                for name in filter(_HALF_WRITTEN.fullmatch, names):
                    Path(folder, name).unlink(missing_ok=True)
                if not below:
                    return

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
        return LocalStorage(self.path / name, self)
