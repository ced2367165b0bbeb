"""Tables from files; every value of a text file stays text."""

import csv
from pathlib import Path
from typing import TextIO

import pandas as pd

from fairser_core.corpora.problems import CorpusError, report


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV file with rows numbered by lines, or a Parquet file with rows numbered from 1.

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


def read_csv(path: Path) -> pd.DataFrame:
    """Read a comma-separated UTF-8 file with a header.

    Speaker "007" stays "007", "NA" stays "NA".

    Returns:
        Columns of text. The index, named "line", holds the line of the file where each row begins;
        the header is line 1. Blank lines are passed over.

    Raises:
        CorpusError: the file cannot be read or is not UTF-8 or not CSV; its header is empty or
            names a column twice; rows are longer or shorter than the header (all are listed).
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, rows = _rows(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path} cannot be read as CSV in UTF-8: {error}") from error
    twice = [name for name in header if header.count(name) > 1]
    if not header or twice:
        raise CorpusError(f"{path} must begin with the names of its columns, each once: {header}")
    ragged = [
        f"line {line}: must have {len(header)} values as the header, has {len(row)}"
        for line, row in rows.items()
        if len(row) != len(header)
    ]
    if ragged:
        raise CorpusError(report(str(path), [ragged]))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=header, dtype="str")
    return table.rename_axis("line")


def _rows(file: TextIO) -> tuple[list[str], dict[int, list[str]]]:
    """Return the header, and each row that is not blank by the line where it begins."""
    lines = csv.reader(file, strict=True)
    header = [name.strip() for name in next(lines, [])]
    rows = {}
    begins = lines.line_num + 1
    for row in lines:
        if row:
            rows[begins] = row
        begins = lines.line_num + 1
    return header, rows
