"""Search of a space: trials on Ray Tune, and the Pareto front of them."""

import contextlib
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from fairser_core.datasets.data import Data
from search.arguments.addresses import RESULTS
from search.arguments.run_request import RunRequest
from search.corpus.facts import InputFacts
from search.corpus.reading import check_goes, read_inputs
from search.corpus.record import keep_record
from search.front.point import Point
from search.replication.repair import repair_logs
from search.store.lock import locked
from search.store.results_folder import check_usable, open_storage
from search.store.storage import Storage
from search.sweep.head import SweepHead
from search.sweep.opening import Opening, open_sweep, searching
from search.sweep.prerequisites import baseline_space
from search.sweep.senseless import senseless
from search.sweep.stage1 import (
    adopt,
    builds_on_stage1,
    named_stage1,
    on_stage1,
    stage1_space,
    stage1_text,
)
from search.sweep.sweep import Sweep
from search.terminal.command_names import typed
from search.terminal.console import say
from search.verdict.collapse import collapsed
from search.verdict.subject import subject_of

if TYPE_CHECKING:
    from search.running.run_sweep import Runner
    from search.tracking.sweep_run import StoreAddress


def mlflow_command(uri: str) -> str:
    """Return the command that shows a tracking store, or the address of a server.

    Args:
        uri: tracking URI of MLflow.
    """
    if uri.startswith("http"):
        return uri
    mlflow = "mlflow" if shutil.which("mlflow") else f"{Path(sys.executable).parent / 'mlflow'}"
    registry = os.environ.get("MLFLOW_REGISTRY_URI")
    beside = f" --registry-store-uri {shlex.quote(registry)}" if registry else ""
    return f"{mlflow} ui --backend-store-uri {shlex.quote(uri)}{beside}"


def say_front_page(sweep: Sweep | None, store: "StoreAddress", console: Console) -> None:
    """Print the address at which MLflow shows the front of a finished sweep."""
    from search.tracking.store import TrackingError
    from search.tracking.sweep_run import front_address

    if sweep and sweep.done:
        with contextlib.suppress(TrackingError):  # which the views have reported
            say(console, f"front at  {front_address(sweep, store)}")


def hints(head: SweepHead, sweep: Sweep | None, results: str, uri: str) -> str:
    """Return the commands that come next.

    Args:
        head: head of the sweep.
        sweep: sweep that was run; None if its prerequisites are not trained.
        results: folder or URI that holds all sweeps, as typed.
        uri: tracking URI of MLflow.
    """
    where = "" if results == RESULTS else f" --results {shlex.quote(results)}"
    done = sweep is not None and sweep.done
    more = f" --trials {2 * head.space.budget.trials}" if done else ""
    lines = [
        f"files     {head.folder.where()}",
        f"in MLflow {mlflow_command(uri)}",
        f"resume    {typed('run')} --resume {shlex.quote(head.name)}{where}{more}",
    ]
    return "\n".join(lines)


def run(request: RunRequest, console: Console) -> str:
    """Run the sweep of a request, and return its name.

    Args:
        request: request of the command line.
        console: console to print on.
    """
    from search.running.closing import close  # Ray and MLflow take seconds to import
    from search.running.run_sweep import Runner
    from search.running.visible_differences import show_assumed
    from search.tracking.sweep_run import store_address

    results = open_storage(request.results)
    check_usable(results)
    if request.resume and request.repair:
        repair_logs(request.resume, results, console)
    opening = open_sweep(request, results, console)
    options = opening.options
    check_goes(opening.space, options.corpus)
    chosen = chosen_stage1(opening, results)
    with locked(opening.folder, opening.name):
        before = opening.facts.inputs if opening.facts else None
        inputs = read_inputs(opening.space, options.corpus, console, before)
        for note in senseless(opening.space, inputs.data):
            say(console, note, style="yellow")
        head = begun_head(opening, inputs.facts, chosen, console)
        keep_record(head.folder, head.facts.id, head.space.task, inputs.corpus)
        show_assumed(head, inputs.corpus, console)
        store = store_address(options.tracking_uri, results)
        runner = Runner(results, options.machine, store, console)
        sweep = None
        try:
            with runner.connected():
                sweep = with_prerequisites(head, inputs.data, runner)
                note_bare_lines(sweep, console)
                if sweep.facts.stage1:
                    say(console, stage1_text(sweep.facts.stage1))
                runner.run(sweep, on_stage1(sweep.head, inputs.data))
            close(sweep, results, console)
        finally:
            say(console, hints(head, sweep, request.results, store.uri))
            say_front_page(sweep, store, console)
    return head.name


def chosen_stage1(opening: Opening, results: Storage) -> tuple[Sweep, Point] | None:
    """Return the sweep and the member that `--stage1` names; None if the sweep has its stage 1.

    Args:
        opening: opening of the sweep.
        results: folder of all sweeps.

    Raises:
        Stage1Error, NoSuchSweep, NotBegun: see `named_stage1`.
    """
    given = opening.options.stage1
    if given is None or (opening.facts and opening.facts.stage1):
        return None
    return named_stage1(opening.space, given, results)


def begun_head(
    opening: Opening,
    inputs: InputFacts,
    stage1: tuple[Sweep, Point] | None,
    console: Console,
) -> SweepHead:
    """Write the head of a sweep as it begins to run, print changes, and return the head.

    Args:
        opening: opening of the sweep.
        inputs: facts of the corpus and the features that it learns from.
        stage1: sweep and member to build on; None without, or if they are adopted already.
        console: console to print on.
    """
    head = opening.head(inputs)
    for note in opening.changes(head.facts):
        say(console, note, style="yellow")
    if stage1:
        head = adopt(head, *stage1)
    head.write()
    return head


def with_prerequisites(head: SweepHead, data: Data, runner: "Runner") -> Sweep:
    """Train the prerequisites of a sweep, and return the sweep.

    Prerequisites are the baseline if the space has floors, and stage 1 if the method builds on one
    and none was named.

    Args:
        head: head of the sweep.
        data: arrays of the task.
        runner: runner of the prerequisites.
    """
    from search.running.visible_differences import show_measured

    baseline = None
    if head.space.floor:
        space = baseline_space(head.space)
        baseline = runner.prerequisite("baseline", "the baseline", space, head, data)
        head = head.with_facts(baseline=baseline.name)
        sweep = searching(head, baseline)
        nothing = collapsed(sweep.front(), subject_of(sweep))
        if nothing:
            say(runner.console, nothing, style="yellow")
        else:
            show_measured(sweep, runner.console)
    if builds_on_stage1(head.space) and not head.facts.stage1:
        space = stage1_space(head.space, head.facts.options.corpus.corpus)
        stage1 = runner.prerequisite(f"stage1-{space.method}", "stage 1", space, head, data)
        head = adopt(head, stage1)
    return searching(head, baseline)


def note_bare_lines(sweep: Sweep, console: Console) -> None:
    """Print how many lines of a sweep's log bear no digest, if any."""
    if sweep.log.bare_lines:
        say(
            console,
            f"the first {sweep.log.bare_lines} lines of the log bear no digests, as an earlier "
            "fairser wrote them: from now on each line does, and covers them",
            style="yellow",
        )
