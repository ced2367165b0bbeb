"""Demo corpus of emotions: synthesised feature vectors and votes."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fairser_core.corpora.demo_emotions_recipe import PRESETS, Recipe, rated_tables
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS, RatedCorpus
from fairser_core.corpora.rated_manifest import read_rated_manifest
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.synthesis import Progress, Synthesis


def read_demo_emotions(
    folder: Path | None = None,
    *,
    skip_broken: bool = False,
    preset: str = "biased",
    smoke: bool = False,
    progress: Progress | None = None,
) -> RatedCorpus:
    """Read the demo corpus of emotions; make the corpus first if it is not in the folder.

    Args:
        folder: folder of the corpus; by default `demo_emotions` in the user's cache folder.
        skip_broken: leave out rows that cannot be used, and note how many.
        preset: `biased`, where features show whose perception the ground truth is; or `null`,
            where features do not.
        smoke: whether the corpus is tiny, for a trial run.
        progress: function called while the corpus is made.

    Raises:
        CorpusError: there is no such preset, or the tables break a rule (see `make_rated_corpus`).
    """
    with DEMO.folder(folder, preset, smoke, progress) as manifest:
        corpus = read_rated_manifest(manifest, skip_broken=skip_broken)
    notes = (f"synthesised features and votes, preset {preset}", *corpus.notes[1:])
    return replace(corpus, name=DEMO.name, emotions=PAPER_EMOTIONS, notes=notes)


def write_demo_emotions(folder: Path, recipe: Recipe, progress: Progress | None) -> None:
    """Write the corpus of a recipe: a manifest with ratings, and a vector an utterance.

    Args:
        folder: empty folder.
        recipe: recipe of the corpus.
        progress: function called after each utterance.
    """
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


DEMO = Synthesis(
    name="demo_emotions",
    version=1,
    presets=PRESETS,
    smoke={"utterances": 300},
    write=write_demo_emotions,
)
READER = Reader(
    read=read_demo_emotions,
    title="synthesised features and votes of women and men who perceive frustration differently",
    licence="that of fairser",
    alias="demo",
)
