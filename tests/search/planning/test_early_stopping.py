import math
from itertools import pairwise

import numpy as np
import pytest

from fairser_core.pareto import priorities
from search.front.floors import Bounds
from search.planning.early_stopping import Rungs, arrival
from search.space.stopping import Stopping, rung_epochs
from search.store.trials import EpochRecord
from tests.support.rungs import OBJECTIVES, record, rungs

Report = tuple[int, EpochRecord]


def random_log(seed: int, trials: int = 24, epochs: int = 4) -> list[Report]:
    """Epochs of trials of which four run at once, in the order in which they were reported."""
    rng = np.random.default_rng(seed)
    seen = dict.fromkeys(range(trials), 0)
    log = []
    while running := [trial for trial in seen if seen[trial] < epochs][:4]:
        trial = int(rng.choice(running))
        seen[trial] += 1
        ccc, gap, spread = rng.random(3) * [1.0, 1.0, 0.2]
        log.append((trial, record(seen[trial], ccc, gap, spread)))
    return log


def reported(stopper: Rungs, log: list[Report]) -> Rungs:
    for trial, epoch in log:
        stopper.report(trial, epoch)
    return stopper


def verdicts(stopper: Rungs, trials: int = 24) -> list[str]:
    return [stopper.why_stop(trial) for trial in range(trials)]


def by_definition(
    log: list[Report], factor: int, noise: float, compared: list[int], least: float | None
) -> dict[int, int]:
    """At which epoch each trial that is stopped is, written from the docstrings.

    The best 1/factor go on, and those that could be on the rung's front within their noise.
    """
    stopped: dict[int, int] = {}
    for index, (trial, newest) in enumerate(log):
        if newest.epoch not in compared:
            continue
        here = [epoch for _, epoch in log[: index + 1] if epoch.epoch == newest.epoch]
        costs = [(-e.metrics["ccc"], e.metrics["recall_gap"]) for e in here]
        missed = [0.0 if least is None else least - e.metrics["ccc"] for e in here]
        rank = int(priorities(np.array(costs), np.array(missed))[-1])
        kept = rank < len(here) // factor or len(here) < factor
        reach = noise * newest.metrics["ccc_sd"] / math.sqrt(4)
        lucky = [cost - reach for cost in costs[-1]]
        beaten = any(
            o[0] <= lucky[0] and o[1] <= lucky[1] and (o[0] < lucky[0] or o[1] < lucky[1])
            for o, m in zip(costs[:-1], missed[:-1], strict=True)
            if m <= 0
        )
        if not kept and (beaten or (least is not None and missed[-1] > reach)):
            stopped.setdefault(trial, newest.epoch)
    return stopped


def test_rungs_follow_by_multiplication() -> None:
    assert rung_epochs(1, 3, 243) == [1, 3, 9, 27, 81]  # logarithms make it one less
    assert rung_epochs(1, 3, 244) == [1, 3, 9, 27, 81, 243]
    assert rung_epochs(2, 2, 12) == [2, 4, 8]
    assert rung_epochs(5, 2, 5) == rung_epochs(6, 2, 5) == []


@pytest.mark.parametrize("epochs", [1, 2, 3, 12, 40, 100])
@pytest.mark.parametrize("warmup", [0.01, 1 / 3, 0.5, 0.99])
def test_trials_are_compared_after_their_warmup_and_before_their_end(
    warmup: float, epochs: int
) -> None:
    compared = Stopping(warmup=warmup, factor=3).rungs(epochs)
    assert all(1 <= epoch < epochs for epoch in compared)
    assert all(b == 3 * a for a, b in pairwise(compared))
    if compared:
        assert abs(compared[0] - warmup * epochs) <= 1
        assert 3 * compared[-1] >= epochs
    else:
        assert max(warmup * epochs, 1) > epochs - 1


@pytest.mark.parametrize("noise", [0.0, 0.5, 2.0])
@pytest.mark.parametrize(("factor", "compared"), [(2, [1, 2]), (3, [1, 3])])
@pytest.mark.parametrize("least", [None, 0.4])
@pytest.mark.parametrize("seed", range(4))
def test_verdicts_are_their_definition(
    seed: int, least: float | None, factor: int, compared: list[int], noise: float
) -> None:
    log = random_log(seed)
    floors: Bounds = () if least is None else (("ccc", least),)
    stopper = reported(rungs(lambda epoch: floors, factor=factor, noise=noise), log)
    expected = by_definition(log, factor, noise, compared, least)
    for trial, reason in enumerate(verdicts(stopper)):
        where = f"at the rung of epoch {expected[trial]}" if trial in expected else ""
        assert reason.endswith(where)
        assert bool(reason) is bool(where)
    assert expected


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("others", [0, 1, 2, 5, 20])
@pytest.mark.parametrize("seed", range(3))
def test_a_newcomer_that_beats_all_is_never_stopped(seed: int, others: int, factor: int) -> None:
    rng = np.random.default_rng(seed)
    stopper = rungs(factor=factor)
    for trial in range(others):
        stopper.report(trial, record(1, *rng.uniform(0.1, 0.9, 2)))
    stopper.report(99, record(1, 0.95, 0.05))
    assert stopper.why_stop(99) == ""


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_newcomer_that_all_of_enough_others_beat_is_stopped(factor: int) -> None:
    rng = np.random.default_rng(factor)
    stopper = rungs(factor=factor)
    for trial in range(factor - 1):
        stopper.report(trial, record(1, *rng.uniform(0.1, 0.9, 2)))
    stopper.report(99, record(1, 0.05, 0.95))
    assert f"place {factor} of {factor} at the rung of epoch 1" in stopper.why_stop(99)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_the_first_arrivals_go_on_however_bad(factor: int) -> None:
    stopper = rungs(lambda epoch: (("ccc", 0.9),), factor=factor)
    for trial in range(factor - 1):
        stopper.report(trial, record(1, 0.5 - 0.1 * trial, 0.5 + 0.1 * trial))
        assert stopper.why_stop(trial) == ""


@pytest.mark.parametrize(("spread", "stops"), [(0.0, True), (0.15, True), (0.25, False)])
def test_a_newcomer_within_its_noise_of_the_rungs_front_goes_on(spread: float, stops: bool) -> None:
    # 0.1 behind on both; over four lanes the standard error is half the spread, here asked once.
    stopper = rungs(noise=1.0)
    for trial in range(5):
        stopper.report(trial, record(1, 0.8, 0.2))
    stopper.report(9, record(1, 0.7, 0.3, spread))
    assert bool(stopper.why_stop(9)) is stops


def test_more_lanes_protect_less() -> None:
    for lanes, stops in ((2, False), (16, True)):
        stopper = rungs(noise=1.0)
        for trial in range(5):
            stopper.report(trial, record(1, 0.8, 0.2))
        stopper.report(9, record(1, 0.7, 0.3, 0.2, lanes))
        assert bool(stopper.why_stop(9)) is stops


def test_noise_in_one_objective_alone_is_enough_to_reach_the_front() -> None:
    stopper = rungs(noise=1.0)
    for trial in range(5):
        stopper.report(trial, record(1, 0.8, 0.2))
    late = record(1, 0.3, 0.21)
    late.metrics["recall_gap_sd"] = 0.04
    stopper.report(9, late)
    assert stopper.why_stop(9) == ""


def test_between_rungs_nobody_is_stopped() -> None:
    stopper = rungs(first=3, epochs=9)
    for trial in range(10):
        for epoch in (1, 2, 4, 5, 7, 8, 9):
            stopper.report(trial, record(epoch, 0.9 - 0.05 * trial, 0.1 + 0.05 * trial))
    assert verdicts(stopper, 10) == [""] * 10


def test_an_epoch_reported_again_changes_nothing() -> None:
    log = random_log(7)
    once = verdicts(reported(rungs(), log))
    rng = np.random.default_rng(0)
    twice: list[Report] = []
    for index, (trial, epoch) in enumerate(log):
        twice.append((trial, epoch))
        again, old = log[int(rng.integers(index + 1))]
        twice.append((again, record(old.epoch, 0.99, 0.0)))  # with other numbers, even
    assert verdicts(reported(rungs(), twice)) == once


@pytest.mark.parametrize("seed", range(3))
def test_a_verdict_depends_only_on_what_was_reported_before(seed: int) -> None:
    log = random_log(seed)
    reference = verdicts(reported(rungs(noise=0.5), log))
    assert any(reference)
    decided: dict[int, str] = {}
    whole = rungs(noise=0.5)
    for index in range(0, len(log), 5):
        reported(whole, log[index : index + 5])
        # A process that begins here, in the middle of a rung, and replays the log.
        replayed = reported(rungs(noise=0.5), log[: index + 5])
        assert verdicts(replayed) == verdicts(whole)
        for trial, reason in enumerate(verdicts(whole)):
            assert decided.get(trial, reason) == reason  # once stopped, always for this reason
            decided |= {trial: reason} if reason else {}
    assert verdicts(whole) == reference


def test_a_trial_unknown_to_the_rungs_goes_on() -> None:
    assert rungs().why_stop(3) == ""


def test_an_arrival_has_standard_errors_of_means() -> None:
    # Four lanes with spread 0.1: 0.1 / 2.
    stopper = arrival(record(1, 0.7, 0.2, spread=0.1, lanes=4), OBJECTIVES, (("ccc", 0.75),), {})
    assert stopper.costs.tolist() == [-0.7, 0.2]
    assert stopper.errors.tolist() == pytest.approx([0.05, 0.05])
    assert (*stopper.violations, *stopper.slack) == pytest.approx((0.05, 0.05))
    assert stopper.shortfall == pytest.approx(0.05 / 0.75)
    free = arrival(record(1, 0.7, 0.2, spread=0.1), OBJECTIVES, (), {})
    assert free.violations.shape == free.slack.shape == (0,)
    assert free.shortfall == 0.0


def test_a_single_lane_is_as_uncertain_as_lanes_usually_are() -> None:
    usual = {"ccc_sd": 0.15, "recall_gap_sd": 0.25}
    single = arrival(record(1, 0.7, 0.2, lanes=1), OBJECTIVES, (("ccc", 0.75),), usual)
    assert single.errors.tolist() == pytest.approx([0.15, 0.25])
    assert single.slack.tolist() == pytest.approx([0.15])
    several = arrival(record(1, 0.7, 0.2, spread=0.1, lanes=4), OBJECTIVES, (), usual)
    assert several.errors.tolist() == pytest.approx([0.05, 0.05])
