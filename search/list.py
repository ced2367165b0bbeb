"""Command that lists the sweeps of a results folder.

python search/list.py
"""

import argparse
import sys

from rich.console import Console

from search.arguments.addresses import RESULTS
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, loading


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    command = command_line(
        typed("list"),
        "List the sweeps of a results folder: what they search, and how far they are.",
        ("", "--results DIR"),
    )
    command.add_argument(
        "--results",
        metavar="DIR",
        help=f"folder or URI that holds all sweeps (default: {RESULTS}/)",
    )
    return command


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        results = parsed(parser(), argv).get("results", RESULTS)
        with loading(console):
            from search.commands.list import run

        run(results, console)

    return exit_status(work, "interrupted")


if __name__ == "__main__":
    sys.exit(main())
