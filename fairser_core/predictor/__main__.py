"""Predict with a bundle: python -m fairser_core.predictor BUNDLE FILES..."""

import argparse
import io
import sys
from pathlib import Path

from fairser_core.predictor.perspective import GENDER_FREE, PERSPECTIVES

PACKAGE = "fairser_core.predictor"
PROG = "fairser predict" if Path(sys.argv[0]).stem == "fairser" else f"python -m {PACKAGE}"
EPILOG = f"""examples:
  {PROG} BUNDLE a.wav b.flac
  {PROG} BUNDLE recordings/ --format json
  {PROG} BUNDLE table.csv --strict

exit status: 0; 1 if a recording could not be used, which stderr names; 2 if
nothing could be done"""
FORMATS = "csv", "json"


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
        help="folder of the pretrained speech model that the bundle names, if it names one and "
        "does not hold it",
    )
    command_line.add_argument(
        "--format", choices=FORMATS, default="csv", help="of the output (default: csv)"
    )
    command_line.add_argument(
        "--strict",
        action="store_true",
        help="stop at the first recording that cannot be used (default: report it, and go on)",
    )
    return command_line


def main(argv: list[str] | None = None) -> int:
    """Run the command, and return the exit status.

    Output is UTF-8 whatever the terminal's encoding; names that are no valid text keep their
    bytes.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    options = parser().parse_args(argv)
    sys.stderr.write("loading\n")
    sys.stderr.flush()
    try:
        from fairser_core.predictor.command import run  # torch takes seconds to import

        return run(options)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
