"""Finished sweep on a demo corpus with its baseline, as run.py leaves it, trained without Ray."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from fairser_core.datasets.data import Data
from fairser_core.training.fit import fit
from search.arguments.run_request import RunRequest
from search.corpus.reading import read_inputs
from search.corpus.record import keep_record
from search.ray_tune.model_keeper import ModelKeeper
from search.ray_tune.trainable import METHODS, make, record_of
from search.space.space import Space
from search.space.values import Value
from search.store.local_storage import LocalStorage
from search.sweep.head import SweepHead
from search.sweep.opening import open_sweep, searching
from search.sweep.prerequisites import baseline_space, prerequisite_sweep
from search.sweep.stage1 import adopt, builds_on_stage1, on_stage1, stage1_space
from search.sweep.sweep import Sweep

QUIET = Console(quiet=True)
SMALL = [
    ("filters", 4), ("kernel", 3), ("stride", 3), ("hidden", 8), ("learning_rate", 0.01),
    ("windows.hop", 60), ("floor.ccc", 0.01),
]  # fmt: skip


def train(sweep: Sweep, data: Data, values: Mapping[str, Value], purpose: Any = "search") -> None:
    """Train one trial to its end, with all its files."""
    number, budget = len(sweep.log.trials), sweep.space.budget
    seeds = [100 * number + lane for lane in range(budget.seeds)]
    sweep.log.suggested(number, dict(values), seeds, purpose, budget.epochs)
    settings: dict[str, Any] = {**sweep.space.fixed, **values}
    method = make(METHODS[sweep.space.method], settings)
    place = sweep.place(sweep.log.trials[number])
    keeper = ModelKeeper(sweep.folder, place, sweep.space.objectives, sweep.policy.bounds)
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
    """Return a finished sweep and its arrays.

    Args:
        results: folder of all sweeps.
        trials: values of each trial.
        changes: changes of the space, as `--set` makes them.
        given: other options of run.py.
    """
    storage = LocalStorage(results)
    options = {"name": "toy", "smoke": True, "seeds": 2, "epochs": 2, **given}
    opening = open_sweep(RunRequest(options, dict(changes)), storage)
    inputs = read_inputs(opening.space, opening.options.corpus, QUIET)
    data, head = inputs.data, opening.head(inputs.facts)
    baseline = None
    if head.space.floor:
        baseline = prerequisite(storage, "baseline-toy", baseline_space(head.space), head, data)
        head = head.with_facts(baseline=baseline.name)
    if builds_on_stage1(head.space):
        space = stage1_space(head.space, head.facts.options.corpus.corpus)
        head = adopt(head, prerequisite(storage, "stage1-toy", space, head, data))
        data = on_stage1(head, data)
    sweep = searching(head, baseline)
    sweep.head.write()
    keep_record(sweep.folder, sweep.facts.id, sweep.space.task, inputs.corpus)
    for values in trials:
        train(sweep, data, values)
    return sweep, data


def prerequisite(
    results: LocalStorage, name: str, space: Space, owner: SweepHead, data: Data
) -> Sweep:
    """Return the sweep of a prerequisite, trained."""
    facts = dataclasses.replace(owner.facts, name=name, id=name, space=space.name)
    sweep = prerequisite_sweep(SweepHead(name, results.folder(name), space, facts))
    sweep.head.write()
    train(sweep, data, {})
    return sweep
