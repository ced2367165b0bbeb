"""Storage on a local disk. Writes are atomic and reach the disk before they return."""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fairser_core.temporary import remove_unfinished, replace_file
from search.store.line_file import LineFile, sync_folder
from search.store.storage import MOST_BYTES, StorageError, check_name, check_size, gone, naming


def _readable(path: Path, most: int) -> bool:
    """Return whether there is a file, after a check that it is a regular one within bounds."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):  # a pipe or a device may have no end
        raise OSError("it is no regular file")
    check_size(status.st_size, most, str(path))
    return True


@dataclass
class _Memory:
    """Memory of a folder in this process.

    Attributes:
        there: whether the folder was there; such a folder is never made again.
        files: files of lines that were read or written.
    """

    there: bool = False
    files: dict[str, LineFile] = field(default_factory=dict)


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
            return path.read_bytes() if _readable(path, most) else None

    def write(self, name: str, content: bytes) -> None:
        """Write a temporary file, sync and rename it: readers see the old file or the new."""
        path = self.inside(name)
        with naming("write", str(path)), self._naming_gone():
            self._make(path)
            replace_file(path, content, durable=True)
            sync_folder(path.parent)

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

    @contextlib.contextmanager
    def _naming_gone(self) -> Iterator[None]:
        """Turn the error of a file whose folder is gone into one that says so."""
        try:
            yield
        except FileNotFoundError:
            self.check_there()
            raise

    def _make(self, target: Path) -> None:
        """Make the folder of a file; this one only if it was never there.

        A folder that goes between the check and the making is not made again either.
        """
        self.check_there()
        there = self._nearest()
        if there is None:
            target.parent.mkdir(parents=True, exist_ok=True)
        else:
            above = (target.parent, *target.parent.parents)
            for folder in reversed([each for each in above if there in each.parents]):
                with contextlib.suppress(FileExistsError):
                    folder.mkdir()
        self._memory.there = True

    def _nearest(self) -> Path | None:
        """Return the nearest folder that was there: this one or one above; None without."""
        if self._memory.there:
            return self.path
        return self.above._nearest() if self.above else None

    def append(self, name: str, line: bytes) -> None:
        """Cut off a torn last line, then write and sync one line."""
        path = self.inside(name)
        with naming("write", str(path)), self._naming_gone():
            file = self._lines(name)
            self._make(path)
            file.append(line + b"\n")

    def _lines(self, name: str) -> LineFile:
        """Return a file of lines, as this process read or left it."""
        if name not in self._memory.files:
            self._memory.files[name] = LineFile(self.path / name)
        return self._memory.files[name]

    def check_end(self, name: str) -> None:
        """Check that a file of lines still ends as this object read or left it."""
        with naming("read", self.where(name)):
            self._lines(name).check()

    def lines(self, name: str) -> list[bytes]:
        """Return the whole lines added so far, and note the end for the next append."""
        path = self.inside(name)
        with naming("read", str(path)):
            _readable(path, MOST_BYTES)
            return self._lines(name).read()

    def torn(self, name: str) -> bool:
        """Return whether `lines` left out a line that a crash tore."""
        return self._lines(name).torn

    def keep_lines(self, name: str, count: int) -> None:
        """Remove all lines of a file but the first `count`."""
        kept = self.lines(name)[:count]
        self.write(name, b"".join(line + b"\n" for line in kept))
        self.lines(name)

    def remove_unfinished(self) -> None:
        """Remove what killed writes left in this folder and in those below."""
        for folder, _, _ in os.walk(self.path):
            remove_unfinished(Path(folder))

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
        return LocalStorage(self.inside(name), self)
