"""Command that shows a sweep: the verdict, the commands that follow, and the front.

python search/show.py SWEEP
"""

import argparse
import sys

from rich.console import Console

from search.arguments.addresses import RESULTS, split_address
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, loading


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    command = command_line(
        typed("show"),
        "Show a sweep: the verdict, the commands that follow, the front and how certain it is. "
        "Nothing is trained, tested or written.",
        ("SWEEP", "SWEEP --results DIR"),
        ("candidate", "floor", "fresh seeds", "hypervolume", "P"),
    )
    command.add_argument("sweep", metavar="SWEEP", help="its name or its folder")
    command.add_argument(
        "--results",
        metavar="DIR",
        help=f"folder or URI that holds all sweeps (default: {RESULTS}/)",
    )
    return command


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        given = parsed(parser(), argv)
        name, results = split_address(given["sweep"], given.get("results"))
        with loading(console):
            from search.commands.show import run

        run(name, results or RESULTS, console)

    return exit_status(work, "interrupted")


if __name__ == "__main__":
    sys.exit(main())
