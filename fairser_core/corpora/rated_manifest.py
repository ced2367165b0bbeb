"""Manifest of a corpus with ratings, with tables of ratings and raters beside it."""

from pathlib import Path

import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.manifest import FOLDER, find_manifest, read_utterances
from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS, RatedCorpus, make_rated_corpus
from fairser_core.corpora.rating_checks import RATERS, RATINGS, Tables
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import read_table

SUFFIXES = (".csv", ".parquet")
COLUMNS = {"ratings": RATINGS, "raters": RATERS}
NO_EMOTION = ("other",)  # a label that says only what an utterance is not


def has_ratings(folder: Path | None) -> bool:
    """Return whether tables of ratings or raters lie beside a manifest.

    Raises:
        CorpusError: there is no manifest.
    """
    beside = find_manifest(folder).parent
    return any(tables_beside(beside, name) for name in ("ratings", "raters"))


def read_rated_manifest(
    folder: Path | None, *, skip_broken: bool = False, column: tuple[str, ...] = ()
) -> RatedCorpus:
    """Read a manifest with ratings.

    Columns of the manifest: `path` (audio file) or `features` (.npy file, a float array (frame,
    coefficient)), absolute or relative to the manifest; `speaker`; `gender`; `session`; `id`, by
    default the path as it is written; perhaps `emotion`, a label already given, empty where there
    is none. Other columns are kept as they are. Beside it lie `ratings` (`utterance`, `rater`,
    `label`; the utterance by its id, one label a rater) and `raters` (`rater`, `gender`), each a
    .csv or a .parquet file. All labels that occur are studied except `other`, the paper's first.

    Args:
        folder: manifest, a .csv file (UTF-8; commas, semicolons or tabs) or a .parquet file; or the
            folder that holds one named manifest.csv or manifest.parquet.
        skip_broken: leave out rows that cannot be used, and note how many.
        column: names of columns of the manifest other than those above, see `read_table`.

    Raises:
        CorpusError: one of the files is missing or cannot be read, or the tables break a rule (see
            `make_rated_corpus`).
    """
    path, utterances = read_utterances(folder, column)
    ratings, raters = (read_beside(path, name) for name in ("ratings", "raters"))
    labels = _labels(ratings)
    return make_rated_corpus(
        "manifest",
        Tables(utterances, ratings, raters),
        emotions=[label for label in labels if label not in NO_EMOTION],
        labels=labels,
        notes=[f"labels found in the ratings: {', '.join(labels)}"],
        source=str(path),
        skip_broken=skip_broken,
    )


def tables_beside(folder: Path, name: str) -> list[Path]:
    """Return the tables of a name in the folder of a manifest."""
    names = [f"{name}{suffix}" for suffix in SUFFIXES]
    return [path for path in sorted(folder.iterdir()) if path.name.lower() in names]


def read_beside(manifest: Path, name: str) -> pd.DataFrame:
    """Read the table of that name; the unit of its rows names the file."""
    paths = tables_beside(manifest.parent, name)
    if len(paths) != 1:
        names = " and ".join(f"{name}{suffix}" for suffix in SUFFIXES)
        raise CorpusError(f"{manifest} must have one of {names} beside it, has {len(paths)}")
    table = read_table(paths[0], COLUMNS[name])
    return table.rename_axis(f"{paths[0].name} {table.index.name}")


def _labels(ratings: pd.DataFrame) -> list[str]:
    """Return all labels of the ratings, the paper's first and in its order."""
    if "label" not in ratings:
        return []  # which the check reports
    return ordered_labels(checks.as_text(ratings["label"]))


def ordered_labels(column: pd.Series) -> list[str]:
    """Return the labels of a column of text in lower case, the paper's first and in its order."""
    labels = set(column.str.lower()) - {""}
    first = [label for label in PAPER_EMOTIONS if label in labels]
    return [*first, *sorted(labels.difference(first))]


READER = Reader(
    read=read_rated_manifest,
    title="a table of utterances with tables of ratings and raters beside it",
    licence="that of the data",
    folder=FOLDER,
    recognises=has_ratings,
)
