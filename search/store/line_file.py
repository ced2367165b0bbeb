"""Local file of lines: only ever appended to, by one process at a time."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

LAST_BYTES = 64  # of the file, which a digest fills
GONE = (
    "is gone: it was removed or moved, or its disk is not mounted any more. Nothing is made in its "
    "place; all that was shown as done is in it. Put it back and resume"
)
_STOPS = "this one stops, all that it showed as done is in the file that it wrote"


class LineFile:
    """File of lines, which has to end as this process read or left it.

    Errors are OSErrors in words.
    """

    def __init__(self, path: Path) -> None:
        """Read the end of a file; there may be no such file."""
        self._path = path
        self.read()

    def read(self) -> list[bytes]:
        """Return the whole lines; a line torn by a crash is left out."""
        try:
            content = self._path.read_bytes()
            self._there = True
        except FileNotFoundError:
            content, self._there = b"", False
        self._whole = content.rfind(b"\n") + 1
        self._size, self._last = len(content), content[: self._whole][-LAST_BYTES:]
        return content[: self._whole].splitlines()

    @property
    def torn(self) -> bool:
        """Whether a crash tore the last line, as far as this process read or wrote."""
        return self._size > self._whole

    def append(self, line: bytes) -> None:
        """Cut off a torn last line, then write and sync one line, given with its end."""
        new = not self._there
        with self._opened(os.O_RDWR | os.O_APPEND) as descriptor:
            try:
                if self.torn:
                    os.ftruncate(descriptor, self._whole)
                self._there, self._size = True, self._whole
                if os.write(descriptor, line) < len(line):
                    raise OSError("only a part of the line could be written")
                os.fsync(descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, self._whole)  # the next replay sees no line of it
                raise
        self._size = self._whole = self._whole + len(line)
        self._last = (self._last + line)[-LAST_BYTES:]
        if new:
            sync_folder(self._path.parent)

    def check(self) -> None:
        """Check that the file, if there was one, ends as this process read or left it."""
        if self._there:
            with self._opened(os.O_RDONLY):
                pass

    @contextlib.contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        try:
            creation = 0 if self._there else os.O_CREAT | os.O_EXCL
            descriptor = os.open(self._path, flags | creation, 0o666)
        except FileExistsError:
            raise OSError(f"another process made it; {_STOPS}") from None
        except FileNotFoundError:
            raise OSError(f"it {GONE}") from None
        try:
            size = os.fstat(descriptor).st_size
            last = os.pread(descriptor, len(self._last), self._whole - len(self._last))
            if (size, last) != (self._size, self._last):
                raise OSError(
                    f"it is not as this process left it: it has {size} bytes where {self._size} "
                    "were, or another last line. Another process wrote it, or a copy took its "
                    f"place; {_STOPS}"
                )
            yield descriptor
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` durable, which only POSIX asks for."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
