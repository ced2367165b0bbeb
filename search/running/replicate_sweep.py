"""Replication of a sweep's members and of its baseline: trained again, tested once, compared."""

import contextlib
import dataclasses
import functools
import shlex
from collections.abc import Sequence

from search.front.names import plural
from search.replication import test_record
from search.replication.choices import Choice, add_choices, baseline_candidates
from search.replication.estimates_csv import estimates_csv
from search.replication.estimates_png import estimates_png
from search.replication.estimates_table import estimates_table, groups_table, trained_table
from search.replication.member_tests import tests_of_members
from search.replication.replication import FOLDER, Replication, replication_of
from search.replication.results import Results, results_of
from search.replication.testing import record_tests, test_arrays, untested
from search.replication.undefined import lacking
from search.running.closing import close
from search.running.run_sweep import Runner
from search.store.lock import locked
from search.sweep.inputs import inputs_of
from search.sweep.stage1 import on_stage1
from search.sweep.sweep import Sweep
from search.tasks.tasks import TASKS
from search.terminal.command_names import typed
from search.terminal.console import say
from search.tracking.store import TrackingError
from search.tracking.test_results import nesting, track_tests

TABLE_FILE = "replication.csv"


class ReplicationFailed(ValueError):
    """A member could not be trained."""


@dataclasses.dataclass(frozen=True)
class Replications:
    """Replications of a sweep and of its baseline.

    Attributes:
        sweep: sweep whose members are replicated.
        members: replication of the members.
        baseline: replication of the baseline's candidates; None without a baseline.
    """

    sweep: Sweep
    members: Replication
    baseline: Replication | None

    @property
    def each(self) -> list[Replication]:
        """The replications, the baseline's first."""
        return [self.baseline, self.members] if self.baseline else [self.members]

    @property
    def done(self) -> bool:
        """Whether all models are trained and tested."""
        return all(each.sweep.done and not untested(each) for each in self.each)


def replicate(sweep: Sweep, choices: Sequence[Choice], seeds: int, runner: Runner) -> None:
    """Train chosen members and their baselines again, test each model once, and show the results.

    Args:
        sweep: sweep with its floors and baseline.
        choices: chosen members.
        seeds: number of fresh seeds of each.
        runner: runner of the replications.

    Raises:
        ReplicationFailed: a member could not be trained; the others are tested.
    """
    baseline = sweep.baseline
    with contextlib.ExitStack() as locks:
        for owner in filter(None, (baseline, sweep)):
            locks.enter_context(locked(owner.folder.folder(FOLDER), f"{owner.name}-{FOLDER}"))
        replications = Replications(
            sweep,
            replication_of(sweep, [choice.candidate for choice in choices], seeds),
            replication_of(baseline, baseline_candidates(baseline, choices), seeds)
            if baseline
            else None,
        )
        if replications.done:
            say(
                runner.console,
                "all of it was trained and tested before: these are the recorded results",
            )
        else:
            replications = _train_and_test(replications, runner)
        add_choices(replications.members.folder, choices)
        _show(replications, runner)
        close(sweep, runner.results, runner.console)
        _track_verdict(sweep, runner)
    for replication in replications.each:
        _check_whole(replication)


def _train_and_test(replications: Replications, runner: Runner) -> Replications:
    """Train the models that are not trained yet; then test those that never were, once.

    Returns:
        The replications as this command resumed them.
    """
    sweep, console = replications.sweep, runner.console
    inputs = inputs_of(sweep.head, console)
    TASKS[sweep.space.task].check_test_data(inputs.corpus)
    tags = nesting(sweep, runner.store)
    begun = Replications(
        sweep,
        _begun(replications.members, tags),
        _begun(replications.baseline, {}) if replications.baseline else None,
    )
    # A baseline builds on no stage 1.
    data = [inputs.data] if begun.baseline else []
    data.append(on_stage1(sweep.head, inputs.data))
    if not all(each.sweep.done for each in begun.each):
        with runner.connected():
            for each, arrays in zip(begun.each, data, strict=True):
                if not each.sweep.done:
                    runner.run(each.sweep, arrays, trained_table)
    for each, arrays in zip(begun.each, data, strict=True):
        make = functools.partial(test_arrays, arrays, inputs.corpus, sweep.space, console)
        record_tests(each, make)
    return begun


def _begun(replication: Replication, tags: dict[str, str]) -> Replication:
    return replication if replication.sweep.done else replication.with_command(tags)


def _show(replications: Replications, runner: Runner) -> None:
    """Print, draw and write the recorded results, also to MLflow."""
    sweep, members, console = replications.sweep, replications.members, runner.console
    results = results_of(sweep)
    if results is None:
        return
    title = f"{sweep.name} on test data of {sweep.facts.inputs.corpus.name}"
    files = _files(results, title)
    members.sweep.write(files)
    console.print(estimates_table(results.systems, results.main, title, results.notes))
    console.print(groups_table(results.systems, results.groups))
    for test in results.tests:
        text = f"{test.name} was tested with {plural(len(test.seeds), 'seed')} at {test.time}"
        if test.repeated:
            times = ", ".join(time or "a time that the damaged log stated" for time in test.begun)
            text += f"; the test was begun {len(test.begun)} times: {times}"
        say(console, text)
    say(console, f"files   {members.folder.where()}: {', '.join([test_record.FILE, *files])}")
    say(console, f"report  {typed('report')} {shlex.quote(sweep.folder.where())}")
    try:
        for each in replications.each:
            runner.restore_tracking(each.sweep)
            track_tests(each.sweep, runner.store, files if each is members else {})
    except TrackingError as error:
        say(console, f"MLflow lacks the tests: {error}", style="yellow")


def _track_verdict(sweep: Sweep, runner: Runner) -> None:
    """Write the verdict, which the tests have changed, to MLflow."""
    if sweep.done:
        try:
            runner.restore_tracking(sweep, tests_of_members(sweep))
        except TrackingError as error:
            say(runner.console, f"MLflow lacks the verdict: {error}", style="yellow")


def _files(results: Results, title: str) -> dict[str, bytes]:
    seeds = {system.name: len(system.seeds) for system in results.systems}
    task = results.speaker_metrics.task_name
    reasons = {system.name: lacking(system, results.speaker_metrics) for system in results.systems}
    return {
        TABLE_FILE: estimates_csv(results.all, seeds, reasons).encode(),
        "replication.png": estimates_png(results.systems, task, title),
    }


def _check_whole(replication: Replication) -> None:
    """Raise a ReplicationFailed if a chosen candidate has no model."""
    for candidate in replication.candidates:
        if not replication.trained_trials(candidate):
            trials = replication.sweep.log.trials.values()
            reasons = [trial.reason for trial in trials if trial.reason]
            raise ReplicationFailed(
                f"{candidate.name} could not be trained: {reasons[-1]} "
                f"({replication.folder.where()}); the same command tries again"
            )
