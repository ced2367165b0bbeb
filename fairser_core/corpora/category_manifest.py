"""Manifest of a corpus with classes of emotion, perhaps with a table of ratings beside it."""

from pathlib import Path

import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.manifest import FOLDER, find_manifest, read_utterances
from fairser_core.corpora.problems import CorpusError, naming_columns
from fairser_core.corpora.rated_manifest import (
    NO_EMOTION,
    ordered_labels,
    read_beside,
    tables_beside,
)
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import read_table


def read_category_manifest(
    folder: Path | None,
    *,
    classes: tuple[str, ...] | None = None,
    skip_broken: bool = False,
    column: tuple[str, ...] = (),
) -> CategoryCorpus:
    """Read a manifest with classes of emotion.

    Columns: `path` (audio file) or `features` (.npy file, a float array (frame, coefficient)),
    absolute or relative to the manifest; `speaker`; `split`; `emotion`, empty where there is no
    class; `id`, by default the path as it is written. All other columns are attributes that may
    name groups. If a table `ratings` (`utterance`, `rater`, `label`) lies beside it, its labels are
    votes; without a column `emotion` the class is the label with more votes than any other.

    Args:
        folder: manifest, a .csv file (UTF-8; commas, semicolons or tabs) or a .parquet file; or the
            folder that holds one named manifest.csv or manifest.parquet.
        classes: classes to study; by default all that occur except `other`.
        skip_broken: leave out rows that cannot be used, and note how many.
        column: names of columns other than those above, see `read_table`.

    Raises:
        CorpusError: there is no such file, it cannot be read, there are neither classes nor
            ratings, or the table breaks a rule (see `make_category_corpus`).
    """
    path, table = read_utterances(folder, column)
    rated = bool(tables_beside(path.parent, "ratings"))
    if not rated and "emotion" not in table:
        raise CorpusError(f"{path} must have a column 'emotion', or a table of ratings beside it")
    votes = read_beside(path, "ratings") if rated else None
    if votes is not None and not {"utterance", "label"} <= set(votes):
        raise CorpusError(f"ratings beside {path} must have columns utterance, rater, label")
    columns = [table["emotion"]] if "emotion" in table else []
    columns += [] if votes is None else [votes["label"]]
    labels = ordered_labels(pd.concat(list(map(checks.as_text, columns))))
    with naming_columns(table):
        return make_category_corpus(
            "manifest",
            table,
            classes=[label for label in labels if label not in NO_EMOTION],
            chosen=classes,
            others=NO_EMOTION,
            votes=votes,
            notes=[f"classes found: {', '.join(labels)}"],
            source=str(path),
            skip_broken=skip_broken,
        )


def has_classes(folder: Path | None) -> bool:
    """Return whether a manifest has a column `emotion` and none `activation`.

    Raises:
        CorpusError: there is no manifest, or it cannot be read.
    """
    columns = set(read_table(find_manifest(folder), checks.KNOWN))
    return "emotion" in columns and "activation" not in columns


READER = Reader(
    read=read_category_manifest,
    title="a table of utterances with classes of emotion, or with a table of ratings beside it",
    licence="that of the data",
    folder=FOLDER,
    recognises=has_classes,
)
