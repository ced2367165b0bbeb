"""Command that shows a sweep: the verdict, the commands that follow, and the front.

python search/show.py SWEEP
"""

import argparse
import sys

from rich.console import Console

from search.arguments.run_options import RESULTS
from search.arguments.search_arguments import split_address
from search.presentation.front_table import front_table
from search.presentation.intervals_table import intervals_table
from search.replication.member_tests import verdict_on
from search.store.results_folder import open_storage
from search.sweep.opening import opened
from search.sweep.prerequisites import saved_baseline
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say


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


def run(name: str, results: str, console: Console) -> None:
    """Run the command."""
    storage = open_storage(results)
    sweep = opened(name, storage)
    front, judged = sweep.front(), verdict_on(sweep, saved_baseline(sweep.head, storage))
    failed = {n: t.reason for n, t in sweep.log.trials.items() if t.state == "failed"}
    console.print(front_table(front, failed))
    if front.members:
        console.print(intervals_table(front))
    say(console, f"\n{judged.text}", style="bold")
    for command in judged.commands:
        say(console, f"next      {command}")


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def show(console: Console) -> None:
        given = parsed(parser(), argv)
        name, results = split_address(given["sweep"], given.get("results"))
        run(name, results or RESULTS, console)

    return exit_status(show, "interrupted")


if __name__ == "__main__":
    sys.exit(main())
