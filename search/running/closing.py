"""Closing words of a search: the verdict on the screen and in the sweep's folder."""

from rich.console import Console

from search.replication.member_tests import verdict_on
from search.sweep.sweep import Sweep
from search.terminal.console import say
from search.verdict.readme import NAME, readme


def close(sweep: Sweep, baseline: Sweep | None, console: Console) -> None:
    """Print the verdict on a sweep with the commands that follow, and write them to its README.

    Args:
        sweep: sweep with its floors.
        baseline: sweep that trained the baseline; None without a baseline.
        console: console to print on.

    Raises:
        StorageError: the record of tests cannot be read, or the README not be written.
    """
    judged = verdict_on(sweep, baseline)
    sweep.write({NAME: readme(sweep.name, judged).encode()})
    say(console, f"\n{judged.text}", style="bold")
    for command in judged.commands:
        say(console, f"next      {command}")
