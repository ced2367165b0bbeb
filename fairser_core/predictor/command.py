"""Command that predicts recordings: reads them, and writes rows to stdout."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from typing import Protocol

from fairser_core.csv_cells import cell
from fairser_core.features.speech_folder import SpeechModelError
from fairser_core.files.segment import AudioError
from fairser_core.files.tree import ARRAYS, AUDIO
from fairser_core.predictor.fields import BundleError
from fairser_core.predictor.listing import ListingError, list_recordings
from fairser_core.predictor.loading import load
from fairser_core.predictor.perspective import PerspectiveError
from fairser_core.predictor.recording import Recording

DIGITS = 6  # behind the point
Row = dict[str, str | float]


class Writer(Protocol):
    """Writer of rows to stdout."""

    def __init__(self, columns: list[str]) -> None:
        """Begin the output."""

    def row(self, row: Row) -> None:
        """Write a row."""

    def end(self) -> None:
        """End the output."""


class CsvWriter:
    """Writer of a table with a header."""

    def __init__(self, columns: list[str]) -> None:
        """Write the header."""
        self._csv = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        self._quoted = csv.DictWriter(
            sys.stdout, columns, lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        self._csv.writeheader()

    def row(self, row: Row) -> None:
        """Write a row."""
        # A carriage return, which a name may hold, is quoted as a line feed is.
        quoted = any("\r" in str(value) for value in row.values())
        cells = {name: cell(value, quoted=quoted) for name, value in row.items()}
        (self._quoted if quoted else self._csv).writerow(cells)

    def end(self) -> None:
        """Write nothing: a table has no end."""


def _json(row: Row) -> str:
    """Return a row as JSON, which is valid UTF-8 also with names that are not valid text."""
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(row)
    return text


class JsonWriter:
    """Writer of a list of objects, one a line."""

    def __init__(self, columns: list[str]) -> None:
        """Open the list."""
        self._before = "["

    def row(self, row: Row) -> None:
        """Write a row."""
        sys.stdout.write(f"{self._before}\n{_json(row)}")
        self._before = ","

    def end(self) -> None:
        """Close the list."""
        sys.stdout.write("[]\n" if self._before == "[" else "\n]\n")


WRITERS: dict[str, type[Writer]] = {"csv": CsvWriter, "json": JsonWriter}


def _counted(listed: list[Recording]) -> Iterator[Recording]:
    """Yield the recordings; count them on a terminal."""
    for number, recording in enumerate(listed, start=1):
        if sys.stderr.isatty():
            end = "\n" if number == len(listed) else ""
            sys.stderr.write(f"\r{number} of {len(listed)} recordings{end}")
            sys.stderr.flush()
        yield recording


def run(options: argparse.Namespace) -> int:
    """Predict the recordings of a command line, and return the exit status."""
    try:
        return _predict(options)
    except (BundleError, PerspectiveError, ListingError, SpeechModelError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except BrokenPipeError:  # the reader of the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _predict(options: argparse.Namespace) -> int:
    predictor = load(options.bundle, options.pretrained)
    listing = list_recordings(options.files, AUDIO if predictor.bundle.features else ARRAYS)
    listed = listing.recordings
    for note in listing.notes:
        sys.stderr.write(f"note: {note}\n")
    outcomes = predictor.predict(_counted(listed), options.perspective)
    writer = WRITERS[options.format](["path", *predictor.columns])
    status = 0
    for recording, outcome in zip(listed, outcomes, strict=False):
        if isinstance(outcome, AudioError):
            sys.stderr.write(f"error: {outcome}\n")
            status = 1
            if options.strict:
                break
            continue
        rounded = {k: round(v, DIGITS) if isinstance(v, float) else v for k, v in outcome.items()}
        writer.row({"path": recording.name, **rounded})
    writer.end()
    return status
