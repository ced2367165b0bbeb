"""Manifest of a corpus of activation: a CSV or Parquet file with one row an utterance."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.corpus import PAPER_SCALE, Corpus, make_corpus
from fairser_core.corpora.files import existing_path
from fairser_core.corpora.problems import REMEDY, CorpusError, naming_columns
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.tables import is_table, read_table

STANDARD_SCALES = ((0.0, 1.0), (-1.0, 1.0), (1.0, 5.0), PAPER_SCALE, (1.0, 9.0), (0.0, 100.0))
FOLDER = "a manifest, a .csv or .parquet file"
NAMES = ("manifest.csv", "manifest.parquet")


def read_manifest(
    folder: Path | None,
    *,
    threshold: float | None = None,
    skip_broken: bool = False,
    scale: tuple[float, float] | None = None,
    column: tuple[str, ...] = (),
) -> Corpus:
    """Read a manifest.

    Columns: `path` (audio file) or `features` (.npy file, a float array (frame, coefficient)),
    absolute or relative to the manifest; `speaker`; `gender`; `split`; `activation`; `id`, by
    default the path as it is written; for parts of files `start` and `end`, or `offset` and
    `duration`, in seconds. Other columns are kept as they are; `valence` and `dominance` can be
    targets, on the scale of activation.

    Args:
        folder: manifest, a .csv file (UTF-8; commas, semicolons or tabs) or a .parquet file; or the
            folder that holds one named manifest.csv or manifest.parquet.
        threshold: greatest activation that is low; by default 3.5 on 1..7, else the scale's middle.
        skip_broken: leave out rows that cannot be used, and note how many.
        scale: lowest and highest possible activation. By default the first of 0..1, -1..1, 1..5,
            1..7, 1..9, 0..100 that holds every label, which is noted: a corpus rated on 1..7
            without a label above 5 is taken for 1..5, so declare the scale where it is known.
        column: names of columns other than those above, see `read_table`.

    Raises:
        CorpusError: there is no such file, it cannot be read, no standard scale holds the labels,
            or the table breaks a rule (see `make_corpus`).
    """
    path, table = read_utterances(folder, column)
    notes: tuple[str, ...] = ()
    if scale is not None and not scale[0] < scale[1]:
        raise CorpusError(f"`scale` must be low, high with low < high, got {scale} for {path}")
    with naming_columns(table):
        if scale is None:
            scale, notes = _inferred_scale(table, path)
        else:
            _check_declared(table, scale, path)
        try:
            return make_corpus(
                "manifest",
                table,
                scale=scale,
                threshold=threshold,
                notes=notes,
                source=str(path),
                skip_broken=skip_broken,
            )
        except CorpusError as error:
            raise CorpusError("\n  ".join([str(error), *notes])) from error


def read_utterances(folder: Path | None, column: Sequence[str] = ()) -> tuple[Path, pd.DataFrame]:
    """Read the table of a manifest.

    Args:
        folder: manifest or folder, see `read_manifest`.
        column: names of columns other than the known ones, see `read_table`.

    Returns:
        Path of the manifest, and its table with absolute paths and with ids.

    Raises:
        CorpusError: there is no such file, or it cannot be read.
    """
    path = find_manifest(folder)
    table = read_table(path, checks.KNOWN, column)
    table.attrs[REMEDY] = "--column {name}=NAME takes a column of another name"
    for name in ("features", "path"):
        if name in table:
            written = checks.as_text(table[name])
            # Joining an absolute path to a folder gives the absolute path.
            table[name] = [str(path.parent / file) for file in written]
            if "id" not in table:
                table = table.assign(id=_names(written, checks.standardise(table, ())))
    return path, table


def _names(written: pd.Series, table: pd.DataFrame) -> pd.Series:
    """Return ids: the path as it is written, and of a part of a file its times."""
    if "path" not in table or "start" not in table:
        return written
    start, end = (table[name].map("{:.15g}".format) for name in ("start", "end"))
    times = " " + start.replace("nan", "") + "-" + end.replace("nan", "")
    return written + times.where(table["start"].notna() | table["end"].notna(), "")


def find_manifest(folder: Path | None) -> Path:
    """Return the path of the manifest in the folder, or of the manifest that is given itself.

    Raises:
        CorpusError: there is no such file.
    """
    path = existing_path(folder, FOLDER)
    if not path.is_dir():
        if not is_table(path):
            raise CorpusError(f"a manifest must be a .csv, .tsv or .parquet file, got {path}")
        return path
    manifests = [each for each in sorted(path.iterdir()) if each.name.lower() in NAMES]
    if len(manifests) != 1:
        raise CorpusError(f"{path} must hold one of {' and '.join(NAMES)}, has {len(manifests)}")
    return manifests[0]


def _check_declared(table: pd.DataFrame, scale: tuple[float, float], path: Path) -> None:
    """Raise a CorpusError if most labels are off a declared scale: it is wrong, not they."""
    labels = _labels(table)
    off = int((~labels.between(*scale)).sum())
    if 2 * off > len(labels):
        runs = checks.span((labels.min(), labels.max()))
        raise CorpusError(
            f"{path}: {off} of {len(labels)} labels are off the scale {checks.span(scale)} that is "
            f"declared; activation runs over {runs}: declare another with --scale LOW,HIGH"
        )


def _labels(table: pd.DataFrame) -> pd.Series:
    """Return the labels of activation that are numbers."""
    labels: pd.Series = checks.numbers(table.get("activation", pd.Series(dtype=float)))
    finite: pd.Series = labels[np.isfinite(labels)]
    return finite


def _inferred_scale(table: pd.DataFrame, path: Path) -> tuple[tuple[float, float], tuple[str, ...]]:
    """Return the first standard scale that holds all labels, and a note on it."""
    labels = _labels(table)
    if labels.empty:
        return PAPER_SCALE, ()  # nothing to infer from, which the check reports
    span = (labels.min(), labels.max())
    scale = next((s for s in STANDARD_SCALES if s[0] <= span[0] and span[1] <= s[1]), None)
    if scale is None:
        scales = ", ".join(map(checks.span, STANDARD_SCALES))
        raise CorpusError(
            f"{path}: activation runs over {checks.span(span)}, which no standard scale holds "
            f"({scales}): declare it with --scale LOW,HIGH"
        )
    return scale, (
        f"scale {checks.span(scale)} inferred from labels on {checks.span(span)}: "
        "declare it with --scale LOW,HIGH if it is another",
    )


READER = Reader(
    read=read_manifest,
    title="a table of utterances with labels of activation",
    licence="that of the data",
    folder=FOLDER,
)
