"""Which recordings a command line means: files, folders and tables of paths."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import soundfile

from fairser_core.predictor.recording import Recording

AUDIO = {f".{name.lower()}" for name in soundfile.available_formats()} | {".aif", ".oga", ".opus"}
ARRAYS = {".npy"}


class ListingError(ValueError):
    """There are no recordings to be found where some should be."""


def recordings(places: Sequence[str], suffixes: set[str]) -> list[Recording]:
    """Recordings that are meant, in order.

    Args:
        places: each a file; a folder, of which all files with one of the `suffixes` are taken, also
            in folders in it; or a table in CSV with a column `path` (relative to the table) and
            perhaps `speaker`.
        suffixes: of recordings, lower case.

    Raises:
        ListingError: a folder holds no recording, or a table cannot be read or has no such column.
    """
    return [recording for place in places for recording in _of(Path(place), suffixes)]


def _of(place: Path, suffixes: set[str]) -> Iterator[Recording]:
    if place.is_dir():
        yield from _folder(place, suffixes)
    elif place.suffix.lower() == ".csv":
        yield from _table(place)
    else:
        yield Recording(str(place))  # what is wrong with it, predicting will tell


def _folder(place: Path, suffixes: set[str]) -> Iterator[Recording]:
    found = sorted(path for path in place.rglob("*") if path.suffix.lower() in suffixes)
    if not found:
        raise ListingError(f"{place}: holds no file that ends in {', '.join(sorted(suffixes))}")
    yield from (Recording(str(path)) for path in found)


def _table(place: Path) -> Iterator[Recording]:
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            names = rows.fieldnames or []
            if "path" not in names:
                raise ListingError(f"{place}: must have a column `path`, has {', '.join(names)}")
            found = list(rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ListingError(f"{place}: cannot be read as CSV in UTF-8: {error}") from error
    for line, row in enumerate(found, start=2):
        if not row["path"]:
            raise ListingError(f"{place}: `path` is empty in row {line - 1}")
        yield Recording(str(place.parent / row["path"]), row.get("speaker") or None)
