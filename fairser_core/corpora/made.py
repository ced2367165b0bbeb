"""Corpora that are made by a recipe, once, and then read like any other."""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from fairser_core.corpora.corpus import CorpusError

R = TypeVar("R")


def chosen(preset: str, presets: Mapping[str, R]) -> R:
    """The recipe of a preset.

    Raises:
        CorpusError: there is no such preset.
    """
    if preset not in presets:
        raise CorpusError(f"`preset` must be one of {', '.join(presets)}, got {preset!r}")
    return presets[preset]


def place_of(folder: Path, preset: str, facts: str) -> Path:
    """The folder in `folder` for a corpus; another for other facts of how it is made."""
    return folder / f"{preset}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"


def make_whole(place: Path, fill: Callable[[Path], None]) -> None:
    """Make a folder that appears at once and whole.

    Who is interrupted leaves none, and of several that make it at the same time one succeeds for
    all.

    Args:
        place: the new folder.
        fill: writes its files into the folder that it is given.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}-unfinished-"))
    try:
        fill(unfinished)
        try:
            unfinished.rename(place)
        except OSError:
            if not place.exists():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextlib.contextmanager
def explained(place: Path) -> Iterator[None]:
    """Say how to have a corpus made again where it cannot be read any more."""
    try:
        yield
    except CorpusError as error:
        raise CorpusError(f"{error}\n(damaged? It is made again once {place} is deleted)") from None
