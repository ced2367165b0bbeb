"""Reader of a corpus, with its description."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

C = TypeVar("C", covariant=True)


@dataclass(frozen=True)
class Reader(Generic[C]):
    """Reader of a corpus, with its description.

    Attributes:
        read: function that reads the corpus, called as read(folder, **options) with keywords among
            `options`, all of which have defaults; every reader takes `skip_broken`.
        title: name of the corpus in a few words, with its source.
        licence: terms on which the corpus may be had and used.
        folder: files that the folder must hold, as errors name them; empty for a corpus that is
            synthesised and needs no folder.
        alias: name of the corpus among those of its task, where this differs from the registry's.
        recognises: function that returns whether a folder holds such a corpus, for a name that two
            readers share; None otherwise.
    """

    read: Callable[..., C]
    title: str
    licence: str
    folder: str = ""
    alias: str = ""
    recognises: Callable[[Path], bool] | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """Keywords that `read` takes."""
        parameters = inspect.signature(self.read).parameters.values()
        return tuple(each.name for each in parameters if each.kind is each.KEYWORD_ONLY)
