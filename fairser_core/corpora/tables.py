"""Tables from files: the one reader of manifests, ratings, raters and lists of recordings.

Every value of a text file stays text.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import numpy as np
import pandas as pd

from fairser_core.corpora.column_names import known_names
from fairser_core.corpora.problems import HEADER, CorpusError, header_line, nearest, report
from fairser_core.corpora.text_file import read_text
from fairser_core.files.segment import open_regular
from fairser_core.names import named

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
SEPARATORS = (",", ";", "\t")
INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"
"""Characters without width that programs leave round values."""
MOST_COLUMNS = 1000

_UNREAD: ContextVar[dict[str, list[str]] | None] = ContextVar("unread", default=None)


@contextmanager
def noting_columns() -> Iterator[dict[str, list[str]]]:
    """Note columns of tables, read by `read_table` inside the context, that callers do not know.

    Yields:
        Names of such columns by the path of the table.
    """
    columns: dict[str, list[str]] = {}
    token = _UNREAD.set(columns)
    try:
        yield columns
    finally:
        _UNREAD.reset(token)


def unread_notes(columns: Mapping[str, Sequence[str]], read: Collection[str] = ()) -> list[str]:
    """Return a note on the columns of each table that are not read.

    Args:
        columns: names of columns that a reader does not know, by the path of their table.
        read: names among them that are read all the same.
    """
    notes = []
    for path, names in columns.items():
        unread = [name for name in names if name not in read]
        if unread:
            count = f"{len(unread):,} column{'s' * (len(unread) > 1)}"
            notes.append(f"{path}: {count} not read: {named([*map(repr, unread)])}")
    return notes


def is_table(path: Path) -> bool:
    """Return whether a file's name ends as that of a table, in capitals or not."""
    return path.suffix.lower() in (*TEXT[:2], *PARQUET)


def read_table(path: Path, known: Collection[str] = (), column: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table of a user, and note its columns that are not known.

    Rows of a text file are numbered by lines, those of a Parquet file from 1.

    Args:
        path: text file as of `read_csv`, or Parquet file, whose index may hold columns.
        known: names of columns that the caller knows. They are recognised in capitals, and by
            `ALIASES`.
        column: other names of columns, each as KNOWN=NAME; they are taken for the known ones also
            where the table has these, too.

    Raises:
        CorpusError: the file cannot be read, or a column that is named is not there.
    """
    table = read_csv(path, known) if path.suffix.lower() not in PARQUET else _parquet(path, known)
    for name, _, other in (each.partition("=") for each in column):
        if other not in table:
            near = nearest(other, [*map(str, table)])
            hint = f"; the nearest is {near!r}" if near else ""
            raise CorpusError(
                f"{path} has no column {other!r} to take for {name!r}: its columns are "
                f"{', '.join(map(str, table))}{hint}"
            )
        table = table.drop(columns=[name], errors="ignore").rename(columns={other: name})
    unread = _UNREAD.get()
    if unread is not None:
        unread[str(path)] = [name for name in map(str, table) if name and name not in known]
    return table


def _parquet(path: Path, known: Collection[str]) -> pd.DataFrame:
    """Read a Parquet file, see `read_table`."""
    try:
        with open_regular(str(path)):  # which notes it
            table = pd.read_parquet(path)
    except Exception as error:  # of pandas and pyarrow, on damaged files
        raise CorpusError(f"{path} cannot be read as Parquet: {error}") from error
    indexed = [name for name in table.index.names if name is not None and name not in table]
    table = table.reset_index(level=indexed).reset_index(drop=True)
    table.attrs[HEADER] = [str(name) for name in table]
    table.columns = pd.Index(known_names(table.attrs[HEADER], known))
    if table.columns.has_duplicates:
        raise CorpusError(f"{path} must name each column once: {', '.join(table.columns)}")
    table = table.apply(_whole_numbers)
    return table.set_axis(table.index + 1).rename_axis("row")


def _whole_numbers(column: pd.Series) -> pd.Series:
    """Return a column of whole numbers and empty cells as such: speaker 7 is not "7.0".

    pandas makes floats of integers beside an empty cell, also where it writes a file.
    """
    if column.dtype.kind != "f" or not column.isna().any() or column.isna().all():
        return column
    present = column.dropna()
    if not (np.isfinite(present) & (present == present.round()) & (present.abs() < 2**53)).all():
        return column
    return column.astype("Int64").astype(object).where(column.notna(), None)


def read_csv(path: Path, known: Collection[str] = ()) -> pd.DataFrame:
    """Read a text file with a header, in UTF-8; commas, semicolons or tabs separate its values.

    Speaker "007" stays "007", "NA" stays "NA"; blanks round values do not count.

    Args:
        path: path of the file.
        known: names of columns, see `read_table`.

    Returns:
        Columns of text. The index, named "line", holds the line of the file where each row begins;
        the header is line 1. Blank lines are passed over.

    Raises:
        CorpusError: the file cannot be read or is not UTF-8 or not such a table; its header is
            empty or names a column twice; rows are longer or shorter than the header (all are
            listed).
    """
    text, separator = _without_directive(read_text(path))
    separator = separator or _separator(path, text, known)
    written, rows = _rows(path, text, separator)
    if len(written) > MOST_COLUMNS:
        raise CorpusError(f"{path} must have at most {MOST_COLUMNS} columns, has {len(written)}")
    written, rows = _without_empty_columns(written, rows)
    header = known_names(written, known)
    if len(header) == 1 and len({*re.split(r"\W+", header[0].lower())} & {*known}) > 1:
        raise CorpusError(
            f"{path} must have commas, semicolons or tabs between its columns, its header is "
            f"{header[0][:200]!r}"
        )
    if not any(header) or max(Counter(header).values()) > 1:
        raise CorpusError(f"{path} must begin with the names of its columns, each once: {written}")
    ragged = [
        f"line {line}: must have {len(header)} values as the header, has {len(row)}"
        for line, row in rows.items()
        if len(row) != len(header)
    ]
    if ragged:
        raise CorpusError(report(str(path), [ragged, [header_line(written)]]))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=header, dtype="str")
    table.attrs[HEADER] = written
    return table.rename_axis("line")


def _without_empty_columns(
    header: list[str], rows: dict[int, list[str]]
) -> tuple[list[str], dict[int, list[str]]]:
    """Return header and rows without columns that have neither name nor value, as Excel adds."""
    kept = [
        n
        for n, name in enumerate(header)
        if name or any("".join(row[n : n + 1]) for row in rows.values())
    ]
    if len(kept) == len(header):
        return header, rows
    whole = {line: row for line, row in rows.items() if len(row) != len(header)}
    short = {line: [row[n] for n in kept] for line, row in rows.items() if line not in whole}
    return [header[n] for n in kept], {line: whole.get(line) or short[line] for line in rows}


def read_columns(path: Path, names: Sequence[str]) -> pd.DataFrame:
    """Read a text file that has columns of these names, perhaps among others; see `read_csv`.

    Raises:
        CorpusError: the file cannot be read, or lacks one of the columns.
    """
    table = read_csv(path, names)
    lack = [name for name in names if name not in table]
    if lack:
        raise CorpusError(
            f"{path} must have columns {', '.join(names)}, lacks {lack}; {header_line([*table])}"
        )
    return table


def _without_directive(text: str) -> tuple[str, str]:
    """Return the text with Excel's first line `sep=;` emptied, and the separator of that line."""
    first, end, rest = text.partition("\n")
    directive = re.fullmatch(r"\s*\"?sep=([,;\t])\"?\s*", first, re.IGNORECASE)
    return (end + rest, directive[1]) if directive else (text, "")


def _separator(path: Path, text: str, known: Collection[str]) -> str:
    """Return the separator of a table: the one that is in its header, or leads to known names.

    Raises:
        CorpusError: several are in the header, and none or several of them lead to known names.
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    present = [separator for separator in SEPARATORS if separator in first]
    if len(present) < 2:
        return present[0] if present else ","
    counts = {}
    for separator in present:
        names = next(csv.reader([first], delimiter=separator, skipinitialspace=True), [])
        counts[separator] = sum(name in known for name in known_names(names, known))
    best = [separator for separator in present if counts[separator] == max(counts.values())]
    if not known or len(best) == 1:
        return best[0]
    raise CorpusError(
        f"{path} must have one separator between its columns, comma, semicolon or tab, its header "
        f"has several: {first.strip()[:200]!r}"
    )


def _rows(path: Path, text: str, separator: str) -> tuple[list[str], dict[int, list[str]]]:
    """Return the header, and each row that is not blank by the line where it begins.

    Raises:
        CorpusError: quotes do not close; names the line where the row begins.
    """
    lines = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True
    )
    header: list[str] = []
    rows: dict[int, list[str]] = {}
    begins = 1
    while True:
        try:
            row = next(lines)
        except StopIteration:
            return header, rows
        except csv.Error as error:
            raise CorpusError(
                f'{path} cannot be read as CSV in UTF-8: line {begins}: {error}; does a quote (") '
                "stay open?"
            ) from error
        values = [value.strip().strip(INVISIBLE).strip() for value in row]
        if any(values):
            if header:
                rows[begins] = values
            else:
                header = values
        begins = lines.line_num + 1
