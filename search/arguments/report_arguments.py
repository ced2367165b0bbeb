"""Command line of report.py."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from search.arguments.addresses import RESULTS
from search.arguments.shared_arguments import result_arguments, trust_argument
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed

REPORTS = "reports"
"""Folder of reports in a results folder."""


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    commands = command_line(
        typed("report"),
        "Write a report on sweeps as one HTML page that works without a network, as "
        "Markdown, and each of its tables as CSV. Nothing is trained or tested: results on test "
        "data are those that replicate.py recorded.",
        ("SWEEP", "SWEEP OTHER --out DIR"),
        (),
    )
    commands.add_argument("sweeps", metavar="SWEEP", nargs="+", help="its name or its folder")
    kept = result_arguments(commands)
    kept.add_argument(
        "--out",
        metavar="DIR",
        help=f"folder or URI to write to (default: <results>/{REPORTS}/SWEEP+SWEEP...; a folder "
        f"from elsewhere stays as it is, its report goes to {RESULTS}/{REPORTS} here)",
    )
    trust_argument(kept)
    return commands


@dataclass(frozen=True)
class ReportOptions:
    """Options of the command.

    Attributes:
        sweeps: names or folders of sweeps.
        results: folder or URI that holds all sweeps; None for the default.
        out: folder or URI to write to; None for the default.
        tracking_uri: MLflow's; None for each sweep's own.
        trust_folder: whether folders from elsewhere are treated as the user's own.
    """

    sweeps: Sequence[str]
    results: str | None = None
    out: str | None = None
    tracking_uri: str | None = None
    trust_folder: bool = False


def parse(argv: list[str] | None) -> ReportOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    return ReportOptions(**parsed(parser(), argv))
