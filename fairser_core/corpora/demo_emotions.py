"""The emotional demo corpus: feature vectors and votes made once, and read like any other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from fairser_core.cache_folder import cache_folder
from fairser_core.corpora.demo_emotions_recipe import PRESETS, Recipe, rated_tables
from fairser_core.corpora.made import chosen, explained, make_whole, place_of
from fairser_core.corpora.rated import PAPER_EMOTIONS, RatedCorpus
from fairser_core.corpora.rated_manifest import read_rated_manifest

VERSION = 1  # of the making: raised when the same recipe would give another corpus

Progress = Callable[[int, int], None]


def read_demo_emotions(
    folder: Path | None = None,
    *,
    skip_broken: bool = False,
    preset: str = "biased",
    smoke: bool = False,
    progress: Progress | None = None,
) -> RatedCorpus:
    """Read the emotional demo corpus, after making it if need be.

    Args:
        folder: where to keep it; by default `demo_emotions` in the user's cache folder.
        skip_broken: leave out rows that cannot be used, and note how many.
        preset: `biased`, where the features tell whose perception the ground truth is; or `null`,
            where they do not.
        smoke: a tiny one, to try things out.
        progress: called with (utterances made, utterances) while it is made.

    Raises:
        CorpusError: there is no such preset, or the tables are not sound (see
            `make_rated_corpus`).
    """
    recipe = chosen(preset, PRESETS)
    if smoke:
        recipe = replace(recipe, utterances=300)
    root = folder or cache_folder() / "demo_emotions"
    place = place_of(root, preset, f"{VERSION} {recipe}")
    if not place.exists():
        make_demo_emotions(recipe, place, progress)
    with explained(place):
        corpus = read_rated_manifest(place, skip_broken=skip_broken)
    notes = (f"synthesised features and votes, preset {preset}", *corpus.notes[1:])
    return replace(corpus, name="demo_emotions", emotions=PAPER_EMOTIONS, notes=notes)


def make_demo_emotions(recipe: Recipe, place: Path, progress: Progress | None = None) -> None:
    """Write the corpus of a recipe: a manifest with ratings, and a vector an utterance.

    The same recipe gives the same bytes. The folder appears at once and whole, as `make_whole`
    says.

    Args:
        recipe: how the corpus is made.
        place: the new folder.
        progress: called in this thread with (utterances made, utterances).
    """
    make_whole(place, lambda folder: _fill(folder, recipe, progress))


def _fill(folder: Path, recipe: Recipe, progress: Progress | None) -> None:
    tables, features = rated_tables(recipe)
    utterances = tables.utterances
    utterances.insert(1, "features", utterances["id"] + ".npy")
    for done, (name, vector) in enumerate(
        zip(utterances["features"], features, strict=True), start=1
    ):
        np.save(folder / name, vector[None].astype(np.float32))  # one frame
        if progress is not None:
            progress(done, len(utterances))
    utterances.to_csv(folder / "manifest.csv", index=False)
    tables.ratings.to_csv(folder / "ratings.csv", index=False)
    tables.raters.to_csv(folder / "raters.csv", index=False)
