"""Demo corpus with classes of emotion: synthesised feature vectors of three groups of speakers."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.category_manifest import read_category_manifest
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.synthesis import Progress, Synthesis

CLASSES = ("neutral", "happiness", "anger", "sadness")
ACCENTS = ("coast", "hills", "island")
NEIGHBOURS = {"happiness": "anger", "anger": "happiness"}
"""Classes that sound alike in the accents of few speakers."""


@dataclass(frozen=True)
class Recipe:
    """Recipe of the corpus. The defaults are the preset `biased`.

    Features of an utterance are the prototype of its class, plus the speaker's offset, the mark of
    the accent in features of its own, and unit noise. In an accent with likeness λ the prototypes
    of happiness and anger move towards each other by λ / 2 of their distance: their recalls are
    lower there, and those of the other classes are not. All accents have the same classes.

    Attributes:
        seed: seed of all random draws.
        train: speakers of each accent in the training split.
        held_out: speakers of each accent in the validation and in the test split.
        utterances: utterances of a speaker.
        width: features without those of the accent.
        separation: standard deviation of the prototypes.
        speaker_noise: standard deviation of the speakers' offsets.
        likeness: λ of each accent.
        mark: height of the accent's mark.
    """

    seed: int = 1
    train: tuple[int, int, int] = (30, 14, 8)
    held_out: tuple[int, int, int] = (10, 8, 6)
    utterances: int = 20
    width: int = 16
    separation: float = 0.7
    speaker_noise: float = 0.3
    likeness: tuple[float, float, float] = (0.0, 0.4, 0.8)
    mark: float = 1.5


def class_table(recipe: Recipe) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """Return utterances, and their features (utterance, feature)."""
    rng = np.random.default_rng(recipe.seed)
    prototypes = rng.normal(0, recipe.separation, (len(CLASSES), recipe.width))
    rows, vectors = [], []
    sizes = {"train": recipe.train, "validation": recipe.held_out, "test": recipe.held_out}
    for split, counts in sizes.items():
        for number, (accent, count) in enumerate(zip(ACCENTS, counts, strict=True)):
            moved = prototypes.copy()
            for name, other in NEIGHBOURS.items():
                one, two = CLASSES.index(name), CLASSES.index(other)
                moved[one] += recipe.likeness[number] / 2 * (prototypes[two] - prototypes[one])
            for speaker in range(count):
                offset = rng.normal(0, recipe.speaker_noise, recipe.width)
                for utterance in range(recipe.utterances):
                    emotion = int(rng.integers(len(CLASSES)))
                    noise = rng.normal(size=recipe.width + len(ACCENTS))
                    mark = recipe.mark * np.eye(len(ACCENTS))[number]
                    vectors.append(np.concatenate([moved[emotion] + offset, mark]) + noise)
                    name = f"{split}-{accent}-{speaker}"
                    gender = ("female", "male")[speaker % 2]
                    rows.append(
                        [f"{name}-{utterance}", name, split, CLASSES[emotion], gender, accent]
                    )
    columns = ["id", "speaker", "split", "emotion", "gender", "accent"]
    return pd.DataFrame(rows, columns=columns), np.array(vectors, dtype=np.float32)


def read_demo_classes(
    folder: Path | None = None,
    *,
    classes: tuple[str, ...] | None = None,
    skip_broken: bool = False,
    preset: str = "biased",
    smoke: bool = False,
    progress: Progress | None = None,
) -> CategoryCorpus:
    """Read the demo corpus with classes; make the corpus first if it is not in the folder.

    Args:
        folder: folder of the corpus; by default `demo_classes` in the user's cache folder.
        classes: classes to study; by default all four.
        skip_broken: leave out rows that cannot be used, and note how many.
        preset: `biased`, where happiness and anger sound alike in the accents of few speakers; or
            `null`, where they do not.
        smoke: whether the corpus is tiny, for a trial run.
        progress: function called while the corpus is made.

    Raises:
        CorpusError: there is no such preset, or the table breaks a rule (see
            `make_category_corpus`).
    """
    with DEMO.folder(folder, preset, smoke, progress) as manifest:
        corpus = read_category_manifest(manifest, classes=classes, skip_broken=skip_broken)
    notes = (f"synthesised features, preset {preset}; accents are groups of unequal size",)
    return replace(corpus, name=DEMO.name, notes=(*notes, *corpus.notes[1:]))


def write_demo_classes(folder: Path, recipe: Recipe, progress: Progress | None) -> None:
    """Write the corpus of a recipe: a manifest, and a vector an utterance.

    Args:
        folder: empty folder.
        recipe: recipe of the corpus.
        progress: function called after each utterance.
    """
    table, features = class_table(recipe)
    table.insert(1, "features", table["id"] + ".npy")
    for done, (name, vector) in enumerate(zip(table["features"], features, strict=True), start=1):
        np.save(folder / name, vector[None])  # one frame
        if progress is not None:
            progress(done, len(table))
    table.to_csv(folder / "manifest.csv", index=False)


DEMO = Synthesis(
    name="demo_classes",
    version=1,
    presets={"biased": Recipe(), "null": Recipe(likeness=(0.0, 0.0, 0.0))},
    smoke={"train": (6, 4, 3), "held_out": (3, 2, 2)},
    write=write_demo_classes,
)
READER = Reader(
    read=read_demo_classes,
    title="synthesised features of three accents, in two of which happiness and anger sound alike",
    licence="that of fairser",
    alias="demo",
)
