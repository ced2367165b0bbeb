"""MSP-Podcast, the paper's corpus, from the tree of any of its releases."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.corpus import PAPER_SCALE, Corpus, CorpusError, existing, make_corpus
from fairser_core.corpora.tables import read_csv

CONSENSUS = ("labels_consensus.csv", "labels_concensus.csv")  # misspelt until release 1.9
COLUMNS = {
    "FileName": "id",
    "SpkrID": "speaker",
    "Gender": "gender",
    "Split_Set": "split",
    "EmoAct": "activation",
}
EXPECTED = (
    "the folder of an MSP-Podcast release, with Audios/ and Labels/labels_consensus.csv (in old "
    "releases labels.txt, Partitions.txt and Speaker_ids.txt)"
)


def read_msp_podcast(
    folder: Path | None, *, threshold: float | None = None, skip_broken: bool = False
) -> Corpus:
    """Read a release of MSP-Podcast.

    Activation is the mean of the raters on 1..7. Test1 is the test split; Test2 and Test3 are left
    out, and so are utterances of unknown speaker or gender, as in the paper. The one stereo file
    at 44.1 kHz needs no care: features are made of the mean of the channels, resampled.

    Args:
        folder: the release: Audios/*.wav; and, in Labels/, labels/, label/ or beside it,
            labels_consensus.csv (labels_concensus.csv until 1.9) or, where there is none, the
            trio labels.txt, Partitions.txt (or Partition.txt) and Speaker_ids.txt of releases
            before 1.6.
        threshold: activation above it is high; by default 3.5.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: files are missing or not as described, or the table is not sound (see
            `make_corpus`), which includes speakers in two of the splits.
    """
    place = existing(folder, EXPECTED)
    consensus = _find(place, CONSENSUS)
    labels = consensus or _find(place, ("labels.txt",))
    audio = next((f for f in place.iterdir() if f.name.lower() in ("audios", "audio")), None)
    if labels is None or audio is None:
        lacks = "labels" if labels is None else "Audios/"
        raise CorpusError(f"the corpus needs {EXPECTED}: {place} has no {lacks}")
    table = _read_consensus(labels) if consensus else _read_trio(place, labels)
    table["path"] = [str(audio / name) for name in table["id"]]
    unused = table["split"].str.lower().isin(("test2", "test3"))
    unknown = table[["speaker", "gender"]].apply(lambda names: names.str.lower()) == "unknown"
    left_out = {
        "in Test2 or Test3": unused,
        "speaker or gender unknown": ~unused & unknown.any(axis=1),
    }
    notes = [
        f"{rows.sum():,} of {len(table):,} left out: {why}"
        for why, rows in left_out.items()
        if rows.any()
    ]
    table = table[~unused & ~unknown.any(axis=1)]
    return make_corpus(
        "msp_podcast",
        table,
        scale=PAPER_SCALE,
        threshold=threshold,
        notes=notes,
        place=str(labels),
        skip_broken=skip_broken,
    )


def _find(place: Path, names: Sequence[str]) -> Path | None:
    """The first of the files that is in the folder or in its folder of labels."""
    folders = [place, *(f for f in place.iterdir() if f.name.lower() in ("labels", "label"))]
    found = (folder / name for name in names for folder in folders)
    return next((path for path in found if path.is_file()), None)


def _read_consensus(path: Path) -> pd.DataFrame:
    table = read_csv(path)
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise CorpusError(f"{path} must have columns {', '.join(COLUMNS)}, lacks {missing}")
    return table[list(COLUMNS)].rename(columns=COLUMNS)


def _read_trio(place: Path, labels: Path) -> pd.DataFrame:
    """The same table from the three text files of old releases.

    A line of labels.txt that begins with a file holds its means, the lines below it the ratings.
    """
    partitions = _find(place, ("Partitions.txt", "Partition.txt"))
    speaker_ids = _find(place, ("Speaker_ids.txt",))
    if partitions is None or speaker_ids is None:
        raise CorpusError(f"{labels} needs Partitions.txt and Speaker_ids.txt, too, in {place}")
    split = {file: name for name, file in _pairs(partitions)}
    speaker = {name.removeprefix("Speaker_"): value for name, value in _pairs(speaker_ids)}
    rows = {}
    for line, (file, *means) in _values(labels):
        if file.lower().endswith(".wav"):
            who = speaker.get(file, "Unknown").removeprefix("Speaker_")
            activation = next((mean[2:] for mean in means if mean.startswith("A:")), "")
            gender = speaker.get(who, "Unknown")
            rows[line] = (file, who, gender, split.get(file, ""), activation)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS.values()))
    return table.rename_axis("line")


def _pairs(path: Path) -> list[tuple[str, str]]:
    """The two values of each line.

    Raises:
        CorpusError: lines hold more or fewer than two values (all are listed).
    """
    lines = list(_values(path))
    wrong = [
        f"line {line}: must be two values with a semicolon between them, got {values}"
        for line, values in lines
        if len(values) != 2
    ]
    if wrong:
        raise CorpusError(checks.report(str(path), [wrong]))
    return [(first, second) for _, (first, second) in lines]


def _values(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and values, ended or separated by semicolons, of each line that is not blank."""
    # Names and numbers are ASCII; other text is not looked at.
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line, text in enumerate(file, start=1):
            values = [value.strip() for value in text.strip().removesuffix(";").split(";")]
            if any(values):
                yield line, values
