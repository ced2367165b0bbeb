"""Command that replicates members of a front: fresh seeds, one test, a comparison.

python search/replicate.py SWEEP
"""

import argparse
import contextlib
import functools
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from rich.console import Console

from search.arguments.run_options import RESULTS
from search.arguments.search_arguments import split_address
from search.arguments.shared_arguments import machine_arguments, result_arguments
from search.arguments.value_types import count
from search.front.names import plural
from search.front.pick import FAIREST_WITHIN, RULES, TOLERANCE
from search.ray_tune import cluster
from search.replication import test_record
from search.replication.estimates import estimates, estimates_csv
from search.replication.estimates_png import estimates_png
from search.replication.estimates_table import estimates_table, trained_table
from search.replication.replication import (
    ALL,
    FOLDER,
    ReplicatedCandidate,
    Replication,
    choose_candidates,
    replication_of,
)
from search.replication.systems import BASELINE, systems
from search.replication.testing import record_tests, test_arrays, untested
from search.running.run_sweep import Runner
from search.store.lock import locked
from search.store.results_folder import check_usable, open_storage
from search.sweep.inputs import inputs_of
from search.sweep.opening import opened
from search.sweep.prerequisites import saved_baseline
from search.sweep.stage1 import on_stage1
from search.sweep.sweep import Sweep
from search.tasks.tasks import TASKS
from search.terminal.command_names import typed
from search.terminal.console import exit_status, heed_signals, say
from search.tracking.store import TrackingError
from search.tracking.sweep_run import store_address
from search.tracking.test_results import nesting, track_tests

SEEDS = 10  # the papers' number


class ReplicationFailed(ValueError):
    """A member could not be trained."""


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    made = argparse.ArgumentParser(
        prog=typed("replicate"),
        description="Train members of a sweep's front, and the baseline, again with seeds that "
        "neither search nor check used; test each once on test data; compare. For activation, test "
        "data are the corpus' test split: no other command evaluates a model on it. For emotions, "
        "they are the session that a fold leaves out: none of the fold's detectors is trained on "
        "it, but it is the validation session of another fold, so its labels took part in the "
        "choice of settings and epoch. Interrupted, the same command resumes.",
        argument_default=argparse.SUPPRESS,
    )
    made.add_argument("sweep", metavar="SWEEP", help="its name or its folder")
    what = made.add_argument_group("members")
    _member_arguments(what)
    what.add_argument(
        "--tolerance",
        metavar="X",
        type=float,
        default=TOLERANCE,
        help=f"accuracy that {FAIREST_WITHIN} may give up (default: {TOLERANCE})",
    )
    what.add_argument(
        "--seeds",
        metavar="N",
        type=count,
        default=SEEDS,
        help=f"fresh seeds of each; a later command may ask for more (default: {SEEDS})",
    )
    machine_arguments(made)
    result_arguments(made)
    return made


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
        machine: given options of the machine, by name; the others are the sweep's.
    """

    sweep: str
    results: str
    pick: Sequence[str]
    tolerance: float
    seeds: int
    top: int | None = None
    machine: Mapping[str, Any] = field(default_factory=dict)


def parse(argv: list[str] | None) -> ReplicateOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    given = vars(parser().parse_args(argv))
    name, results = split_address(given.pop("sweep"), given.pop("results", None))
    own = {f.name: given.pop(f.name) for f in fields(ReplicateOptions) if f.name in given}
    return ReplicateOptions(name, results or RESULTS, **own, machine=given)


def _member_arguments(what: argparse._ArgumentGroup) -> None:
    """Add the options that choose members; at most one of them may be given."""
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


def run(options: ReplicateOptions, console: Console) -> None:
    """Run the command."""
    results = open_storage(options.results)
    check_usable(results)
    sweep = opened(options.sweep, results)
    run_options = sweep.facts.options.changed(options.machine)
    store = store_address(run_options.tracking_uri, results)
    runner = Runner(results, run_options.machine, store, console)
    candidates = choose_candidates(sweep, options.pick, options.tolerance, options.top)
    names = ", ".join(candidate.name for candidate in candidates)
    say(console, f"replicating {names} of {sweep.name} with {plural(options.seeds, 'seed')}")
    owners = [(sweep, candidates)]
    baseline = saved_baseline(sweep.head, results)
    if baseline:
        epochs = baseline.space.budget.epochs
        owners.insert(0, (baseline, [ReplicatedCandidate(BASELINE, {}, epochs)]))
    with contextlib.ExitStack() as locks:
        for owner, _ in owners:
            locks.enter_context(locked(owner.folder.folder(FOLDER), f"{owner.name}-{FOLDER}"))
        replications = [replication_of(owner, members, options.seeds) for owner, members in owners]
        if all(one.sweep.done and not untested(one) for one in replications):
            say(console, "all of it was trained and tested before: these are the recorded results")
        else:
            replications = train_and_test(sweep, replications, runner)
        show(sweep, replications, runner)
    check_whole(replications)


def train_and_test(
    sweep: Sweep, replications: Sequence[Replication], runner: Runner
) -> list[Replication]:
    """Train the members that are not trained yet; then test those that never were, once.

    Args:
        sweep: that is replicated.
        replications: that of the baseline, then that of the sweep.
        runner: of the replications.

    Returns:
        The replications as this command resumed them.
    """
    inputs = inputs_of(sweep.head, runner.console)
    TASKS[sweep.space.task].check_test_data(inputs.corpus)
    *others, own = replications
    tags = nesting(sweep, runner.store)
    begun = [one if one.sweep.done else one.with_command({}) for one in others]
    begun.append(own if own.sweep.done else own.with_command(tags))
    data = [*(inputs.data for _ in others), on_stage1(sweep.head, inputs.data)]
    if not all(one.sweep.done for one in begun):
        runner.console.print("starting Ray")
        with cluster.connected(runner.machine.address):
            for one, arrays in zip(begun, data, strict=True):
                if not one.sweep.done:
                    runner.run(one.sweep, arrays, trained_table)
    for one, arrays in zip(begun, data, strict=True):
        make = functools.partial(test_arrays, arrays, inputs.corpus, sweep.space, runner.console)
        record_tests(one, make)
    return begun


def show(sweep: Sweep, replications: Sequence[Replication], runner: Runner) -> None:
    """Print, draw and write the recorded results, also to MLflow."""
    console, own, corpus = runner.console, replications[-1].sweep, sweep.facts.inputs.corpus
    tested = [system for one in replications for system in systems(one.folder)]
    if not tested:
        return
    estimated = estimates(tested, sweep.space.task, corpus.level_threshold)
    title = f"{sweep.name} on test data of {corpus.name}"
    files = {
        "replication.csv": estimates_csv(
            estimated, {s.name: len(s.seeds) for s in tested}
        ).encode(),
        "replication.png": estimates_png(tested, sweep.space.task, title),
    }
    own.write(files)
    console.print(estimates_table(tested, estimated, title))
    for one in replications:
        for test in test_record.read(one.folder):
            seeds = plural(len(test.seeds), "seed")
            say(console, f"{test.name} was tested with {seeds} at {test.time}")
    say(console, f"files   {own.folder.where()}: {', '.join([test_record.FILE, *files])}")
    say(console, f"report  {typed('report')} {shlex.quote(sweep.folder.where())}")
    try:
        for one in replications:
            runner.restore_tracking(one.sweep)
            track_tests(one.sweep, runner.store, files if one.sweep is own else {})
    except TrackingError as error:
        say(console, f"MLflow lacks the tests: {error}", style="yellow")


def check_whole(replications: Sequence[Replication]) -> None:
    """Raise a ReplicationFailed if a chosen member has no model."""
    for replication in replications:
        for candidate in replication.candidates:
            if not replication.trained_trials(candidate):
                trials = replication.sweep.log.trials.values()
                reasons = [trial.reason for trial in trials if trial.reason]
                raise ReplicationFailed(
                    f"{candidate.name} could not be trained: {reasons[-1]} "
                    f"({replication.folder.where()}); the same command tries again"
                )


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    heed_signals()
    return exit_status(
        lambda console: run(parse(argv), console),
        "interrupted; the same command resumes, nothing shown as done is lost",
    )


if __name__ == "__main__":
    sys.exit(main())
