"""Command that replicates members of a front: fresh seeds, one test, a comparison.

python search/replicate.py SWEEP
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from search.arguments.run_options import RESULTS, MachineChanges
from search.arguments.search_arguments import split_address
from search.arguments.shared_arguments import (
    machine_arguments,
    result_arguments,
    tolerance_argument,
    trust_argument,
)
from search.arguments.value_types import count
from search.corpus.resolution import TEST_SEEDS
from search.front.names import plural, point_name
from search.front.pick import DEFAULT, FAIREST_WITHIN, RULES
from search.replication.choices import ALL, choose
from search.replication.member_tests import tests_of_members
from search.running.replicate_sweep import replicate
from search.running.run_sweep import Runner
from search.store.results_folder import check_usable, open_storage
from search.sweep.opening import opened
from search.sweep.prerequisites import saved_baseline
from search.sweep.trust import trusted_options
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say
from search.tracking.sweep_run import store_address
from search.verdict.verdict import picked_text


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
        help=f"members of the front: {', '.join([FAIREST_WITHIN, *RULES])}, {ALL}, or names as the "
        f"front's table prints them (default: {DEFAULT}: the fairest within the tolerance "
        "of the baseline's accuracy)",
    )
    members.add_argument(
        "--top",
        metavar="N",
        type=count,
        help="the N members of the front that together dominate most: each adds the most "
        "hypervolume to those before it",
    )


def run(options: ReplicateOptions, console: Console) -> None:
    """Run the command."""
    results = open_storage(options.results)
    check_usable(results)
    sweep = opened(options.sweep, results)
    kept = trusted_options(sweep.facts, sweep.folder, options.given, console=console)
    store = store_address(kept.tracking_uri, results)
    runner = Runner(results, kept.machine, store, console)
    choices = choose(sweep, options.pick, options.tolerance, options.top)
    baseline = saved_baseline(sweep.head, results)
    names = ", ".join(choice.candidate.name for choice in choices)
    tests = tests_of_members(sweep, baseline)
    for choice in choices:
        name = choice.candidate.name
        (point,) = (point for point in sweep.front().members if point_name(point) == name)
        text = picked_text(sweep.front(), point, tests.get(name))
        say(console, text if choice.picked == name else f"{choice.picked} picks {text}")
    say(console, f"replicating {names} of {sweep.name} with {plural(options.seeds, 'seed')}")
    replicate(sweep, baseline, choices, options.seeds, runner)


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return exit_status(
        lambda console: run(parse(argv), console),
        "interrupted; the same command resumes, nothing shown as done is lost",
    )


if __name__ == "__main__":
    sys.exit(main())
