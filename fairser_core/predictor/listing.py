"""Recordings of a command line: files, folders and tables of paths."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import soundfile

from fairser_core.predictor.recording import Recording

AUDIO = {f".{name.lower()}" for name in soundfile.available_formats()} | {".aif", ".oga", ".opus"}
ARRAYS = {".npy"}


class ListingError(ValueError):
    """A folder or table holds no recordings."""


def recordings(paths: Sequence[str], suffixes: set[str]) -> list[Recording]:
    """List recordings in order.

    Args:
        paths: paths, each of a file; of a folder, in which all files with one of the `suffixes` are
            taken, also in folders within; or of a table in CSV with a column `path` (relative to
            the table) and perhaps `speaker`.
        suffixes: suffixes of recordings, in lower case.

    Raises:
        ListingError: a folder holds no recording, or a table cannot be read or has no such column.
    """
    return [recording for path in paths for recording in _listed(Path(path), suffixes)]


def _listed(path: Path, suffixes: set[str]) -> Iterator[Recording]:
    if path.is_dir():
        yield from _folder(path, suffixes)
    elif path.suffix.lower() == ".csv":
        yield from _table(path)
    else:
        yield Recording(str(path))  # whether it can be used, predicting will show


def _folder(folder: Path, suffixes: set[str]) -> Iterator[Recording]:
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    if not files:
        raise ListingError(f"{folder}: holds no file that ends in {', '.join(sorted(suffixes))}")
    yield from (Recording(str(path)) for path in files)


def _table(table: Path) -> Iterator[Recording]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            names = rows.fieldnames or []
            if "path" not in names:
                raise ListingError(f"{table}: must have a column `path`, has {', '.join(names)}")
            listed = list(rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ListingError(f"{table}: cannot be read as CSV in UTF-8: {error}") from error
    for number, row in enumerate(listed, start=1):
        if not row["path"]:
            raise ListingError(f"{table}: `path` is empty in row {number}")
        yield Recording(str(table.parent / row["path"]), row.get("speaker") or None)
