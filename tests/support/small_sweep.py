"""A finished sweep on a demo corpus with its baseline, as run.py leaves it, trained without Ray."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from fairser_core.tasks.choice import Data
from fairser_core.training.fit import fit
from search.corpus.reading import corpus_facts, make_data, read_of
from search.corpus.record import keep_record
from search.front.floors import bounds
from search.ray_tune.model_keeper import ModelKeeper
from search.ray_tune.trainable import METHODS, make, record_of
from search.space.values import Value
from search.store.storage import LocalStorage
from search.sweep import provenance
from search.sweep.opening import open_sweep
from search.sweep.prerequisites import baseline_space, floors_of, reference_sweep
from search.sweep.resume_check import features_facts, space_facts
from search.sweep.stage1 import adopt, builds_on_stage1, on_stage1, stage1_space
from search.sweep.sweep import Sweep

QUIET = Console(quiet=True)
SMALL = [
    ("filters", 4), ("kernel", 3), ("stride", 3), ("hidden", 8), ("learning_rate", 0.01),
    ("windows.hop", 60), ("floor.ccc", 0.01),
]  # fmt: skip


def train(sweep: Sweep, data: Data, values: Mapping[str, Value], purpose: Any = "search") -> None:
    """One trial to its end, with all that it leaves on disk."""
    number, budget = len(sweep.log.trials), sweep.space.budget
    seeds = [100 * number + lane for lane in range(budget.seeds)]
    sweep.log.suggested(number, dict(values), seeds, purpose, budget.epochs)
    settings: dict[str, Any] = {**sweep.space.fixed, **values}
    method = make(METHODS[sweep.space.method], settings)
    keeper = ModelKeeper(sweep.folder, number, sweep.space.objectives, bounds(sweep.floors))
    for epoch in fit(method, data, seeds, epochs=budget.epochs):
        record = record_of(epoch)
        keeper.offer(record, epoch.state)
        sweep.log.epoch(number, record)
    sweep.log.ended(number, "complete")


def small_sweep(
    results: Path,
    trials: Sequence[Mapping[str, Value]],
    changes: Sequence[tuple[str, Any]] = SMALL,
    **given: Any,
) -> tuple[Sweep, Data]:
    """The sweep and its arrays.

    Args:
        results: holds it.
        trials: values of each.
        changes: as `--set` makes them.
        given: other options of run.py.
    """
    storage = LocalStorage(results)
    asked = {"name": "toy", "smoke": True, "seeds": 2, "epochs": 2, "set": list(changes), **given}
    sweep, options = open_sweep(asked, storage)
    corpus = read_of(sweep.space, options, QUIET)
    data = make_data(corpus, sweep.space, QUIET)
    kept = {key: value for key, value in options.items() if key not in ("set", "results")}
    sweep.facts |= {
        "options": kept,
        "seed": sweep.seed,
        "searched": space_facts(sweep.space),
        "corpus": corpus_facts(corpus),
        "checkpoint": None,
        "features": features_facts(data),
        "versions": provenance.versions(),
        "git": provenance.git_revision(),
    }
    if sweep.space.floor:
        space = baseline_space(sweep.space)
        baseline = reference_sweep("baseline-toy", storage.folder("baseline-toy"), space, 0)
        baseline.facts = {**sweep.facts, **baseline.facts}
        baseline.write_facts()
        train(baseline, data, {})
        sweep.facts["baseline"] = baseline.name
        sweep.floors, sweep.baseline = floors_of(sweep.space, baseline)
    if builds_on_stage1(sweep.space):
        space = stage1_space(sweep.space, options["corpus"])
        stage1 = reference_sweep("stage1-toy", storage.folder("stage1-toy"), space, 0)
        stage1.facts = {**sweep.facts, **stage1.facts}
        stage1.write_facts()
        train(stage1, data, {})
        adopt(sweep, stage1)
        data = on_stage1(sweep, data)
    sweep.write_facts()
    keep_record(sweep.folder, corpus)
    for values in trials:
        train(sweep, data, values)
    return sweep, data
