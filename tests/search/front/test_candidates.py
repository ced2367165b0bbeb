"""The candidates, against loops over trials, epochs and lanes."""

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from search.front.candidates import Candidates, candidates_of
from search.front.configurations import Configurations
from search.front.floors import Bounds
from search.store.trials import TrialRecord
from tests.support.fake_training import OBJECTIVES, trial_of

LEAST = 0.5
FLOORS = (("ccc", LEAST),)
Name = tuple[int, int]  # first trial, epoch
Lanes = list[list[float]]


def random_trials(seed: int, configurations: int = 9, epochs: int = 4) -> list[TrialRecord]:
    """Of some configurations a second trial with other seeds; some lanes diverge."""
    rng = np.random.default_rng(seed)
    trials: list[TrialRecord] = []
    states = ["complete"] * 6 + ["stopped", "running", "failed"]
    for number in range(configurations):
        for seeds, purpose in (([0, 1, 2, 3], "search"), ([4, 5, 6, 7], "race")):
            state = states[number]
            if purpose == "race" and (state != "complete" or number % 2):
                continue
            length = 2 if state in ("stopped", "running") else epochs
            lanes: list[dict] = [
                # Eighths, and lanes a power of two: means tie, and exactly.
                {name: (rng.integers(2, 9, len(seeds)) / 8).tolist() for name in OBJECTIVES}
                for _ in range(length)
            ]
            if number in (3, 4):
                lanes[-1]["ccc"][0] = lanes[-1]["recall_gap"][0] = None
            given = {"seeds": seeds, "purpose": purpose, "values": {"alpha0": number}}
            trials.append(trial_of(len(trials), lanes, state=state, **given))
    return trials


def brute_force(trials: list[TrialRecord]) -> dict[Name, Lanes]:
    """Lanes (lane, objective) as costs of each candidate that may be handed over."""
    result: dict[Name, Lanes] = {}
    for first in (t for t in trials if t.purpose == "search"):
        if first.state not in ("complete", "stopped"):
            continue
        able: dict[int, Lanes] = {}
        for epoch in range(1, len(first.epochs) + 1):
            lanes = []
            for trial in trials:
                if (trial.values == first.values and trial.state == "complete") or trial is first:
                    at = trial.epochs[epoch - 1].lanes
                    lanes += list(zip(at["ccc"], at["recall_gap"], strict=True))
            able[epoch] = lanes
        # First by the lanes of the first trial, known while it trains; then by all lanes.
        for count in (4, 8):
            able = {e: lanes for e, lanes in able.items() if reaches_the_floor(lanes[:count])}
            able = front_by_loops(able, lambda lanes: means(as_costs(lanes[:count])))  # noqa: B023
        for epoch, lanes in ((e, as_costs(lanes)) for e, lanes in able.items()):
            result[first.number, epoch] = lanes
    return result


def reaches_the_floor(lanes: Lanes) -> bool:
    if any(value is None for lane in lanes for value in lane):
        return False
    return statistics.fmean(ccc for ccc, _ in lanes) >= LEAST


def as_costs(lanes: Lanes) -> Lanes:
    return [[-ccc, gap] for ccc, gap in lanes]


def front_by_loops(rows: dict[Any, Lanes], judged: Callable[[Lanes], list[float]]) -> dict:
    costs = {name: judged(lanes) for name, lanes in rows.items()}
    return {
        name: lanes
        for name, lanes in rows.items()
        if not any(beats(other, costs[name]) for other in costs.values())
    }


def means(lanes: Lanes) -> list[float]:
    return [statistics.fmean(column) for column in zip(*lanes, strict=True)]


def errors(lanes: Lanes) -> list[float]:
    columns = list(zip(*lanes, strict=True))
    return [statistics.stdev(column) / len(column) ** 0.5 for column in columns]


def ends(lanes: Lanes) -> list[tuple[float, float, float]]:
    """Least, mean and greatest of each cost."""
    columns = zip(*lanes, strict=True)
    return [(min(c), round(statistics.fmean(c), 12), max(c)) for c in columns]


def beats(a: list[float], b: list[float]) -> bool:
    # Standard errors differ in their last digit, by the order of the sum.
    pairs = list(zip(a, b, strict=True))
    return all(x <= y + 1e-12 for x, y in pairs) and any(x < y - 1e-12 for x, y in pairs)


def made(trials: list[TrialRecord], floors: Bounds = FLOORS) -> Candidates:
    return candidates_of(Configurations().update(trials), OBJECTIVES, floors)


def names_of(candidates: Candidates, trials: list[TrialRecord]) -> list[Name]:
    trained = Configurations().update(trials)
    owners = [trained[row].number for row in candidates.owners]
    return list(zip(owners, candidates.epochs.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(10))
def test_candidates_are_the_feasible_epochs_that_no_epoch_of_their_trial_beats(seed: int) -> None:
    trials = random_trials(seed)
    result, expected = made(trials), brute_force(trials)
    assert sorted(names_of(result, trials)) == sorted(expected)
    for name, costs in zip(names_of(result, trials), result.means().tolist(), strict=True):
        assert costs == pytest.approx(means(expected[name]))


@pytest.mark.parametrize("seed", range(10))
def test_on_the_front_is_what_no_other_candidate_beats(seed: int) -> None:
    trials = random_trials(seed)
    found, expected = made(trials), brute_force(trials)
    names = names_of(found, trials)
    kept: dict[str, Name] = {}
    for name in names:  # equal candidates stand once
        kept.setdefault(repr(ends(expected[name])), name)
    front = set(front_by_loops(expected, means)) & set(kept.values())
    assert {n for n, on in zip(names, found.on_front, strict=True) if on} == front
    assert front


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("reach", [0.0, 0.5, 1.0, 2.0])
def test_near_is_who_would_be_on_the_front_with_so_much_luck(seed: int, reach: float) -> None:
    trials = random_trials(seed)
    result, expected = made(trials), brute_force(trials)
    names = names_of(result, trials)
    front = [means(expected[n]) for n, on in zip(names, result.on_front, strict=True) if on]
    near = set()
    for name, lanes in expected.items():
        lucky = [m - reach * e for m, e in zip(means(lanes), errors(lanes), strict=True)]
        if not any(beats(member, lucky) for member in front):
            near.add(name)
    assert {n for n, on in zip(names, result.near(reach), strict=True) if on} == near


def test_more_luck_brings_more_near_and_the_front_always_is() -> None:
    result = made(random_trials(0, configurations=9))
    before = result.on_front
    for reach in (0.0, 0.5, 1.0, 2.0, 4.0):
        near = result.near(reach)
        assert (near >= before).all()
        before = near
    assert before.sum() > result.on_front.sum()


def test_lanes_stand_under_their_seeds() -> None:
    trials = [
        trial_of(0, [{"ccc": [0.7, 0.8], "recall_gap": [0.1, 0.2]}], seeds=[4, 0]),
        trial_of(1, [{"ccc": [0.9], "recall_gap": [0.3]}], seeds=[2]),
        trial_of(2, [{"ccc": [0.6], "recall_gap": [0.4]}], seeds=[2], values={"alpha0": 0.0},
                 purpose="race"),
    ]  # fmt: skip
    result = made(trials)
    nan = float("nan")  # seeds 0, 2, 4
    assert np.array_equal(
        result.costs[..., 0], [[-0.8, -0.6, -0.7], [nan, -0.9, nan]], equal_nan=True
    )
    missed = [[LEAST - 0.8, LEAST - 0.6, LEAST - 0.7], [nan, LEAST - 0.9, nan]]
    assert np.allclose(result.violations[..., 0], missed, equal_nan=True)


def test_running_and_failed_trials_have_no_candidates() -> None:
    lanes = [{"ccc": [0.9], "recall_gap": [0.0]}]
    for state in ("running", "failed"):
        assert len(made([trial_of(0, lanes, state=state)])) == 0
    for state in ("complete", "stopped"):
        assert len(made([trial_of(0, lanes, state=state)])) == 1


def test_without_a_floor_every_accuracy_counts() -> None:
    lanes = [{"ccc": [0.1, 0.1], "recall_gap": [0.0, 0.0]}]
    assert len(made([trial_of(0, lanes)])) == 0
    assert len(made([trial_of(0, lanes)], floors=())) == 1


def test_a_single_lane_is_as_uncertain_as_those_of_the_others() -> None:
    # Two lanes 0.1 to either side of their mean: their deviation is 0.1 times the root of 2.
    pair = trial_of(0, [{"ccc": [0.7, 0.9], "recall_gap": [0.1, 0.3]}])
    singles = [
        trial_of(n, [{"ccc": [0.9 - 0.1 * n], "recall_gap": [0.1 + 0.1 * n]}]) for n in (1, 2, 3)
    ]
    result = made([pair, *singles])
    deviation = 0.1 * 2**0.5
    assert result.errors() == pytest.approx(np.array([[0.1] * 2, *[[deviation] * 2] * 3]))
    assert result.on_front.tolist() == [True, True, False, False]  # (0.8, 0.2) twice
    assert result.near(1.0).tolist() == [True, True, True, False]


def test_where_nobody_has_two_lanes_nobody_is_near_but_the_front() -> None:
    trials = [trial_of(n, [{"ccc": [0.9 - 0.1 * n], "recall_gap": [0.2]}]) for n in range(2)]
    result = made(trials)
    assert result.errors().tolist() == [[0.0, 0.0]] * 2
    assert result.near(5.0).tolist() == [True, False]


def test_of_equals_the_first_is_on_the_front() -> None:
    lanes = [{"ccc": [0.7, 0.8], "recall_gap": [0.1, 0.2]}] * 2
    found = made([trial_of(n, lanes) for n in range(3)])
    assert len(found) == 6
    assert found.on_front.tolist() == [True, *[False] * 5]


@pytest.mark.parametrize("trials", [[], [trial_of(0, [{"ccc": [0.1], "recall_gap": [0.1]}])]])
def test_nothing_able_has_nothing_on_the_front(trials: list[TrialRecord]) -> None:
    result = made(trials)
    assert len(result) == 0
    assert result.means().shape == (0, 2)
    assert result.on_front.shape == result.near(1.0).shape == (0,)


USEFUL = (*FLOORS, ("worst_recall", 0.2))


def of_recalls(worst: list[float], number: int = 0, **options: Any) -> TrialRecord:
    lanes = {"ccc": [0.7] * len(worst), "recall_gap": [0.0] * len(worst), "worst_recall": worst}
    return trial_of(number, [lanes], **options)


def test_a_collapse_is_no_candidate_though_its_accuracy_suffices() -> None:
    assert len(made([of_recalls([0.0, 0.0])])) == 1
    assert len(made([of_recalls([0.0, 0.0])], USEFUL)) == 0
    assert len(made([of_recalls([0.3, 0.3])], USEFUL)) == 1


def test_where_some_lanes_collapsed_their_mean_decides() -> None:
    assert len(made([of_recalls([0.0, 0.5])], USEFUL)) == 1
    assert len(made([of_recalls([0.0, 0.3])], USEFUL)) == 0


def test_further_seeds_that_collapsed_may_take_a_configuration_off() -> None:
    values = {"alpha0": 1.0}
    first = of_recalls([0.3, 0.3], values=values, seeds=[0, 1])
    race = of_recalls([0.0, 0.0], 1, values=values, seeds=[2, 3], purpose="race")
    assert len(made([first], USEFUL)) == 1
    assert len(made([first, race], USEFUL)) == 0


def test_each_floor_has_its_violations() -> None:
    result = made([of_recalls([0.1, 0.5]), of_recalls([0.3, 0.3], 1)], USEFUL)
    assert result.violations.shape == (2, 2, 2)
    assert result.violations[0] == pytest.approx(np.array([[-0.2, 0.1], [-0.2, -0.3]]))


@pytest.mark.parametrize("seed", range(5))
def test_a_second_floor_that_all_reach_changes_nothing(seed: int) -> None:
    trials = random_trials(seed)
    for trial in trials:
        for epoch in trial.epochs:
            epoch.lanes["worst_recall"] = [0.9] * len(trial.seeds)
    one, two = made(trials), made(trials, USEFUL)
    assert (one.owners.tolist(), one.epochs.tolist()) == (two.owners.tolist(), two.epochs.tolist())
    assert (one.on_front == two.on_front).all()
