"""Rungs of early stopping with floors."""

import numpy as np
import pytest

from fairser_core.pareto import priorities
from search.front.floors import Bounds, shortfall
from search.store.trials import EpochRecord
from tests.support.rungs import record, rungs


def test_the_feasible_go_on_before_the_infeasible() -> None:
    stopper = rungs(lambda epoch: (("ccc", 0.6),))
    for trial in range(4):
        stopper.report(trial, record(1, 0.5, 0.0))  # nobody is fairer, but none is accurate enough
    stopper.report(4, record(1, 0.6, 0.9))
    assert stopper.why_stop(4) == ""
    stopper.report(5, record(1, 0.59, 0.0))
    assert stopper.why_stop(5) == ""  # of the infeasible, the nearest to the floor
    stopper.report(6, record(1, 0.4, 0.0))
    assert stopper.why_stop(6)


BOTH = (("ccc", 0.6), ("worst_recall", 0.2))


def with_recall(ccc: float, worst: float, gap: float = 0.0, spread: float = 0.0) -> EpochRecord:
    stopper = record(1, ccc, gap)
    stopper.metrics.update(worst_recall=worst, worst_recall_sd=spread)
    return stopper


def test_a_fair_collapse_goes_on_behind_all_that_reach_both_floors() -> None:
    stopper = rungs(lambda epoch: BOTH)
    for trial in range(2):
        stopper.report(trial, with_recall(0.7, 0.3, gap=0.5))
    stopper.report(2, with_recall(0.8, 0.0))  # the most accurate and the fairest, but it is useless
    assert "place 3 of 3" in stopper.why_stop(2)
    stopper.report(3, with_recall(0.6, 0.2, gap=0.9))
    assert "place 3 of 4" in stopper.why_stop(3)  # all beat it, but for the one that is useless


def test_of_the_infeasible_that_goes_on_which_misses_the_lesser_share_of_all_floors() -> None:
    # A tenth of the one floor and half of the other are more than half of the first alone.
    stopper = rungs(lambda epoch: BOTH)
    stopper.report(0, with_recall(0.54, 0.1))
    stopper.report(1, with_recall(0.3, 0.9))  # misses more in the metrics' own units, 0.3 and 0.16
    assert stopper.why_stop(1) == ""
    stopper.report(2, with_recall(0.36, 0.12))
    assert "place 3 of 3" in stopper.why_stop(2)


def test_each_floor_protects_within_its_noise() -> None:
    for spread, stops in ((0.1, True), (0.3, False)):
        stopper = rungs(lambda epoch: BOTH, noise=1.0)
        for trial in range(4):
            stopper.report(trial, with_recall(0.7, 0.3, gap=0.5))
        stopper.report(9, with_recall(0.7, 0.1, spread=spread))
        assert bool(stopper.why_stop(9)) is stops


def test_a_shortfall_is_the_sum_of_what_is_missed_in_shares_of_the_floors() -> None:
    violations = np.array([[0.3, 0.1], [-0.5, 0.1], [0.3, -0.1], [-0.1, 0.0]])
    assert shortfall(violations, BOTH).tolist() == pytest.approx([1.0, 0.5, 0.5, 0.0])
    assert shortfall(violations[:, :0], ()).tolist() == [0.0] * 4
    # Of a floor that is 0 or below, which a baseline that learned nothing may set.
    assert shortfall(np.array([[0.1], [0.2]]), (("ccc", 0.0),)).tolist() == [0.1, 0.2]
    assert shortfall(np.array([[0.1], [0.2]]), (("ccc", -0.5),)).tolist() == [0.2, 0.4]


@pytest.mark.parametrize("seed", range(5))
def test_a_single_floor_orders_by_what_is_missed_of_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    violations, costs = rng.normal(size=(20, 1)), rng.random((20, 2))
    short = shortfall(violations, (("ccc", float(rng.random())),))
    assert (priorities(costs, short) == priorities(costs, violations[:, 0])).all()


def test_the_floor_is_the_one_of_the_rungs_epoch() -> None:
    asked = []

    def floors(epoch: int) -> Bounds:
        asked.append(epoch)
        return (("ccc", 0.1 * epoch),)

    stopper = rungs(floors, first=2, epochs=5)
    for epoch, ccc in ((2, 0.25), (4, 0.25)):
        for trial in range(4):
            stopper.report(trial, record(epoch, 0.9, 0.5 + trial))
        stopper.report(9, record(epoch, ccc, 0.0))
        assert bool(stopper.why_stop(9)) is (ccc < 0.1 * epoch)
    assert set(asked) == {2, 4}


def test_a_floor_missed_by_less_than_the_noise_does_not_stop() -> None:
    for spread, stops in ((0.05, True), (0.3, False)):
        stopper = rungs(lambda epoch: (("ccc", 0.6),), noise=1.0)
        for trial in range(4):
            stopper.report(trial, record(1, 0.7, 0.5))
        stopper.report(9, record(1, 0.5, 0.0, spread))
        assert bool(stopper.why_stop(9)) is stops
