"""RAVDESS, speech part (Livingstone & Russo 2018, https://zenodo.org/records/1188976).

Acted emotions of 24 actors. Their activation was not rated: the labels here are derived.
"""

import re
from pathlib import Path

import pandas as pd

from fairser_core.corpora.corpus import PAPER_SCALE, Corpus, make_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.reader import Reader

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

LAST_ACTOR = {"train": 14, "validation": 18, "test": 24}
"""Actors 1..14, 15..18 and 19..24. Odd actors are men, even ones women: half of each split."""

DUPLICATE = "03-01-03-01-02-02-07"
"""The same recording as 03-01-03-01-02-01-07."""

SPEECH = re.compile(r"03-01-(0[1-8])-(0[12])-0[12]-0[12]-(0[1-9]|1\d|2[0-4])\.(wav|flac)")


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
    clips = [path for path in sorted(root.glob("Actor_*/*")) if SPEECH.fullmatch(path.name)]
    kept = [clip for clip in clips if clip.stem != DUPLICATE]
    if not kept:
        raise missing(FOLDER, f"there is no such file in {root}")
    notes = ["activation is derived from the acted emotion and its intensity; nobody rated it"]
    if len(kept) < len(clips):
        notes.append(f"1 of {len(clips):,} clips left out: a duplicate")
    return make_corpus(
        "ravdess",
        pd.DataFrame(map(_row, kept), index=pd.RangeIndex(1, len(kept) + 1, name="clip")),
        scale=PAPER_SCALE,
        threshold=threshold,
        notes=notes,
        source=str(root),
        skip_broken=skip_broken,
    )


def _row(clip: Path) -> dict[str, str | float]:
    *_, emotion, intensity, _, _, actor = clip.stem.split("-")
    return {
        "id": clip.stem,
        "speaker": actor,
        "gender": "male" if int(actor) % 2 else "female",
        "split": next(split for split, last in LAST_ACTOR.items() if int(actor) <= last),
        "activation": ACTIVATION[emotion][int(intensity) - 1],
        "path": str(clip),
    }


READER = Reader(
    read=read_ravdess,
    title="RAVDESS, speech part (Livingstone & Russo 2018), activation derived from acted emotions",
    licence="CC BY-NC-SA 4.0",
    folder=FOLDER,
)
