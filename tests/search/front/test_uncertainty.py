import numpy as np
import pytest
from scipy import stats

from search.front.uncertainty import (
    drawn_means,
    front_probabilities,
    interval,
    standard_errors,
    usual_deviation,
)

NONE = float("nan")


def draws(lanes: np.ndarray, count: int = 20_000, seed: int = 0) -> np.ndarray:
    return drawn_means(lanes, count, np.random.default_rng(seed))


def probabilities(costs: list, missed: float | list | None = None) -> dict[int, float]:
    """Of one candidate a configuration, costs (candidate, seed, objective)."""
    array = np.array(costs, dtype=float)
    violations = np.zeros((*array.shape[:2], 1))
    if missed is not None:
        violations[..., 0] = missed
    return front_probabilities(array, violations, list(range(len(array))))


@pytest.mark.parametrize("lanes", [2, 3, 5, 12])
def test_drawn_means_vary_as_the_mean_of_so_many_lanes_does(lanes: int) -> None:
    values = np.random.default_rng(lanes).normal(5.0, 2.0, (1, lanes, 1))
    drawn = draws(values)[:, 0, 0]
    expected = values.var(ddof=1) / lanes
    assert drawn.mean() == pytest.approx(values.mean(), abs=5 * (expected / 20_000) ** 0.5)
    assert drawn.var() == pytest.approx(expected, rel=0.06)


def test_an_item_without_all_seeds_varies_as_those_it_has() -> None:
    values = np.random.default_rng(1).normal(0.0, 1.0, (2, 8, 1))
    values[1, 3:] = NONE
    drawn = draws(values)[..., 0]
    for item, count in ((0, 8), (1, 3)):
        known = values[item, :count, 0]
        assert drawn[:, item].mean() == pytest.approx(known.mean(), abs=0.03)
        assert drawn[:, item].var() == pytest.approx(known.var(ddof=1) / count, rel=0.06)


def test_a_seed_is_drawn_for_all_items_at_once() -> None:
    lanes = np.random.default_rng(2).normal(size=(1, 6, 2))
    drawn = draws(np.concatenate([lanes, lanes + 3.0, -lanes]), 200)
    assert np.allclose(drawn[:, 1], drawn[:, 0] + 3.0)
    assert np.allclose(drawn[:, 2], -drawn[:, 0])


def test_items_with_the_same_lanes_always_draw_the_same() -> None:
    lanes = np.random.default_rng(3).normal(size=(1, 5, 2))
    lanes[0, 4] = NONE
    drawn = draws(np.concatenate([lanes, lanes]), 200)
    assert (drawn[:, 0] == drawn[:, 1]).all()


def pooled(groups: list[np.ndarray]) -> float:
    """The root of the squared deviations from each group's own mean over their freedom."""
    squares = sum(((group - group.mean()) ** 2).sum() for group in groups)
    return float((squares / sum(len(group) - 1 for group in groups)) ** 0.5)


def test_a_single_lane_varies_as_a_lane_of_the_others_does() -> None:
    rng = np.random.default_rng(5)
    lanes = np.full((3, 6, 1), NONE)
    lanes[0, :, 0], lanes[1, :4, 0], lanes[2, 2, 0] = rng.normal(size=6), rng.normal(size=4), 0.3
    usual = pooled([lanes[0, :, 0], lanes[1, :4, 0]])
    drawn = draws(lanes)[:, 2, 0]
    assert usual_deviation(lanes).tolist() == pytest.approx([usual])
    assert drawn.mean() == pytest.approx(0.3, abs=5 * usual / 20_000**0.5)
    assert drawn.std() == pytest.approx(usual, rel=0.03)


def test_where_nobody_has_two_lanes_each_keeps_its_value() -> None:
    lanes = np.full((2, 4, 1), NONE)
    lanes[0, 2], lanes[1, 0] = 0.3, 0.7
    assert usual_deviation(lanes).tolist() == [0.0]
    assert np.allclose(draws(lanes, 100)[..., 0], [0.3, 0.7])
    assert standard_errors(lanes).tolist() == [[0.0], [0.0]]


def test_draws_follow_the_generator() -> None:
    lanes = np.random.default_rng(4).normal(size=(2, 5, 1))
    assert (draws(lanes, 50, seed=1) == draws(lanes, 50, seed=1)).all()
    assert (draws(lanes, 50, seed=1) != draws(lanes, 50, seed=2)).any()


@pytest.mark.parametrize("count", [2, 3, 7])
def test_an_interval_is_students(count: int) -> None:
    lanes = np.random.default_rng(count).normal(0.7, 0.1, count)
    expected = stats.t.interval(0.95, count - 1, lanes.mean(), stats.sem(lanes))
    assert interval([*lanes.tolist()]) == pytest.approx(expected)
    assert interval([None, *lanes.tolist(), None]) == pytest.approx(expected)


def test_an_interval_by_hand() -> None:
    # Student's t of 2 degrees at 97.5 % is 4.30265; the standard error is 0.1 / sqrt(3).
    assert interval([0.6, 0.7, 0.8]) == pytest.approx((0.7 - 0.248414, 0.7 + 0.248414), abs=1e-5)
    assert interval([0.5, 0.5]) == (0.5, 0.5)


@pytest.mark.parametrize("lanes", [[], [0.7], [None, 0.7, None]])
def test_fewer_than_two_lanes_have_no_interval(lanes: list) -> None:
    assert interval(lanes) is None


def test_standard_errors_are_scipys_and_pooled_for_a_single_lane() -> None:
    lanes = np.random.default_rng(0).normal(size=(3, 6, 2))
    lanes[1, 4:] = NONE
    lanes[2, 1:] = NONE
    expected = stats.sem(lanes[:2], axis=1, nan_policy="omit")
    assert np.allclose(standard_errors(lanes)[:2], expected)
    for quantity in (0, 1):
        usual = pooled([lanes[0, :, quantity], lanes[1, :4, quantity]])
        assert standard_errors(lanes)[2, quantity] == pytest.approx(usual)


def test_a_clear_winner_is_surely_on_the_front_and_a_clear_loser_surely_not() -> None:
    luck = [[0.00, 0.00], [0.02, -0.01], [-0.01, 0.02], [0.01, 0.01]]
    winner = [[0.1 + a, 0.1 + b] for a, b in luck]
    loser = [[0.9 - a, 0.9 - b] for a, b in luck]
    assert probabilities([loser, winner]) == {0: 0.0, 1: 1.0}


def test_two_that_neither_beats_are_both_surely_on_the_front() -> None:
    assert probabilities([[[0.1, 0.9], [0.2, 0.8]], [[0.9, 0.1], [0.8, 0.2]]]) == {0: 1.0, 1: 1.0}


def test_identical_configurations_share_their_place() -> None:
    one = [[0.5, 0.5], [0.4, 0.7], [0.6, 0.45]]
    rival = [[0.52, 0.5], [0.38, 0.66], [0.6, 0.48]]
    found = probabilities([one, one, rival])
    assert found[0] == found[1]
    assert found[2] > 0
    assert found[0] == probabilities([one, rival])[0]  # a double takes nothing away


def test_a_coin_toss_is_a_coin_toss() -> None:
    # One objective, paired differences symmetric about zero: each leads half the time.
    costs = [[[0.4], [0.6], [0.4], [0.6]], [[0.6], [0.4], [0.6], [0.4]]]
    found = probabilities(costs)
    assert found[0] == pytest.approx(0.5, abs=0.06)
    assert found[0] + found[1] == pytest.approx(1.0, abs=0.02)


def test_common_luck_decides_nothing() -> None:
    # The seeds differ by far more than the configurations, but for both alike.
    luck = np.linspace(0.0, 5.0, 6)
    costs = [[[value] for value in luck], [[value + 0.01] for value in luck]]
    assert probabilities(costs) == {0: 1.0, 1: 0.0}


def test_who_misses_the_floor_is_not_on_the_front() -> None:
    best, second = [[0.1, 0.1]] * 3, [[0.5, 0.5]] * 3
    assert probabilities([best, second], [[0.2] * 3, [-0.1] * 3]) == {0: 0.0, 1: 1.0}
    assert probabilities([best, second], 0.1) == {0: 0.0, 1: 0.0}


def test_who_may_miss_the_floor_is_on_the_front_as_often_as_it_reaches_it() -> None:
    best, second = [[0.1, 0.1]] * 4, [[0.5, 0.5]] * 4
    missed = [[-0.1, 0.1, -0.1, 0.1], [-0.1] * 4]
    found = probabilities([best, second], missed)
    assert found[0] == pytest.approx(0.5, abs=0.06)
    assert found[0] + found[1] == pytest.approx(1.0, abs=1e-9)


def test_every_floor_must_be_reached_in_the_same_draw() -> None:
    # Each of two floors is missed in about half of the draws, and never is neither.
    costs = np.array([[[0.1, 0.1]] * 4, [[0.5, 0.5]] * 4])
    missed = np.full((2, 4, 2), -0.1)
    missed[0, :, 0], missed[0, :, 1] = [-0.1, 0.1, -0.1, 0.1], [0.1, -0.1, 0.1, -0.1]
    assert front_probabilities(costs, missed, [0, 1]) == {0: 0.0, 1: 1.0}
    missed[0, :, 1] = missed[0, :, 0]
    assert front_probabilities(costs, missed, [0, 1])[0] == pytest.approx(0.5, abs=0.06)


def test_any_of_its_candidates_puts_a_configuration_on_the_front() -> None:
    costs = np.array([[[0.9, 0.9]] * 2, [[0.1, 0.1]] * 2, [[0.5, 0.5]] * 2])
    found = front_probabilities(costs, np.zeros((3, 2, 1)), [4, 4, 7])
    assert found == {4: 1.0, 7: 0.0}


def test_probabilities_are_the_same_each_time_they_are_asked_for() -> None:
    costs = np.random.default_rng(0).normal(size=(6, 4, 2)).tolist()
    assert probabilities(costs) == probabilities(costs)


def test_no_candidates_have_no_probabilities() -> None:
    assert front_probabilities(np.empty((0, 0, 2)), np.empty((0, 0, 1)), []) == {}
