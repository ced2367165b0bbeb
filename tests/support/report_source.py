"""Sweeps to report on: planned, stopped early, raced and checked, without training."""

import contextlib
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from search.arguments.run_options import RunOptions
from search.planning.plan import Plan
from search.planning.seeds import common_seeds
from search.reporting.sweep_source import Source, source_of
from search.space.load import load
from search.store.local_storage import LocalStorage
from search.sweep.head import SweepHead
from search.sweep.opening import searching
from search.sweep.prerequisites import baseline_space, prerequisite_sweep
from search.sweep.provenance import GitState
from search.sweep.sweep import Sweep
from tests.support.facts import made_facts, made_inputs
from tests.support.fake_training import Killed, Train, epoch_record, tradeoff, walk

SMALL = {
    "budget.trials": 24,
    "budget.epochs": 6,
    "budget.seeds": 2,
    "budget.race_seeds": 4,
    "budget.check_seeds": 2,
}


def alone(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
    """Return the trade-off of a space with a single searched value."""
    (value,) = values.values()
    return tradeoff({"alpha0": value, "adversary_learning_rate": 1e-3}, seed, epoch)


def by_epoch(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
    """Grow with the epoch alone; seeds differ a little."""
    return 0.1 * epoch + seed / 1e4, 0.3


def flat(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
    """Return the same for everything."""
    return 0.7, 0.3


def report_source(
    results: Path,
    name: str = "toy",
    space: str = "adversarial",
    *,
    corpus: str = "made",
    notes: tuple[str, ...] = (),
    train: Train = tradeoff,
    events: float = float("inf"),
    **changes: Any,
) -> Source:
    """Make a sweep with its baseline in a results folder, and open it as a report does.

    Args:
        results: folder of all sweeps.
        name: name of the sweep.
        space: name of the space.
        corpus: name of the corpus.
        notes: notes on the corpus.
        train: function that returns CCC, gap and least recall by values, seed and epoch.
        events: number of events before the sweep is interrupted.
        changes: changes of the space.
    """
    storage = LocalStorage(results)
    searched = load(space, changes={**SMALL, **changes})
    facts = made_facts(name, space)
    facts = dataclasses.replace(
        facts,
        inputs=made_inputs(corpus, notes),
        options=RunOptions(space=space, scheduler="mo-asha"),
        commands=(f"python search/run.py --space {space}",),
        lane_seeds=tuple(common_seeds(searched.budget, 0)),
        fresh_seeds=(500, 501),
        git=GitState("0123456789abcdef", dirty=True),
    )
    head = SweepHead(name, storage.folder(name), searched, facts)
    baseline = None
    if searched.floor:
        baseline = _baseline(storage, head)
        head = head.with_facts(baseline=baseline.name)
    sweep = searching(head, baseline)
    sweep.head.write()
    plan = sweep.plan()
    assert isinstance(plan, Plan)
    with contextlib.suppress(Killed):
        walk(sweep.log, plan, train, events=events)
    return source_of(name, storage)


def _baseline(results: LocalStorage, head: SweepHead) -> Sweep:
    """Return the baseline of a sweep, trained unless it is in the folder."""
    facts = dataclasses.replace(head.facts, name="base", id="base", space="baseline")
    space = baseline_space(head.space)
    baseline = prerequisite_sweep(SweepHead("base", results.folder("base"), space, facts))
    if not baseline.log.trials:
        baseline.head.write()
        baseline.log.suggested(0, {}, [0, 1], "search", 6)
        lanes = {"ccc": [0.78, 0.82], "recall_gap": [0.5, 0.7], "worst_recall": [0.4, 0.4]}
        for epoch in range(1, 7):
            baseline.log.epoch(0, epoch_record(epoch, lanes))
        baseline.log.ended(0, "complete")
    return baseline
