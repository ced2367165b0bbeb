"""Predict with a bundle: python -m fairser_core.predictor BUNDLE FILES..."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from fairser_core.features.audio import AudioError
from fairser_core.predictor import GENDER_FREE, PERSPECTIVES, BundleError, PerspectiveError, load
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.listing import ARRAYS, AUDIO, ListingError, recordings
from fairser_core.predictor.recording import Recording

PACKAGE = "fairser_core.predictor"
DIGITS = 6  # behind the point
Row = dict[str, str | float]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="fairser predict" if Path(sys.argv[0]).stem == "fairser" else f"python -m {PACKAGE}",
        description="Predict activation or emotions of recordings with a model that "
        "search/export.py wrote.",
        epilog="Exit status: 0; 1 if a recording could not be used (stderr names it); 2 if nothing "
        "could be done.",
    )
    made.add_argument("bundle", metavar="BUNDLE", help="folder that search/export.py wrote")
    made.add_argument(
        "files",
        metavar="FILES",
        nargs="+",
        help="recordings of any rate and length; folders of them; or tables in CSV with a column "
        "`path` and perhaps `speaker`",
    )
    made.add_argument(
        "--perspective",
        choices=PERSPECTIVES,
        default=GENDER_FREE,
        help=f"with whose ears to hear emotions (default: {GENDER_FREE})",
    )
    made.add_argument(
        "--format", choices=tuple(WRITERS), default="csv", help="of the output (default: csv)"
    )
    made.add_argument(
        "--strict",
        action="store_true",
        help="stop at the first recording that cannot be used (default: name it, and go on)",
    )
    return made


class Writer(Protocol):
    """Writes rows to stdout."""

    def __init__(self, columns: list[str]) -> None:
        """Begin."""

    def row(self, row: Row) -> None:
        """Write one."""

    def end(self) -> None:
        """No more will come."""


class CsvWriter:
    """A table with a header."""

    def __init__(self, columns: list[str]) -> None:
        """Write the header."""
        self._csv = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        self._csv.writeheader()

    def row(self, row: Row) -> None:
        """Write one."""
        self._csv.writerow(row)

    def end(self) -> None:
        """Nothing is left to write."""


class JsonWriter:
    """A list of objects, one a line."""

    def __init__(self, columns: list[str]) -> None:
        """Open the list."""
        self._before = "["

    def row(self, row: Row) -> None:
        """Write one."""
        sys.stdout.write(f"{self._before}\n{json.dumps(row, ensure_ascii=False)}")
        self._before = ","

    def end(self) -> None:
        """Close the list."""
        sys.stdout.write("[]\n" if self._before == "[" else "\n]\n")


WRITERS: dict[str, type[Writer]] = {"csv": CsvWriter, "json": JsonWriter}


def _counted(found: list[Recording]) -> Iterator[Recording]:
    """The recordings, told on a terminal as they are taken."""
    for number, recording in enumerate(found, start=1):
        if sys.stderr.isatty():
            end = "\n" if number == len(found) else ""
            sys.stderr.write(f"\r{number} of {len(found)} recordings{end}")
            sys.stderr.flush()
        yield recording


def run(options: argparse.Namespace) -> int:
    """Everything the command does; its exit status."""
    predictor = load(options.bundle)
    found = recordings(options.files, AUDIO if predictor.bundle.features else ARRAYS)
    unknown = sum(recording.speaker is None for recording in found)
    if unknown and isinstance(predictor, EmotionPredictor):
        sys.stderr.write(
            "note: features are normalised over each speaker's recordings; those whose speaker no "
            f"table names, {unknown} of {len(found)}, count as one speaker's\n"
        )
    outcomes = predictor.predict(_counted(found), options.perspective)
    writer = WRITERS[options.format](["path", *predictor.columns])
    status = 0
    for recording, outcome in zip(found, outcomes, strict=False):
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
    """Run the command; its exit status."""
    try:
        return run(parser().parse_args(argv))
    except (BundleError, PerspectiveError, ListingError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except BrokenPipeError:  # whoever read the output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
