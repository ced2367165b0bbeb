"""A corpus of one's own: a CSV or Parquet file with one row an utterance."""

from pathlib import Path

import numpy as np
import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.corpus import PAPER_SCALE, Corpus, CorpusError, existing, make_corpus
from fairser_core.corpora.tables import read_csv

STANDARD_SCALES = ((0.0, 1.0), (-1.0, 1.0), (1.0, 5.0), PAPER_SCALE, (1.0, 9.0), (0.0, 100.0))
NAMES = ("manifest.csv", "manifest.parquet")


def read_manifest(
    folder: Path | None,
    *,
    threshold: float | None = None,
    skip_broken: bool = False,
    scale: tuple[float, float] | None = None,
) -> Corpus:
    """Read a manifest.

    Columns: `path` (audio file) or `features` (.npy file, a float array (frame, coefficient)),
    absolute or relative to the manifest; `speaker`; `gender`; `split`; `activation`; `id`, by
    default the path as it is written. Other columns are kept as they are.

    Args:
        folder: the manifest, a .csv file (UTF-8, commas) or a .parquet file; or the folder that
            holds one named manifest.csv or manifest.parquet.
        threshold: activation above it is high; by default 3.5 on 1..7, else the scale's middle.
        skip_broken: leave out rows that cannot be used, and note how many.
        scale: lowest and highest possible activation. By default the first of 0..1, -1..1, 1..5,
            1..7, 1..9, 0..100 that holds every label, which a note says: a corpus rated on 1..7
            without a label above 5 is taken for 1..5, so declare the scale where it is known.

    Raises:
        CorpusError: there is no such file, it cannot be read, no standard scale holds the labels,
            or the table is not sound (see `make_corpus`).
    """
    path, table = read_utterances(folder)
    notes: tuple[str, ...] = ()
    if scale is None:
        scale, notes = _inferred_scale(table, path)
    elif not scale[0] < scale[1]:
        raise CorpusError(f"`scale` must be low, high with low < high, got {scale} for {path}")
    return make_corpus(
        "manifest",
        table,
        scale=scale,
        threshold=threshold,
        notes=notes,
        place=str(path),
        skip_broken=skip_broken,
    )


def read_utterances(folder: Path | None) -> tuple[Path, pd.DataFrame]:
    """The manifest's path, and its table with absolute paths and with ids.

    Raises:
        CorpusError: there is no such file, or it cannot be read.
    """
    path = find_manifest(folder)
    table = read_table(path)
    for name in ("features", "path"):
        if name in table:
            written = checks.as_text(table[name])
            # Joining an absolute path to a folder gives the absolute path.
            table[name] = [str(path.parent / one) for one in written]
            table = table if "id" in table else table.assign(id=written)
    return path, table


def find_manifest(folder: Path | None) -> Path:
    """The manifest in the folder, or the one given itself.

    Raises:
        CorpusError: there is no such file.
    """
    place = existing(folder, "a manifest, a .csv or .parquet file")
    if place.is_file():
        if place.suffix not in (".csv", ".parquet"):
            raise CorpusError(f"a manifest must be a .csv or .parquet file, got {place}")
        return place
    found = [place / name for name in NAMES if (place / name).is_file()]
    if len(found) != 1:
        raise CorpusError(f"{place} must hold one of {' and '.join(NAMES)}, has {len(found)}")
    return found[0]


def read_table(path: Path) -> pd.DataFrame:
    """A CSV file, its rows numbered by lines, or a Parquet file, its rows numbered from 1.

    Raises:
        CorpusError: the file cannot be read.
    """
    if path.suffix == ".csv":
        return read_csv(path)
    try:
        table = pd.read_parquet(path).reset_index(drop=True)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read as Parquet: {error}") from error
    return table.set_axis(table.index + 1).rename_axis("row")


def _inferred_scale(table: pd.DataFrame, path: Path) -> tuple[tuple[float, float], tuple[str, ...]]:
    """The smallest standard scale that holds all labels, and a note that says so."""
    labels = pd.to_numeric(table.get("activation", pd.Series(dtype=float)), errors="coerce")
    labels = labels[np.isfinite(labels)]
    if labels.empty:
        return PAPER_SCALE, ()  # nothing to infer from, which the check reports
    span = (labels.min(), labels.max())
    scale = next((s for s in STANDARD_SCALES if s[0] <= span[0] and span[1] <= s[1]), None)
    if scale is None:
        known = ", ".join(map(checks.span, STANDARD_SCALES))
        raise CorpusError(
            f"{path}: activation runs over {checks.span(span)}, which no standard scale holds "
            f"({known}): declare it with --scale LOW,HIGH"
        )
    return scale, (
        f"scale {checks.span(scale)} inferred from labels on {checks.span(span)}: "
        "declare it with --scale LOW,HIGH if it is another",
    )
