"""Command line of replicate.py."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from search.arguments.addresses import RESULTS, split_address
from search.arguments.machine_options import MachineChanges
from search.arguments.shared_arguments import (
    TEST_SEEDS,
    machine_arguments,
    result_arguments,
    tolerance_argument,
    trust_argument,
)
from search.arguments.value_types import count
from search.front.rule_names import ALL, DEFAULT, FAIREST_WITHIN, RULE_NAMES
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    commands = command_line(
        typed("replicate"),
        "Train members of a sweep's front again with seeds that neither search nor "
        "check used, and beside each the baseline's candidate by the same rule; test each once on "
        "test data; compare. For activation, test "
        "data are the corpus' test split: no other command evaluates a model on it. For emotions, "
        "they are the session that a fold leaves out: none of the fold's detectors is trained on "
        "it, but it is the validation session of another fold, so its labels took part in the "
        "choice of settings and epoch. Interrupted, the same command resumes.",
        ("SWEEP", "SWEEP --pick knee 12@24 --seeds 5", "SWEEP --top 3"),
        ("candidate", "fresh seeds", "baseline"),
    )
    commands.add_argument("sweep", metavar="SWEEP", help="its name or its folder")
    what = commands.add_argument_group("members")
    _member_arguments(what)
    tolerance_argument(what)
    what.add_argument(
        "--seeds",
        metavar="N",
        type=count,
        default=TEST_SEEDS,
        help=f"fresh seeds of each; a later command may ask for more (default: {TEST_SEEDS})",
    )
    machine_arguments(commands)
    trust_argument(result_arguments(commands))
    return commands


@dataclass(frozen=True)
class ReplicateOptions:
    """Options of the command.

    Attributes:
        sweep: name of the sweep.
        results: folder or URI that holds all sweeps.
        pick: rules, or names of members of the front.
        top: number of members that together dominate most, in place of `pick`; None for `pick`.
        tolerance: accuracy that `fairest-within` may give up.
        seeds: number of fresh seeds of each member.
        machine: options of the machine that were given; the others are the sweep's.
        tracking_uri: MLflow's; None for the sweep's own.
        trust_folder: whether hosts and paths that the sweep's folder names are accepted.
    """

    sweep: str
    results: str
    pick: Sequence[str]
    tolerance: float
    seeds: int
    top: int | None = None
    machine: MachineChanges = field(default_factory=MachineChanges)
    tracking_uri: str | None = None
    trust_folder: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """Options in place of the sweep's own, by name."""
        options = {**vars(self.machine), "tracking_uri": self.tracking_uri}
        given = {name: value for name, value in options.items() if value is not None}
        return given | ({"trust_folder": True} if self.trust_folder else {})


def parse(argv: list[str] | None) -> ReplicateOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    given = parsed(parser(), argv)
    name, results = split_address(given.pop("sweep"), given.pop("results", None))
    machine = MachineChanges(**{n: given.pop(n) for n in MachineChanges.names() if n in given})
    return ReplicateOptions(name, results or RESULTS, **given, machine=machine)


def _member_arguments(what: argparse._ArgumentGroup) -> None:
    """Add the options that choose members; at most one of them may be given."""
    members = what.add_mutually_exclusive_group()
    members.add_argument(
        "--pick",
        metavar="RULE|TRIAL@EPOCH",
        nargs="+",
        default=[DEFAULT],
        help=f"members of the front: {', '.join([FAIREST_WITHIN, *RULE_NAMES])}, {ALL}, or names "
        f"as the front's table prints them (default: {DEFAULT}: the fairest within the tolerance "
        "of the baseline's accuracy)",
    )
    members.add_argument(
        "--top",
        metavar="N",
        type=count,
        help="the N members of the front that together dominate most: each adds the most "
        "hypervolume to those before it",
    )
