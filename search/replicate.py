"""Replicate what a sweep found: train it again with fresh seeds, test it once, compare.

python search/replicate.py SWEEP
"""

import argparse
import contextlib
import functools
import math
import shlex
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.preparation import check_test_split
from search.arguments.search_arguments import DEFAULTS, count, machine_arguments, result_arguments
from search.front.names import plural
from search.front.pick import FAIREST_WITHIN, RULES, TOLERANCE
from search.planning.failures import SweepFailed
from search.ray_tune.cluster import ClusterError, connected
from search.replication import test_record as examined
from search.replication.estimates import BASELINE, estimates, outcome_csv, systems
from search.replication.estimates_png import outcome_png
from search.replication.estimates_table import outcome_table, trained_table
from search.replication.replication import (
    ALL,
    FOLDER,
    Chosen,
    Replication,
    chosen_of,
    replication_of,
)
from search.replication.testing import asking_for_test, examine_new, untested
from search.running.run_sweep import run_sweep, tell_of_lack
from search.store.lock import locked
from search.store.storage import Storage, check_usable, open_storage
from search.sweep.opening import opened, split_address
from search.sweep.restored_data import learned_from, saved_baseline, saved_data
from search.sweep.sweep import Sweep
from search.terminal.command_names import typed
from search.terminal.console import exit_status, heed_signals, say
from search.tracking.mirror import TrackingError
from search.tracking.sweep_run import restore_tracking
from search.tracking.test_results import nesting, track_tests

SEEDS = 10  # the papers' number


class ReplicationFailed(ValueError):
    """Some of what was chosen could not be trained."""


def parser() -> argparse.ArgumentParser:
    """The parser; options that are not given are absent from its result."""
    made = argparse.ArgumentParser(
        prog=typed("replicate"),
        description="Train members of a sweep's front, and the baseline, again with seeds that "
        "nothing before has seen; test each once on test data, which nothing else reads; compare. "
        "Interrupted, the same command goes on.",
        argument_default=argparse.SUPPRESS,
    )
    made.add_argument("sweep", metavar="SWEEP", help="by its name or its folder")
    what = made.add_argument_group("what is replicated")
    _member_arguments(what)
    what.add_argument(
        "--tolerance",
        metavar="X",
        type=float,
        default=TOLERANCE,
        help=f"of {FAIREST_WITHIN}: accuracy that may be given up (default: {TOLERANCE})",
    )
    what.add_argument(
        "--seeds",
        metavar="N",
        type=count,
        default=SEEDS,
        help=f"fresh seeds of each; more of them may be asked for later (default: {SEEDS})",
    )
    machine_arguments(made)
    result_arguments(made)
    return made


def parse(argv: list[str] | None) -> dict[str, Any]:
    """Options that were given, by name, and `sweep`.

    Exits with a message on a bad command line, as argparse does.
    """
    given = vars(parser().parse_args(argv))
    given["sweep"], results = split_address(given["sweep"], given.get("results"))
    return {**given, "results": results or DEFAULTS["results"]}


def _member_arguments(what: argparse._ArgumentGroup) -> None:
    """Options that say which members are replicated; not more than one of them is given."""
    members = what.add_mutually_exclusive_group()
    members.add_argument(
        "--pick",
        metavar="RULE|TRIAL@EPOCH",
        nargs="+",
        default=[FAIREST_WITHIN],
        help=f"members of the front: {', '.join([FAIREST_WITHIN, *RULES])}, {ALL}, or names as the "
        f"front's table prints them (default: {FAIREST_WITHIN}: the fairest within the tolerance "
        "of the baseline's accuracy)",
    )
    members.add_argument(
        "--top",
        metavar="N",
        type=count,
        help="the N members of the front that together dominate most: each adds the most "
        "hypervolume to those before it",
    )


def run(given: dict[str, Any], console: Console) -> None:
    """Everything the command does, given its options."""
    results = open_storage(given["results"])
    check_usable(results)
    sweep, options = opened(given["sweep"], results)
    options |= given
    chosen = chosen_of(sweep, given["pick"], given["tolerance"], given.get("top"))
    baseline = saved_baseline(sweep, results)
    what = [(sweep, chosen)]
    if baseline:
        what.insert(0, (baseline, [Chosen(BASELINE, {}, baseline.space.budget.epochs)]))
    names = ", ".join(one.name for one in chosen)
    say(console, f"replicating {names} of {sweep.name} with {plural(given['seeds'], 'seed')}")
    with contextlib.ExitStack() as held:
        for one, _ in what:
            held.enter_context(locked(one.folder.folder(FOLDER), f"{one.name}-{FOLDER}"))
        found = [replication_of(one, members, given["seeds"]) for one, members in what]
        if all(one.done and not untested(one) for one in found):
            say(console, "all of it was trained and tested before: this is what was recorded")
        else:
            train_and_test(sweep, found, options, results, console)
        show(sweep, found, options, results, console)
    check_whole(found)


def train_and_test(
    sweep: Sweep,
    found: Sequence[Replication],
    options: dict[str, Any],
    results: Storage,
    console: Console,
) -> None:
    """Train what is not trained yet; then test, once, what never was."""
    corpus, data = saved_data(sweep, options, console)
    if isinstance(corpus, Corpus):
        check_test_split(corpus)
    tags = nesting(sweep, options, results)
    learned = [learned_from(sweep, data) if one is found[-1] else data for one in found]
    if not all(one.done for one in found):
        console.print("starting Ray")
        with connected(options.get("address")):
            for one, own in zip(found, learned, strict=True):
                if not one.done:
                    one.begin(tags if one is found[-1] else {})
                    run_sweep(one, own, options, results, console, trained_table)
    for one, own in zip(found, learned, strict=True):
        examine_new(one, functools.partial(asking_for_test, own, corpus, sweep.space, console))


def show(
    sweep: Sweep,
    found: Sequence[Replication],
    options: dict[str, Any],
    results: Storage,
    console: Console,
) -> None:
    """Print, draw and write what was recorded, also to MLflow."""
    own = found[-1]
    tested = [system for one in found for system in systems(one.folder)]
    if not tested:
        return
    threshold = sweep.facts["corpus"].get("threshold", math.nan)
    estimated = estimates(tested, sweep.space.task, threshold)
    title = f"{sweep.name} on test data of {sweep.facts['corpus']['name']}"
    files = {
        "replication.csv": outcome_csv(estimated, {s.name: len(s.seeds) for s in tested}).encode(),
        "replication.png": outcome_png(tested, sweep.space.task, title),
    }
    own.write(files)
    console.print(outcome_table(tested, estimated, title))
    for one in found:
        for record in examined.read(one.folder):
            seeds = plural(len(record.seeds), "seed")
            say(console, f"{record.name} was tested with {seeds} at {record.time}")
    say(console, f"files   {own.folder.where()}: {', '.join([examined.FILE, *files])}")
    say(console, f"report  {typed('report')} {shlex.quote(sweep.folder.where())}")
    try:
        for one in found:
            tell_of_lack(restore_tracking(one, options, results), console)
            track_tests(one, options, results, files if one is own else {})
    except TrackingError as error:
        say(console, f"MLflow lacks what was tested: {error}", style="yellow")


def check_whole(found: Sequence[Replication]) -> None:
    """Raise a ReplicationFailed if something chosen has no model."""
    for replication in found:
        for one in replication.chosen:
            if not replication.trained(one):
                reasons = [t.reason for t in replication.log.trials.values() if t.reason]
                raise ReplicationFailed(
                    f"{one.name} could not be trained: {reasons[-1]} "
                    f"({replication.folder.where()}); the same command tries again"
                )


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    heed_signals()
    return exit_status(
        lambda console: run(parse(argv), console),
        "interrupted: the same command goes on; nothing shown as done is lost",
        ClusterError,
        TrackingError,
        SweepFailed,
    )


if __name__ == "__main__":
    sys.exit(main())
