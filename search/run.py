"""Search a space: train its trials on Ray Tune and keep the Pareto front.

python search/run.py --space adversarial
"""

import contextlib
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from fairser_core.courses import Data
from search import arguments, provenance
from search.cluster import ClusterError, Resources, connected, gpus, slots
from search.failures import SweepFailed
from search.inputs import (
    check_goes,
    checkpoint_facts,
    corpus_facts,
    make_data,
    read_checkpoint,
    read_of,
)
from search.lock import locked
from search.opening import open_sweep
from search.plan import fresh_seeds
from search.reference import baseline_name, baseline_space, baseline_sweep, floor_of
from search.sameness import check_same, features_facts, space_facts
from search.say import exit_status, say
from search.screen import Screen
from search.storage import Storage, StorageError, check_usable, open_storage
from search.sweep import Sweep
from search.tracking import Tracking, TrackingError
from search.tracking_sweep import restore_tracking, track, tracking_uri
from search.views import Views


def tell_of_lack(tracking: Tracking, console: Console) -> None:
    """Say what MLflow could not be told."""
    if tracking.problem:
        say(console, f"MLflow lacks some of this sweep: {tracking.problem}", style="yellow")


def run_sweep(
    sweep: Sweep, data: Data, options: dict[str, Any], results: Storage, console: Console
) -> None:
    """Run what is left of a sweep with all its views; they end in order whatever happens."""
    sweep.write_facts()
    need = Resources(
        options["cpus_per_trial"], options.get("gpus_per_trial", 1.0 if gpus() else 0.0)
    )
    concurrent = min(options.get("concurrent", sys.maxsize), slots(need))
    tracking = track(sweep, tracking_uri(options, results), results)
    budget = sweep.space.budget
    title = f"{sweep.name} on {sweep.facts['corpus']['name']}"
    with Screen(title, budget, console=console) as screen:
        screen.update(sweep.log.trials, sweep.front())  # what was there before is not told again
        views = Views(screen, tracking)
        try:
            sweep.run(data, need, concurrent, views.changed, options["max_failures"])
        except BaseException:
            with contextlib.suppress(StorageError):  # which may be the very error
                views.finish(sweep)
            raise
        else:
            views.finish(sweep)
        finally:
            tell_of_lack(tracking, console)


def hints(sweep: Sweep, options: dict[str, Any], results: Storage) -> str:
    """The commands that come next."""
    script = Path(sys.argv[0]).name == "run.py" and "run.py" in sys.orig_argv[1]
    command = f"python {sys.orig_argv[1]}" if script else "python -m search.run"
    elsewhere = options["results"] != arguments.DEFAULTS["results"]
    where = f" --results {shlex.quote(options['results'])}" if elsewhere else ""
    mlflow = "mlflow" if shutil.which("mlflow") else f"{Path(sys.executable).parent / 'mlflow'}"
    uri = tracking_uri(options, results)
    look = uri if uri.startswith("http") else f"{mlflow} ui --backend-store-uri {uri}"
    more = "" if not sweep.done else f" --trials {2 * sweep.space.budget.trials}"
    return (
        f"files     {sweep.folder.where()}\n"
        f"in MLflow {look}\n"
        f"go on     {command} --resume {sweep.name}{where}{more}"
    )


def run(given: dict[str, Any], console: Console) -> None:
    """Everything the command does, given its options."""
    results = open_storage(given.get("results", arguments.DEFAULTS["results"]))
    check_usable(results)
    sweep, options = open_sweep(given, results)
    check_goes(sweep.space, options)
    with locked(sweep.folder, sweep.name):
        space = space_facts(sweep.space)
        check_same("space", sweep.facts.get("searched"), space)
        wav2vec = read_checkpoint(options)
        checkpoint = checkpoint_facts(wav2vec)
        check_same("checkpoint", sweep.facts.get("checkpoint"), checkpoint or {})
        corpus = read_of(sweep.space, options, console)
        facts = corpus_facts(corpus)
        check_same("corpus", sweep.facts.get("corpus"), facts)
        for note in corpus.notes:
            say(console, f"corpus {corpus.name}: {note}")
        data = make_data(corpus, sweep.space, console, wav2vec)
        features = features_facts(data)
        check_same("feature set", sweep.facts.get("features"), features)
        versions, git = provenance.versions(), provenance.git_revision()
        for note in provenance.changes(sweep.facts, versions, git):
            say(console, note, style="yellow")
        history = [*sweep.facts.get("commands", []), provenance.command()]
        sweep.facts = {
            **sweep.facts,
            "commands": history,
            "options": {k: v for k, v in options.items() if k not in ("resume", "results", "set")},
            "seed": sweep.seed,
            "lane_seeds": sweep.seeds,
            "fresh_seeds": fresh_seeds(sweep.seed, sweep.space.budget.check_seeds),
            "searched": space,
            "corpus": facts,
            "checkpoint": checkpoint,
            "features": features,
            "versions": versions,
            "git": git,
        }
        sweep.write_facts()
        console.print("starting Ray")
        with connected(options.get("address")):
            search_with_floor(sweep, data, options, results, console)


def trained_baseline(
    sweep: Sweep, data: Data, options: dict[str, Any], results: Storage, console: Console
) -> Sweep:
    """The baseline of a sweep: found in the results folder or trained now.

    A sweep that starts while another trains the same baseline waits for it.
    """
    space = baseline_space(sweep.space)
    name = baseline_name(space, sweep.seed, sweep.facts["corpus"], sweep.facts["checkpoint"])
    folder = results.folder(name)
    with locked(folder, name, wait=True):
        baseline = baseline_sweep(name, folder, space, sweep.seed)
        if baseline.done:
            console.print(f"the baseline was trained before: {baseline.name}")
            tell_of_lack(restore_tracking(baseline, options, results), console)
        else:
            console.print("training the baseline, once for this corpus and these settings")
            own = {"searched": space_facts(baseline.space)}
            baseline.facts = {**sweep.facts, **own, **baseline.facts}
            run_sweep(baseline, data, options, results, console)
    sweep.facts["baseline"] = baseline.name
    return baseline


def search_with_floor(
    sweep: Sweep, data: Data, options: dict[str, Any], results: Storage, console: Console
) -> None:
    """Train the baseline if the space asks for a floor, then search; show what comes next."""
    try:
        if sweep.space.floor:
            sweep.floor, sweep.baseline = floor_of(
                sweep.space, trained_baseline(sweep, data, options, results, console)
            )
        run_sweep(sweep, data, options, results, console)
    finally:
        say(console, hints(sweep, options, results))


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _hang_up(signum: int, frame: object) -> None:
    """The terminal is gone: what is still to be said goes nowhere, instead of raising there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    raise KeyboardInterrupt


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _hang_up)
    return exit_status(
        lambda console: run(arguments.parse(argv), console),
        "interrupted; nothing that was shown as done is lost",
        ClusterError,
        TrackingError,
        SweepFailed,
    )


if __name__ == "__main__":
    sys.exit(main())
