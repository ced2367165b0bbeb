"""RAVDESS, speech part (Livingstone & Russo 2018, https://zenodo.org/records/1188976).

Acted emotions of 24 actors. Their activation was not rated: the labels here are derived.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.corpus import PAPER_SCALE, Corpus, make_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.reader import Reader
from fairser_core.names import named

FOLDER = "the folder of RAVDESS, with Actor_01/03-01-01-01-01-01-01.wav (or .flac) and so on"

ACTIVATION = {  # of the intensities normal and strong
    "01": (3.0, 3.0),  # neutral, which has no strong intensity
    "02": (2.0, 2.0),  # calm: no more aroused for being strongly calm
    "03": (5.0, 6.0),  # happy
    "04": (2.5, 3.0),  # sad
    "05": (5.5, 6.5),  # angry
    "06": (5.5, 6.5),  # fearful
    "07": (4.5, 5.0),  # disgusted
    "08": (5.0, 6.0),  # surprised
}
"""Activation on 1..7 by emotion and intensity. The order of the emotions is that of the arousal
axis of the circumplex (Russell 1980): calm and sad low, happy, surprised, angry and fearful high,
and strong intensity above normal; the values are ours."""

CLASSES = {
    "01": "neutral",
    "02": "calm",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
"""Classes by the emotion of a clip."""

LAST_ACTOR = {"train": 14, "validation": 18, "test": 24}
"""Actors 1..14, 15..18 and 19..24. Odd actors are men, even ones women: half of each split."""

ACTORS, CLIPS = tuple(f"{number:02d}" for number in range(1, 25)), 60
"""Actors of the release, and the number of clips of each."""

DUPLICATE = "03-01-03-01-02-02-07"
"""The same recording as 03-01-03-01-02-01-07."""

SPEECH = re.compile(r"03-01-(0[1-8])-(0[12])-0[12]-0[12]-(0[1-9]|1\d|2[0-4])\.(?i:wav|flac)")


def read_ravdess(
    folder: Path | None, *, threshold: float | None = None, skip_broken: bool = False
) -> Corpus:
    """Read the speech clips of RAVDESS.

    Twelve very quiet clips (actors 9 and 20) are kept: these actors are calm and sad by being
    quiet, and MFCCs without c0 do not depend on the gain.

    Args:
        folder: folder of Actor_01 ... Actor_24 with clips like 03-01-06-01-02-01-12.wav or .flac.
            Songs and other files are passed over.
        threshold: greatest activation that is low; by default 3.5.
        skip_broken: leave out clips that cannot be used, and note how many.

    Raises:
        CorpusError: there are no such clips, or the table breaks a rule (see `make_corpus`).
    """
    root = existing_path(folder, FOLDER)
    table, left_out = _clips(root)
    derived = "activation is derived from the acted emotion and its intensity; nobody rated it"
    return make_corpus(
        "ravdess",
        table,
        scale=PAPER_SCALE,
        threshold=threshold,
        notes=[derived, *left_out],
        source=str(root),
        skip_broken=skip_broken,
    )


def read_ravdess_classes(
    folder: Path | None, *, classes: tuple[str, ...] | None = None, skip_broken: bool = False
) -> CategoryCorpus:
    """Read the speech clips of RAVDESS with the acted emotions as classes.

    Args:
        folder: see `read_ravdess`.
        classes: classes to study; by default all eight.
        skip_broken: leave out clips that cannot be used, and note how many.

    Raises:
        CorpusError: there are no such clips, or the table breaks a rule (see
            `make_category_corpus`).
    """
    root = existing_path(folder, FOLDER)
    table, left_out = _clips(root)
    return make_category_corpus(
        "ravdess",
        table,
        classes=tuple(CLASSES.values()),
        chosen=classes,
        notes=["classes are the acted emotions; nobody rated them", *left_out],
        source=str(root),
        skip_broken=skip_broken,
    )


def _clips(root: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return the table of clips, and notes on those that are left out.

    Raises:
        CorpusError: there are no clips.
    """
    clips = [path for path in sorted(root.glob("Actor_*/*")) if SPEECH.fullmatch(path.name)]
    kept = [clip for clip in clips if clip.stem != DUPLICATE]
    if not kept:
        raise missing(FOLDER, f"there is no such file in {root}")
    table = pd.DataFrame(map(_row, kept), index=pd.RangeIndex(1, len(kept) + 1, name="clip"))
    duplicate = [f"1 of {len(clips):,} clips left out: a duplicate"] * (len(kept) < len(clips))
    return table, [*duplicate, *_absent(clips)]


def _absent(clips: Sequence[Path]) -> list[str]:
    """Return a note on clips of the release that are not there; none if all are."""
    counts = Counter(clip.stem.rpartition("-")[2] for clip in clips)
    fewer = {actor: CLIPS - counts[actor] for actor in ACTORS if counts[actor] < CLIPS}
    if not fewer:
        return []
    each = [f"{count} of actor {actor}" for actor, count in fewer.items()]
    of_all = f"{sum(fewer.values()):,} of the release's {CLIPS * len(ACTORS):,} clips"
    return [f"{of_all} are missing: {named(each)}"]


def _row(clip: Path) -> dict[str, str | float]:
    *_, emotion, intensity, _, _, actor = clip.stem.split("-")
    return {
        "id": clip.stem,
        "speaker": actor,
        "gender": "male" if int(actor) % 2 else "female",
        "split": next(split for split, last in LAST_ACTOR.items() if int(actor) <= last),
        "activation": ACTIVATION[emotion][int(intensity) - 1],
        "emotion": CLASSES[emotion],
        "path": str(clip),
    }


READER = Reader(
    read=read_ravdess,
    title="RAVDESS, speech part (Livingstone & Russo 2018), activation derived from acted emotions",
    licence="CC BY-NC-SA 4.0",
    folder=FOLDER,
)
CLASS_READER = Reader(
    read=read_ravdess_classes,
    title="RAVDESS, speech part (Livingstone & Russo 2018), acted emotions",
    licence="CC BY-NC-SA 4.0",
    folder=FOLDER,
)
