"""EmoDB (Burkhardt et al. 2005): acted emotions of ten German speakers."""

import re
from pathlib import Path

import pandas as pd

from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.partition import partition
from fairser_core.corpora.reader import Reader

FOLDER = "the folder of EmoDB, with wav/03a01Wa.wav and so on"
CLASSES = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}
"""Classes by their letter in a file's name, the first of the German word."""
GENDERS = {
    **dict.fromkeys(("03", "10", "11", "12", "15"), "male"),
    **dict.fromkeys(("08", "09", "13", "14", "16"), "female"),
}
FILE = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])[a-z]?\.(?i:wav|flac)")

RELEASE = 535
"""Number of files of the release."""


def read_emodb(
    folder: Path | None, *, classes: tuple[str, ...] | None = None, skip_broken: bool = False
) -> CategoryCorpus:
    """Read EmoDB.

    The release has no splits: of each gender three speakers train, one validates and one tests.

    Args:
        folder: folder of the release, which holds wav/, or that folder itself.
        classes: classes to study; by default all seven.
        skip_broken: leave out files that cannot be used, and note how many.

    Raises:
        CorpusError: there are no such files, or the table breaks a rule (see
            `make_category_corpus`).
    """
    root = existing_path(folder, FOLDER)
    files = [p for place in (root / "wav", root) for p in sorted(place.glob("*"))]
    names = {path: FILE.fullmatch(path.name) for path in files}
    kept = {path: match for path, match in names.items() if match and match[1] in GENDERS}
    if not kept:
        raise missing(FOLDER, f"there is no such file in {root}")
    speakers = pd.DataFrame({"gender": GENDERS})
    table = pd.DataFrame(
        [
            {
                "id": path.stem,
                "speaker": match[1],
                "emotion": CLASSES[match[3]],
                "path": str(path),
            }
            for path, match in kept.items()
        ],
        index=pd.RangeIndex(1, len(kept) + 1, name="file"),
    )
    return make_category_corpus(
        "emodb",
        table.join(speakers.assign(split=partition(speakers, ["gender"])), on="speaker"),
        classes=tuple(CLASSES.values()),
        chosen=classes,
        notes=[
            "classes are the acted emotions; no rater's vote is published",
            *[f"{RELEASE - len(kept):,} of the release's {RELEASE} files are missing"]
            * (len(kept) < RELEASE),
        ],
        source=str(root),
        skip_broken=skip_broken,
    )


READER = Reader(
    read=read_emodb,
    title="EmoDB (Burkhardt et al. 2005), acted emotions in German",
    licence="free to use, with the paper cited",
    folder=FOLDER,
)
