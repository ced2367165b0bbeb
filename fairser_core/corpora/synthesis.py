"""Synthetic corpora: made once from a recipe, kept on disk, and read like any other corpus."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fairser_core.cache_folder import cache_folder
from fairser_core.corpora.problems import CorpusError
from fairser_core.temporary import temporary_folder

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")
"""Recipe: a dataclass whose text form holds all that the corpus depends on."""

Progress = Callable[[int, int], None]
"""Function of the numbers of finished and of all utterances, called in the caller's thread."""


@dataclass(frozen=True)
class Synthesis(Generic[R]):
    """Synthesis of a corpus.

    Attributes:
        name: name of the corpus, and of its folder in the user's cache folder.
        version: number that is raised when the same recipe would give another corpus.
        presets: recipes by name.
        smoke: fields of a recipe that make its corpus tiny.
        write: function that writes the files of a recipe's corpus into an empty folder. The same
            recipe gives the same bytes.
    """

    name: str
    version: int
    presets: Mapping[str, R]
    smoke: Mapping[str, Any]
    write: Callable[[Path, R, Progress | None], None]

    @contextlib.contextmanager
    def folder(
        self, root: Path | None, preset: str, smoke: bool, progress: Progress | None
    ) -> Iterator[Path]:
        """Yield the folder of a preset's corpus to a reader; make a missing corpus first.

        Args:
            root: folder of all presets; by default `name` in the user's cache folder.
            preset: key of `presets`.
            smoke: whether the corpus is tiny.
            progress: function called while the corpus is made.

        Raises:
            CorpusError: there is no such preset; or the reader raised the error, whose message then
                also says how to make the corpus again.
        """
        if preset not in self.presets:
            choices = ", ".join(self.presets)
            raise CorpusError(f"`preset` must be one of {choices}, got {preset!r}")
        recipe = self.presets[preset]
        if smoke:
            recipe = replace(recipe, **self.smoke)
        digest = hashlib.sha256(f"{self.version} {recipe}".encode()).hexdigest()[:12]
        folder = (root or cache_folder() / self.name) / f"{preset}-{digest}"
        if not folder.exists():
            self.make(recipe, folder, progress)
        try:
            yield folder
        except CorpusError as error:
            hint = f"(damaged? It is made again once {folder} is deleted)"
            raise CorpusError(f"{error}\n{hint}") from None

    def make(self, recipe: R, folder: Path, progress: Progress | None = None) -> None:
        """Make a corpus; its folder appears only when it is complete.

        An interrupted call leaves no folder. Several calls at the same time give one folder.

        Args:
            recipe: recipe of the corpus.
            folder: new folder of the corpus.
            progress: function called while the corpus is made.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder.parent, f"{folder.name}-unfinished-") as unfinished:
            self.write(unfinished, recipe, progress)
            try:
                unfinished.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
