"""How a plan ends and goes on, on walks without Ray or training."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution

from search.front.floors import Floor
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from tests.support.fake_training import (
    FLOOR,
    Killed,
    front_of,
    log_rows,
    of_purpose,
    plan_of,
    space_of,
    tradeoff,
    walk,
)

PLAIN = space_of(race_seeds=0, check_seeds=0)
ALL = space_of()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(LocalStorage(tmp_path))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("parallel", [1, 3])
def test_an_interrupted_walk_opens_the_very_trials_of_the_uninterrupted(
    tmp_path: Path, parallel: int, seed: int
) -> None:
    searched = space_of(trials=12)
    whole = Log(LocalStorage(tmp_path / "whole"))
    walk(whole, plan_of(whole, searched, seed=seed), parallel=parallel)
    assert {t.purpose for t in whole.trials.values()} == {"search", "race", "check"}
    rng = np.random.default_rng(seed)
    parts, kills = Log(LocalStorage(tmp_path / "parts")), 0
    while True:
        try:
            events = float(rng.integers(1, 30))
            walk(parts, plan_of(parts, searched, seed=seed), parallel=parallel, events=events)
            break
        except Killed:
            kills += 1
            parts = Log(LocalStorage(tmp_path / "parts"))
    assert kills > 5
    assert log_rows(parts) == log_rows(whole)


def collapsing(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, ...]:
    """As `tradeoff`, but who weighs fairness most finds nobody low: no gap, and fair accuracy."""
    ccc, gap = tradeoff(values, seed, epoch)
    return (max(ccc, 0.65), 0.0, 0.0) if float(values["alpha0"]) > 10 else (ccc, gap, 0.4)


def test_held_to_two_floors_it_goes_on_as_if_uninterrupted_and_no_collapse_is_raced(
    tmp_path: Path,
) -> None:
    recall = Floor("worst_recall", 0.75, 0.4, curve=(0.1, 0.3, 0.4), spreads=({},))
    searched, floors = space_of(trials=12), (FLOOR, recall)
    whole = Log(LocalStorage(tmp_path / "whole"))
    walk(whole, plan_of(whole, searched, floors=floors), collapsing, parallel=2)
    parts, kills = Log(LocalStorage(tmp_path / "parts")), 0
    while True:
        try:
            plan = plan_of(parts, searched, floors=floors)
            walk(parts, plan, collapsing, parallel=2, events=17)
            break
        except Killed:
            kills += 1
            parts = Log(LocalStorage(tmp_path / "parts"))
    assert kills > 5
    assert log_rows(parts) == log_rows(whole)
    collapsed = [t for t in whole.trials.values() if float(t.values["alpha0"]) > 10]
    assert {t.purpose for t in whole.trials.values()} == {"search", "race", "check"}
    assert {t.purpose for t in collapsed} == {"search"}
    alone = Log(LocalStorage(tmp_path / "alone"))
    walk(alone, plan_of(alone, searched), collapsing, parallel=2)
    raced = [t for t in of_purpose(alone, "race") if float(t.values["alpha0"]) > 10]
    assert raced  # held to the accuracy alone, it is what the search is after


def test_killed_between_an_epoch_and_the_end_it_brings_a_trial_is_still_stopped(
    tmp_path: Path,
) -> None:
    folder = LocalStorage(tmp_path)
    log = Log(folder)
    walk(log, plan_of(log, PLAIN))
    stopped = next(trial for trial in log.trials.values() if trial.state == "stopped")
    path = tmp_path / FILE
    lines = path.read_bytes().splitlines(keepends=True)
    end = next(
        index
        for index, line in enumerate(lines)
        if json.loads(line).get("state") == "stopped"
    )  # fmt: skip
    path.write_bytes(b"".join(lines[:end]))
    folder.delete("log.json")  # which states the lines that were written
    cut = Log(folder)
    assert cut.trials[stopped.number].state == "running"
    assert plan_of(cut, PLAIN).why_stop(stopped.number) == stopped.reason


def test_a_sweep_whose_trials_all_fail_ends(log: Log) -> None:
    walk(log, plan_of(log, ALL), lambda values, seed, epoch: None, parallel=2)
    assert len(log.trials) == 6
    assert {trial.state for trial in log.trials.values()} == {"failed"}


FEW = dataclasses.replace(
    space_of(trials=50, race_seeds=0), search={"conv_layers": CategoricalDistribution([1, 2, 3])}
)


def by_layers(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
    return 0.6 + 0.1 * float(values["conv_layers"]), 0.2


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_space_of_few_values_is_tried_whole_and_then_checked(log: Log, parallel: int) -> None:
    walk(log, plan_of(log, FEW), by_layers, parallel=parallel)
    assert sorted(t.values["conv_layers"] for t in of_purpose(log, "search")) == [1, 2, 3]
    assert [t.values["conv_layers"] for t in of_purpose(log, "check")] == [3]


def test_a_space_whose_values_are_all_tried_is_finished_for_whoever_asks(log: Log) -> None:
    # A sweep asks a new plan whether it is done: for MLflow's status and for what comes next.
    walk(log, plan_of(log, FEW), by_layers)
    assert plan_of(log, FEW).finished


def test_with_nothing_to_search_one_trial_is_trained(log: Log) -> None:
    nothing = dataclasses.replace(PLAIN, search={})
    fixed = {"alpha0": 1.0, "adversary_learning_rate": 1e-3}
    walk(log, plan_of(log, nothing), lambda v, seed, epoch: tradeoff(fixed, seed, epoch))
    assert [trial.values for trial in log.trials.values()] == [{}]


def test_with_nothing_to_search_a_trial_that_failed_is_tried_again(log: Log) -> None:
    nothing = dataclasses.replace(PLAIN, search={})
    fixed = {"alpha0": 1.0, "adversary_learning_rate": 1e-3}
    tried: Iterator[int] = iter(range(100))

    def train(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float] | None:
        return None if next(tried) < 4 else tradeoff(fixed, seed, epoch)

    walk(log, plan_of(log, nothing, stopping=False), train)
    assert [t.state for t in log.trials.values()] == ["failed", "failed", "complete"]


def test_a_raised_budget_goes_on_where_the_sweep_ended(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    walk(log, plan_of(log, ALL))
    before = log_rows(log)
    more = space_of(trials=12)
    log = Log(LocalStorage(tmp_path))
    assert not plan_of(log, more).finished
    walk(log, plan_of(log, more))
    assert log_rows(log)[: len(before)] == before
    assert len(of_purpose(log, "search")) > sum(row[3] == "search" for row in before)
    trained = sum(t.trained for t in log.trials.values() if t.purpose != "check")
    assert more.budget.lane_epochs - 12 < trained <= more.budget.lane_epochs
    assert all(point.check for point in front_of(log.trials).members)


def test_a_finished_plan_is_finished_and_opens_nothing(log: Log) -> None:
    plan = plan_of(log, ALL)
    assert not plan.finished
    walk(log, plan)
    before = log_rows(log)
    for again in (plan, plan_of(log, ALL)):
        assert again.finished
        assert not again.running
        assert again.next() is None
    assert log_rows(log) == before


def test_while_trials_run_nothing_is_finished(log: Log) -> None:
    plan = plan_of(log, space_of(trials=1))
    opened = plan.next()
    assert opened is not None
    assert plan.next() is None  # all of the budget is under way
    assert plan.running
    assert not plan.finished
    log.ended(opened.number, "failed")
    assert plan.finished
