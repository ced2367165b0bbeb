"""IEMOCAP with classes of emotion: four of them with excited as happiness, or others."""

from pathlib import Path

from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.files import existing_path
from fairser_core.corpora.iemocap import FOLDER, LABELS, read_release
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS
from fairser_core.corpora.reader import Reader

CLASSES = tuple(label for label in LABELS if label != "other")
FOUR = PAPER_EMOTIONS[:4]
"""Classes of most studies; frustration is the fifth."""
SPLITS = {"1": "train", "2": "train", "3": "train", "4": "validation", "5": "test"}
"""Splits by session. Each session has two speakers of its own."""


def read_iemocap_classes(
    folder: Path | None, *, classes: tuple[str, ...] | None = None, skip_broken: bool = False
) -> CategoryCorpus:
    """Read the release of IEMOCAP with classes of emotion.

    The class is the label of the release, which is missing where no label had most of the votes;
    excited counts as happiness. Votes are those of the external raters. Sessions 1 to 3 train, 4
    validates and 5 tests.

    Args:
        folder: see `read_iemocap`.
        classes: classes to study; by default neutral, happiness, anger and sadness.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: there are no such files, lines of them are not as described, or the table
            breaks a rule (see `make_category_corpus`).
    """
    release = existing_path(folder, FOLDER)
    turns, votes, notes = read_release(release, skip_broken)
    means = [name for name in ("valence", "dominance") if name in turns]
    return make_category_corpus(
        "iemocap",
        turns.drop(columns=means).assign(split=turns["session"].map(SPLITS)),
        classes=CLASSES,
        chosen=FOUR if classes is None else classes,
        others=("other",),
        votes=votes,
        notes=notes,
        source=str(release),
        skip_broken=skip_broken,
    )


READER = Reader(
    read=read_iemocap_classes,
    title="IEMOCAP (Busso et al. 2008), four classes or more",
    licence="by agreement with the owner, the SAIL lab of the University of Southern California",
    folder=FOLDER,
)
