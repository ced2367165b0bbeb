"""MSP-Podcast, the corpus of Gorrostieta et al. 2019, from the tree of any of its releases."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from fairser_core.corpora.corpus import PAPER_SCALE, Corpus, make_corpus
from fairser_core.corpora.files import existing_path, missing
from fairser_core.corpora.problems import CorpusError, report
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import read_columns
from fairser_core.corpora.text_lines import text_lines

CONSENSUS = ("labels_consensus.csv", "labels_concensus.csv")  # misspelt until release 1.9
COLUMNS = {
    "FileName": "id",
    "SpkrID": "speaker",
    "Gender": "gender",
    "Split_Set": "split",
    "EmoAct": "activation",
}
DIMENSIONS = {"EmoVal": "valence", "EmoDom": "dominance"}
"""Further columns, which are read where they are."""
CLASSES = {
    "A": "anger",
    "H": "happiness",
    "S": "sadness",
    "N": "neutral",
    "U": "surprise",
    "F": "fear",
    "D": "disgust",
    "C": "contempt",
    "O": "other",
}
"""Classes by the letter of the consensus; X stands for none."""
FOLDER = (
    "the folder of an MSP-Podcast release, with Audios/ and Labels/labels_consensus.csv (in old "
    "releases labels.txt, Partitions.txt and Speaker_ids.txt)"
)


def read_msp_podcast(
    folder: Path | None, *, threshold: float | None = None, skip_broken: bool = False
) -> Corpus:
    """Read a release of MSP-Podcast.

    Activation is the mean of the raters on 1..7, as are valence and dominance, kept beside it.
    Test1 is the test split; Test2 and Test3 are left out, and so are utterances of unknown speaker
    or gender, as in the paper. The one stereo file at 44.1 kHz needs no special case: features are
    made of the mean of the channels, resampled.

    Args:
        folder: folder of the release: Audios/*.wav; and, in Labels/, labels/, label/ or beside it,
            labels_consensus.csv (labels_concensus.csv until 1.9) or, where there is none, the
            three files labels.txt, Partitions.txt (or Partition.txt) and Speaker_ids.txt of
            releases before 1.6.
        threshold: greatest activation that is low; by default 3.5.
        skip_broken: leave out rows that cannot be used, and note how many.

    Raises:
        CorpusError: files are missing or not as described, or the table breaks a rule (see
            `make_corpus`), e.g. has speakers in two of the splits.
    """
    labels, table, notes = read_release(existing_path(folder, FOLDER))
    table["emotion"] = table["emotion"].map(CLASSES)
    return make_corpus(
        "msp_podcast",
        table,
        scale=PAPER_SCALE,
        threshold=threshold,
        notes=notes,
        source=str(labels),
        skip_broken=skip_broken,
    )


def read_release(release: Path) -> tuple[Path, pd.DataFrame, list[str]]:
    """Read the utterances of a release that are used.

    Args:
        release: folder of the release.

    Returns:
        File of the labels; `id`, `speaker`, `gender`, `split`, `activation`, `emotion` (letter of
        the class, missing where the release has none) and `path`; notes on rows left out.

    Raises:
        CorpusError: files are missing or not as described.
    """
    consensus = find_labels(release, CONSENSUS)
    labels = consensus or find_labels(release, ("labels.txt",))
    audio = next((f for f in release.iterdir() if f.name.lower() in ("audios", "audio")), None)
    if labels is None or audio is None:
        lack = "labels" if labels is None else "Audios/"
        raise missing(FOLDER, f"{release} has no {lack}")
    table = _read_consensus(labels) if consensus else _read_trio(release, labels)
    table, notes = _select(table)
    table["path"] = [str(audio / name) for name in table["id"]]
    return labels, table, notes


def _select(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows to use, and notes on the rows that are left out."""
    unused = table["split"].str.lower().isin(("test2", "test3"))
    unknown = table[["speaker", "gender"]].apply(lambda names: names.str.lower()) == "unknown"
    left_out = {
        "in Test2 or Test3": unused,
        "speaker or gender unknown": ~unused & unknown.any(axis=1),
    }
    notes = [
        f"{rows.sum():,} of {len(table):,} left out: {reason}"
        for reason, rows in left_out.items()
        if rows.any()
    ]
    return table[~unused & ~unknown.any(axis=1)].copy(), notes


def find_labels(release: Path, names: Sequence[str]) -> Path | None:
    """Return the first of the files that is in the release or in its folder of labels."""
    folders = [release, *(f for f in release.iterdir() if f.name.lower() in ("labels", "label"))]
    candidates = (folder / name for name in names for folder in folders)
    return next((path for path in candidates if path.is_file()), None)


def _read_consensus(path: Path) -> pd.DataFrame:
    """Read `COLUMNS` of a table of consensus labels, by their names here, class and dimensions."""
    table = read_columns(path, tuple(COLUMNS))
    if "EmoClass" not in table:
        table["EmoClass"] = None
    further = [name for name in DIMENSIONS if name in table]
    names = {**COLUMNS, "EmoClass": "emotion", **DIMENSIONS}
    return table[[*COLUMNS, "EmoClass", *further]].rename(columns=names)


def _read_trio(release: Path, labels: Path) -> pd.DataFrame:
    """Read the same table from the three text files of old releases.

    A line of labels.txt that begins with a file holds its means, the lines below it the ratings.
    """
    partitions = find_labels(release, ("Partitions.txt", "Partition.txt"))
    speaker_ids = find_labels(release, ("Speaker_ids.txt",))
    if partitions is None or speaker_ids is None:
        raise CorpusError(f"{labels} needs Partitions.txt and Speaker_ids.txt, too, in {release}")
    split = {file: name for name, file in _pairs(partitions)}
    speakers = {name.removeprefix("Speaker_"): value for name, value in _pairs(speaker_ids)}
    rows = {}
    for line, (file, *means) in lines_of(labels):
        if file.lower().endswith(".wav"):
            speaker = speakers.get(file, "Unknown").removeprefix("Speaker_")
            activation, *others = (
                next((mean[2:] for mean in means if mean.startswith(kind)), "")
                for kind in ("A:", "V:", "D:")
            )
            gender = speakers.get(speaker, "Unknown")
            letter = next((mean for mean in means if len(mean) == 1), None)
            rows[line] = (file, speaker, gender, split.get(file, ""), activation, letter, *others)
    columns = [*COLUMNS.values(), "emotion", *DIMENSIONS.values()]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("line")


def _pairs(path: Path) -> list[tuple[str, str]]:
    """Return the two values of each line.

    Raises:
        CorpusError: lines hold more or fewer than two values (all are listed).
    """
    lines = list(lines_of(path))
    wrong = [
        f"line {line}: must be two values with a semicolon between them, got {values}"
        for line, values in lines
        if len(values) != 2
    ]
    if wrong:
        raise CorpusError(report(str(path), [wrong]))
    return [(first, second) for _, (first, second) in lines]


def lines_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield number and values, which semicolons end or separate, of each line that is not blank."""
    for line, text in text_lines(path):
        values = [value.strip() for value in text.strip().removesuffix(";").split(";")]
        if any(values):
            yield line, values


READER = Reader(
    read=read_msp_podcast,
    title="MSP-Podcast (Lotfian & Busso 2019), any release",
    licence="by agreement with the owner, the MSP lab",
    folder=FOLDER,
)
