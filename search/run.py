"""Search a space: train its trials on Ray Tune and keep the Pareto front.

python search/run.py --space adversarial
"""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from fairser_core.tasks.choice import Data
from search.arguments.search_arguments import DEFAULTS, parse, parser
from search.corpus.reading import (
    check_goes,
    checkpoint_facts,
    corpus_facts,
    make_data,
    read_checkpoint,
    read_of,
)
from search.corpus.record import keep_record
from search.planning.failures import SweepFailed
from search.planning.plan import fresh_seeds
from search.ray_tune.cluster import ClusterError, connected
from search.running.run_sweep import run_sweep, train_reference
from search.space.space import Space
from search.store.lock import locked
from search.store.storage import Storage, check_usable, open_storage
from search.sweep import provenance
from search.sweep.opening import open_sweep
from search.sweep.prerequisites import baseline_space, floors_of
from search.sweep.resume_check import check_same, features_facts, floors_as_now, space_facts
from search.sweep.stage1 import (
    adopt,
    adopt_named,
    builds_on_stage1,
    has_stage1,
    on_stage1,
    stage1_space,
    stage1_text,
)
from search.sweep.sweep import Sweep
from search.terminal.command_names import typed
from search.terminal.console import exit_status, heed_signals, say
from search.tracking.mirror import TrackingError
from search.tracking.sweep_run import tracking_uri

__all__ = ["main", "parser"]


def hints(sweep: Sweep, options: dict[str, Any], results: Storage) -> str:
    """The commands that come next."""
    elsewhere = options["results"] != DEFAULTS["results"]
    where = f" --results {shlex.quote(options['results'])}" if elsewhere else ""
    mlflow = "mlflow" if shutil.which("mlflow") else f"{Path(sys.executable).parent / 'mlflow'}"
    uri = tracking_uri(options, results)
    look = uri if uri.startswith("http") else f"{mlflow} ui --backend-store-uri {uri}"
    more = "" if not sweep.done else f" --trials {2 * sweep.space.budget.trials}"
    lines = [
        f"files     {sweep.folder.where()}",
        f"in MLflow {look}",
        f"go on     {typed('run')} --resume {sweep.name}{where}{more}",
    ]
    if sweep.done and sweep.front().members:
        lines.append(f"test it   {typed('replicate')} {sweep.name}{where}")
    return "\n".join(lines)


def run(given: dict[str, Any], console: Console) -> None:
    """Everything the command does, given its options."""
    results = open_storage(given.get("results", DEFAULTS["results"]))
    check_usable(results)
    sweep, options = open_sweep(given, results)
    check_goes(sweep.space, options)
    with locked(sweep.folder, sweep.name):
        space = space_facts(sweep.space)
        then = sweep.facts.get("searched")
        check_same("space", then and floors_as_now(then), space)
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
        if "stage1" in options and not has_stage1(sweep):
            adopt_named(sweep, options["stage1"], results)
        sweep.write_facts()
        keep_record(sweep.folder, corpus)
        console.print("starting Ray")
        with connected(options.get("address")):
            search_with_references(sweep, data, options, results, console)


def search_with_references(
    sweep: Sweep, data: Data, options: dict[str, Any], results: Storage, console: Console
) -> None:
    """Train what the sweep refers to, then search; show what comes next.

    That is the baseline if its space asks for floors, and stage 1 if its method builds on one and
    none was named.
    """

    def reference(kind: str, what: str, space: Space) -> Sweep:
        return train_reference(kind, what, space, sweep, data, options, results, console)

    learned = data
    try:
        if sweep.space.floor:
            baseline = reference("baseline", "the baseline", baseline_space(sweep.space))
            sweep.facts["baseline"] = baseline.name
            sweep.floors, sweep.baseline = floors_of(sweep.space, baseline)
        if builds_on_stage1(sweep.space):
            if not has_stage1(sweep):
                space = stage1_space(sweep.space, options["corpus"])
                adopt(sweep, reference(f"stage1-{space.method}", "stage 1", space))
            say(console, stage1_text(sweep))
            learned = on_stage1(sweep, data)
        run_sweep(sweep, learned, options, results, console)
    finally:
        say(console, hints(sweep, options, results))


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    heed_signals()
    return exit_status(
        lambda console: run(parse(argv), console),
        "interrupted; nothing that was shown as done is lost",
        ClusterError,
        TrackingError,
        SweepFailed,
    )


if __name__ == "__main__":
    sys.exit(main())
