from pathlib import Path

import pytest

from search.planning.fixed_plan import FixedPlan
from search.planning.log_plan import Proposal
from search.planning.seeds import common_seeds, fresh_seeds, replication_seeds
from search.space.space import MOST_SEEDS, Budget
from search.store.local_storage import LocalStorage
from search.store.log import Log
from tests.support.fake_training import Killed, log_rows, walk

HERE = {"alpha0": 1.0, "adversary_learning_rate": 0.01}
THERE = {"alpha0": 5.0, "adversary_learning_rate": 0.01}


def wanted(values: dict[str, float], seeds: int, limit: int) -> Proposal:
    return Proposal("replicate", dict(values), replication_seeds(0, seeds), limit)


WANTED = [wanted(HERE, 3, 4), wanted(THERE, 3, 2), wanted(HERE, 3, 2)]


def opened(log: Log) -> list[tuple[object, ...]]:
    return [(t.values, t.seeds, t.limit, t.state) for t in log.trials.values()]


def test_wanted_candidates_are_trained_in_order_each_to_its_limit(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    plan = FixedPlan(log, WANTED)
    assert not plan.finished
    walk(log, plan, parallel=2)
    assert opened(log) == [(w.values, w.seeds, w.limit, "complete") for w in WANTED]
    assert {trial.purpose for trial in log.trials.values()} == {"replicate"}
    assert [len(trial.epochs) for trial in log.trials.values()] == [4, 2, 2]
    assert plan.finished
    assert plan.next() is None


@pytest.mark.parametrize("events", range(1, 14))
def test_cut_off_anywhere_it_goes_on_as_if_it_had_not_been(tmp_path: Path, events: int) -> None:
    whole = Log(LocalStorage(tmp_path / "whole"))
    walk(whole, FixedPlan(whole, WANTED), parallel=2)
    folder = LocalStorage(tmp_path / "cut")
    log = Log(folder)
    with pytest.raises(Killed, match=f"^after {events} events$"):
        walk(log, FixedPlan(log, WANTED), parallel=2, events=events)
    log = Log(folder)
    walk(log, FixedPlan(log, WANTED), parallel=2)
    assert log_rows(log) == log_rows(whole)


def test_more_seeds_asked_for_later_are_trained_alone(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    walk(log, FixedPlan(log, [wanted(HERE, 2, 3)]))
    more = FixedPlan(log, [wanted(HERE, 5, 3)])
    assert more.lane_epochs == 5 * 3
    walk(log, more)
    assert [trial.seeds for trial in log.trials.values()] == [[750, 751], [752, 753, 754]]
    assert FixedPlan(log, [wanted(HERE, 3, 3)]).finished  # fewer are there already


def test_lane_epochs_of_a_plan_stay_the_same_as_it_runs(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    plan = FixedPlan(log, WANTED)
    assert plan.lane_epochs == 3 * (4 + 2 + 2)
    walk(log, plan)
    assert plan.lane_epochs == 3 * (4 + 2 + 2)


def test_a_trial_that_fails_is_tried_once_more_by_the_next_plan_and_not_by_the_same(
    tmp_path: Path,
) -> None:
    log = Log(LocalStorage(tmp_path))
    walk(log, FixedPlan(log, WANTED[:1]), lambda *_: None)
    assert [trial.state for trial in log.trials.values()] == ["failed"]
    plan = FixedPlan(log, WANTED[:1])
    assert not plan.finished
    walk(log, plan, lambda *_: None)
    assert [trial.state for trial in log.trials.values()] == ["failed", "failed"]
    walk(log, FixedPlan(log, WANTED[:1]))
    assert [trial.state for trial in log.trials.values()] == ["failed", "failed", "complete"]
    assert FixedPlan(log, WANTED[:1]).finished


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_no_seed_of_search_check_or_replication_is_of_another_or_of_another_sweep(
    seed: int,
) -> None:
    most = Budget(1, 1, MOST_SEEDS, MOST_SEEDS, MOST_SEEDS)
    kinds = [
        seeds
        for sweep in (seed, seed + 1)
        for seeds in (
            common_seeds(most, sweep),
            fresh_seeds(sweep, MOST_SEEDS),
            replication_seeds(sweep, MOST_SEEDS),
        )
    ]
    assert len({s for seeds in kinds for s in seeds}) == 6 * MOST_SEEDS
