"""What a plan promises, on walks without Ray or training."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution

from search.front.configurations import Configurations
from search.planning.plan import RACE_RESERVE, RACE_SHARE
from search.planning.seeds import fresh_seeds, lane_seeds
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.trials import TrialRecord
from tests.support.fake_training import (
    FLOOR,
    front_of,
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


def test_without_stopping_and_racing_there_are_as_many_trials_as_asked_for(log: Log) -> None:
    walk(log, plan_of(log, PLAIN, stopping=False))
    assert [trial.number for trial in log.trials.values()] == list(range(6))
    for trial in log.trials.values():
        assert (trial.purpose, trial.state) == ("search", "complete")
        assert (trial.seeds, trial.limit, len(trial.epochs)) == ([0, 1], 6, 6)


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize("budget", [{}, {"trials": 1}, {"trials": 17}, {"seeds": 1}, {"epochs": 1}])
def test_the_budget_is_never_exceeded_whatever_still_runs(
    log: Log, budget: dict[str, int], parallel: int
) -> None:
    searched = space_of(**budget)
    most = searched.budget.lane_epochs

    def changed(opened: TrialRecord) -> None:
        search = [trial for trial in log.trials.values() if trial.purpose != "check"]
        running = [trial for trial in search if trial.state == "running"]
        over = [trial for trial in search if trial.state != "running"]
        trained = sum(len(trial.seeds) * len(trial.epochs) for trial in over)
        assert trained + sum(len(trial.seeds) * trial.limit for trial in running) <= most

    walk(log, plan_of(log, searched), parallel=parallel, changed=changed)
    trained = sum(t.trained for t in log.trials.values() if t.purpose != "check")
    whole = searched.budget.epochs * searched.budget.seeds
    assert most - whole < trained <= most  # what is left does not make a trial


def test_stopping_leaves_more_for_new_configurations(log: Log) -> None:
    walk(log, plan_of(log, space_of(trials=12, race_seeds=0, check_seeds=0)))
    stopped = [trial for trial in log.trials.values() if trial.state == "stopped"]
    assert stopped
    assert len(log.trials) > 12
    for trial in stopped:
        assert len(trial.epochs) < 6
        assert "at the rung of epoch" in trial.reason


@pytest.mark.parametrize(("seeds", "race_seeds"), [(2, 3), (1, 4), (3, 0)])
def test_a_configuration_earns_further_of_the_common_seeds_each_once(
    log: Log, seeds: int, race_seeds: int
) -> None:
    walk(log, plan_of(log, space_of(trials=40, seeds=seeds, race_seeds=race_seeds)), parallel=2)
    most = max(race_seeds, seeds)
    trained = Configurations().update(log.trials.values())
    for configuration in trained:
        assert len(set(configuration.seeds)) == len(configuration.seeds)
        assert set(configuration.seeds) <= set(lane_seeds(0, most))
        first, *others = configuration.trials
        assert len(first.seeds) == seeds
        assert all(1 <= len(trial.seeds) <= seeds for trial in others)
    assert bool(of_purpose(log, "race")) is (race_seeds > seeds)


def test_the_best_configuration_of_few_earns_all_that_may_be_earned(log: Log) -> None:
    few = dataclasses.replace(
        space_of(trials=60, seeds=2, race_seeds=5),
        search={"conv_layers": CategoricalDistribution([1, 2, 3])},
    )

    def train(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
        return 0.6 + 0.1 * float(values["conv_layers"]), 0.2

    walk(log, plan_of(log, few), train)
    (member,) = {point.trial for point in front_of(log.trials).members}
    assert log.trials[member].values == {"conv_layers": 3}
    assert len(front_of(log.trials).members[0].seeds) == 5


def test_every_configuration_is_begun_with_seeds_that_others_are_begun_with(log: Log) -> None:
    # All of the common seeds, each as often as the others: none of them decides alone.
    walk(log, plan_of(log, space_of(trials=40, seeds=1, race_seeds=4), stopping=False))
    begun = Counter(seed for trial in of_purpose(log, "search") for seed in trial.seeds)
    assert set(begun) == set(lane_seeds(0, 4))
    assert max(begun.values()) - min(begun.values()) <= 1


@pytest.mark.parametrize("parallel", [1, 3])
def test_racing_leaves_most_of_the_budget_to_new_configurations(log: Log, parallel: int) -> None:
    searched_space = space_of(trials=30)
    whole = searched_space.budget.lane_epochs

    def changed(opened: TrialRecord) -> None:
        before = [t for t in log.trials.values() if t.number != opened.number]
        spent = sum(trial.charge for trial in before)
        if opened.purpose == "race" and whole - spent > RACE_RESERVE * whole:
            raced = sum(trial.charge for trial in before if trial.purpose == "race")
            assert raced <= RACE_SHARE * spent

    walk(log, plan_of(log, searched_space), parallel=parallel, changed=changed)
    raced = sum(trial.trained for trial in of_purpose(log, "race"))
    assert raced <= (RACE_SHARE + RACE_RESERVE) * whole


def test_in_the_end_the_front_earns_its_seeds_before_new_values_are_tried(log: Log) -> None:
    searched_space = space_of(trials=30, race_seeds=6)
    whole = searched_space.budget.lane_epochs
    late = []

    def changed(opened: TrialRecord) -> None:
        before = {n: t for n, t in log.trials.items() if n != opened.number}
        left = whole - sum(trial.charge for trial in before.values())
        if left > RACE_RESERVE * whole or opened.purpose == "check":
            return
        late.append(opened.purpose)
        if opened.purpose == "search":
            members = {point.trial for point in front_of(before).members}
            for configuration in Configurations().update(before.values()):
                if configuration.number in members:
                    assert len(configuration.seeds) == 6

    walk(log, plan_of(log, searched_space), changed=changed)
    assert late.count("race") > RACE_SHARE * len(late)


def near_the_front(trials: Mapping[int, TrialRecord]) -> tuple[dict[str, int], set[str]]:
    """Configurations that luck of two standard errors puts on the front, with their lanes; and
    those on it."""
    members = front_of(trials).members
    lanes_of = {}
    for configuration in Configurations().update(trials.values()):
        if configuration.state not in ("complete", "stopped"):
            continue
        lanes = len(configuration.seeds)
        for metrics in map(configuration.metrics_at, range(1, configuration.epochs + 1)):
            ccc = metrics["ccc"] + 2 * metrics["ccc_sd"] / lanes**0.5
            gap = metrics["recall_gap"] - 2 * metrics["recall_gap_sd"] / lanes**0.5
            beaten = any(
                p.metrics["ccc"] >= ccc
                and p.metrics["recall_gap"] <= gap
                and (p.metrics["ccc"], p.metrics["recall_gap"]) != (ccc, gap)
                for p in members
            )
            if metrics["ccc"] >= FLOOR.value and not beaten:
                lanes_of[json.dumps(configuration.values)] = lanes
    return lanes_of, {json.dumps(point.values) for point in members}


def test_only_configurations_near_the_front_are_raced_and_members_with_few_lanes_first(
    log: Log,
) -> None:
    raced = set()

    def changed(opened: TrialRecord) -> None:
        if opened.purpose == "race":
            name = json.dumps(opened.values)
            raced.add(name)
            before = {n: t for n, t in log.trials.items() if n != opened.number}
            near, members = near_the_front(before)
            whole = {json.dumps(t.values) for t in before.values() if t.state == "complete"}
            able = [m for m in members & whole if near[m] < 6]
            assert name in near
            assert (name in members) or not able
            assert not able or near[name] == min(near[member] for member in able)
            first = next(trial for trial in before.values() if trial.values == opened.values)
            assert (first.state, len(first.epochs)) == ("complete", opened.limit)

    walk(log, plan_of(log, space_of(trials=30)), changed=changed)
    assert 0 < len(raced) < len(of_purpose(log, "search"))


def test_a_configuration_far_from_the_front_earns_nothing(log: Log) -> None:
    def train(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
        good = float(values["alpha0"]) > 1.0
        return (0.9, 0.1 + seed / 1e4) if good else (0.7, 0.5 + seed / 1e4)

    walk(log, plan_of(log, ALL, stopping=False), train)
    good = [t.number for t in of_purpose(log, "search") if float(t.values["alpha0"]) > 1.0]
    late = [trial for trial in of_purpose(log, "race") if trial.number > good[0]]
    assert late
    assert all(float(trial.values["alpha0"]) > 1.0 for trial in late)


def test_a_configuration_that_failed_with_further_seeds_earns_no_more(log: Log) -> None:
    begun: dict[str, set[int]] = {}

    def train(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float] | None:
        first = next(trial for trial in log.trials.values() if trial.values == values)
        begun[json.dumps(values)] = set(first.seeds)
        return tradeoff(values, seed, epoch) if seed in first.seeds else None

    walk(log, plan_of(log, space_of(trials=12, check_seeds=0), stopping=False), train)
    assert of_purpose(log, "race")
    tries = Counter(json.dumps(trial.values) for trial in of_purpose(log, "race"))
    assert set(tries.values()) == {1}
    for point in front_of(log.trials).points:
        assert set(point.seeds) == begun[json.dumps(point.values)]


def test_the_front_is_checked_last_with_fresh_seeds_as_far_as_it_reaches(log: Log) -> None:
    walk(log, plan_of(log, space_of(trials=14)), parallel=2)
    numbers = [trial.number for trial in of_purpose(log, "check")]
    assert numbers == list(range(min(numbers), len(log.trials)))
    search = {seed for t in log.trials.values() if t.purpose != "check" for seed in t.seeds}
    reach: dict[str, int] = {}
    for point in front_of(log.trials).members:
        name = json.dumps(point.values)
        reach[name] = max(point.epoch, reach.get(name, 0))
    assert {json.dumps(t.values): t.limit for t in of_purpose(log, "check")} == reach
    assert len(of_purpose(log, "check")) == len(reach)
    for trial in of_purpose(log, "check"):
        assert trial.seeds == fresh_seeds(0, 3)
        assert not set(trial.seeds) & search
        assert (trial.state, len(trial.epochs)) == ("complete", trial.limit)
    assert all(point.check for point in front_of(log.trials).members)


def test_checks_do_not_change_the_front_of(log: Log) -> None:
    # Fresh seeds disappoint: everything is worse with them.
    def train(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
        ccc, gap = tradeoff(values, seed, epoch)
        return (ccc - 0.3, gap + 0.3) if seed >= 500 else (ccc, gap)

    walk(log, plan_of(log, ALL), train)
    assert of_purpose(log, "check")
    checked, bare = front_of(log.trials), front_of(log.trials, checks=False)
    assert [(p.trial, p.epoch, p.metrics) for p in checked.members] == [
        (p.trial, p.epoch, p.metrics) for p in bare.members
    ]
    assert checked.hypervolume == bare.hypervolume
    assert checked.checked is not None
    claimed, fresh = checked.checked
    assert claimed == pytest.approx(checked.hypervolume)
    assert fresh < claimed


def test_a_check_that_failed_is_not_tried_again(log: Log) -> None:
    def train(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float] | None:
        return None if seed >= 500 else tradeoff(values, seed, epoch)

    walk(log, plan_of(log, ALL), train)
    tries = Counter(json.dumps(trial.values) for trial in of_purpose(log, "check"))
    assert set(tries.values()) == {1}


def test_race_and_check_trials_are_not_stopped(log: Log) -> None:
    walk(log, plan_of(log, space_of(trials=14)), parallel=2)
    for trial in log.trials.values():
        if trial.purpose != "search":
            assert trial.state == "complete"


def test_seeds_of_sweeps_searches_and_checks_never_meet() -> None:
    assert lane_seeds(0, 3) == [0, 1, 2]
    assert lane_seeds(2, 3) == [2000, 2001, 2002]
    taken = [s for sweep in range(3) for s in (*lane_seeds(sweep, 100), *fresh_seeds(sweep, 100))]
    assert len(set(taken)) == len(taken)
