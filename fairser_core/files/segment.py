"""Audio of an utterance: a file, or a part of a file."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from stat import S_ISREG


class AudioError(ValueError):
    """Error of a file that cannot be used; the message begins with its path."""


@dataclass(frozen=True)
class Segment:
    """Audio of an utterance: a file, or a part of a file.

    Attributes:
        path: path of the file.
        start: beginning in seconds from the beginning of the file.
        end: end in seconds from the beginning of the file; None for the end of the file.
    """

    path: str
    start: float = 0.0
    end: float | None = None

    @property
    def whole(self) -> bool:
        """Whether the segment is the whole file."""
        return self.start == 0 and self.end is None

    @property
    def span(self) -> str:
        """Return beginning and end: `2-4.5` in seconds; empty for a whole file."""
        end = "" if self.end is None else f"{self.end:.15g}"
        return "" if self.whole else f"{self.start:.15g}-{end}"

    @property
    def name(self) -> str:
        """Name for errors: the path, and the span in seconds of a part."""
        return self.path if self.whole else f"{self.path} ({self.span} s)"


_OPENED: ContextVar[set[str] | None] = ContextVar("opened", default=None)


@contextmanager
def noting_opened() -> Iterator[set[str]]:
    """Note the paths of files that are opened or examined in this thread inside the context.

    Yields:
        Paths, which grow as files are opened.
    """
    paths: set[str] = set()
    token = _OPENED.set(paths)
    try:
        yield paths
    finally:
        _OPENED.reset(token)


def note_opened(paths: Iterable[str]) -> None:
    """Note files that are opened by other threads, or whose content is known already."""
    opened = _OPENED.get()
    if opened is not None:
        opened.update(paths)


@contextmanager
def open_regular(path: str) -> Iterator[int]:
    """Open a regular file for reading; nothing else is opened, so that nothing can hang.

    Args:
        path: path of the file.

    Yields:
        Descriptor of the file.

    Raises:
        AudioError: the path leads to nothing, to something else than a regular file, to a file that
            cannot be read, or to an empty one.
    """
    note_opened([path])
    try:
        if not S_ISREG(os.stat(path).st_mode):
            raise AudioError(f"{path}: must be a regular file, is a folder, pipe or device")
        # Not to wait, should the file have become a pipe since.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | BINARY)
    except (OSError, ValueError) as error:
        if isinstance(error, AudioError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise AudioError(f"{path}: cannot be read ({reason})") from error
    try:
        if not os.fstat(descriptor).st_size:
            raise AudioError(f"{path}: is empty")
        yield descriptor
    finally:
        os.close(descriptor)


BINARY = getattr(os, "O_BINARY", 0)
