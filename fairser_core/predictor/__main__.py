"""Predict with a bundle: python -m fairser_core.predictor BUNDLE FILES..."""

import argparse
import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from fairser_core.csv_cells import cell
from fairser_core.features.speech_folder import SpeechModelError
from fairser_core.files.segment import AudioError
from fairser_core.files.tree import ARRAYS, AUDIO
from fairser_core.predictor import GENDER_FREE, PERSPECTIVES, BundleError, PerspectiveError, load
from fairser_core.predictor.listing import ListingError, list_recordings
from fairser_core.predictor.recording import Recording

PACKAGE = "fairser_core.predictor"
PROG = "fairser predict" if Path(sys.argv[0]).stem == "fairser" else f"python -m {PACKAGE}"
EPILOG = f"""examples:
  {PROG} BUNDLE a.wav b.flac
  {PROG} BUNDLE recordings/ --format json
  {PROG} BUNDLE table.csv --strict

exit status: 0; 1 if a recording could not be used, which stderr names; 2 if
nothing could be done"""
DIGITS = 6  # behind the point
Row = dict[str, str | float]


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    command_line = argparse.ArgumentParser(
        prog=PROG,
        description="Predict activation or emotions of recordings with a model that\n"
        "search/export.py wrote.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument("bundle", metavar="BUNDLE", help="folder that search/export.py wrote")
    command_line.add_argument(
        "files",
        metavar="FILES",
        nargs="+",
        help="recordings of any rate and length; folders of them; or tables (CSV or Parquet) "
        "with a column `path`, perhaps `speaker`, `session`, and `start` and `end` in seconds",
    )
    command_line.add_argument(
        "--perspective",
        choices=PERSPECTIVES,
        default=GENDER_FREE,
        help="whose perception of emotions to predict: women's or men's, if the model has learned "
        f"them (default: {GENDER_FREE})",
    )
    command_line.add_argument(
        "--pretrained",
        metavar="FOLDER",
        help="folder of the pretrained speech model that the bundle names, if it names one",
    )
    command_line.add_argument(
        "--format", choices=tuple(WRITERS), default="csv", help="of the output (default: csv)"
    )
    command_line.add_argument(
        "--strict",
        action="store_true",
        help="stop at the first recording that cannot be used (default: report it, and go on)",
    )
    return command_line


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


def main(argv: list[str] | None = None) -> int:
    """Run the command, and return the exit status.

    Output is UTF-8 whatever the terminal's encoding; names that are no valid text keep their
    bytes.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        return run(parser().parse_args(argv))
    except (BundleError, PerspectiveError, ListingError, SpeechModelError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except BrokenPipeError:  # the reader of the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
