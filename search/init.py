"""Command that makes the files of a study of one's own: a table of recordings, and a space.

python search/init.py study --audio recordings
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from search.arguments.run_options import RunOptions
from search.space.files import available
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, loading


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    command = command_line(
        typed("init"),
        "Make the files to begin a study of your own recordings with: a table with a row a "
        "recording, whose other columns are left to fill in, and a copy of a space with its "
        "comments. Files that exist are never replaced.",
        ("study --audio recordings", "study --audio recordings --space classifier"),
    )
    command.add_argument("folder", metavar="FOLDER", help="folder for the files; made if need be")
    command.add_argument(
        "--audio",
        metavar="DIR",
        type=Path,
        help="folder of the recordings, with those below it (default: no rows)",
    )
    command.add_argument(
        "--space",
        choices=available(),
        default=RunOptions.space,
        help=f"space to begin with (default: {RunOptions.space})",
    )
    return command


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        given = parsed(parser(), argv)
        with loading(console):
            from search.commands.init import run

        run(Path(given["folder"]), given.get("audio"), given["space"], console)

    return exit_status(work, "interrupted; what was written stands")


if __name__ == "__main__":
    sys.exit(main())
