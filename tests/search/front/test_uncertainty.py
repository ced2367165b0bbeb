import numpy as np
import pytest
from scipy import stats

from search.front.uncertainty import (
    interval,
    standard_errors,
    usual_deviation,
)

NONE = float("nan")


def pooled(groups: list[np.ndarray]) -> float:
    """The root of the squared deviations from each group's own mean over their freedom."""
    squares = sum(((group - group.mean()) ** 2).sum() for group in groups)
    return float((squares / sum(len(group) - 1 for group in groups)) ** 0.5)


def test_a_single_lane_varies_as_a_lane_of_the_others_does() -> None:
    rng = np.random.default_rng(5)
    lanes = np.full((3, 6, 1), NONE)
    lanes[0, :, 0], lanes[1, :4, 0], lanes[2, 2, 0] = rng.normal(size=6), rng.normal(size=4), 0.3
    usual = pooled([lanes[0, :, 0], lanes[1, :4, 0]])
    assert usual_deviation(lanes).tolist() == pytest.approx([usual])
    assert standard_errors(lanes)[2, 0] == pytest.approx(usual)


def test_where_nobody_has_two_lanes_no_spread_is_seen() -> None:
    lanes = np.full((2, 4, 1), NONE)
    lanes[0, 2], lanes[1, 0] = 0.3, 0.7
    assert usual_deviation(lanes).tolist() == [0.0]
    assert standard_errors(lanes).tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("count", [3, 4, 7])
def test_an_interval_is_students(count: int) -> None:
    lanes = np.random.default_rng(count).normal(0.7, 0.1, count)
    expected = stats.t.interval(0.95, count - 1, lanes.mean(), stats.sem(lanes))
    assert interval([*lanes.tolist()]) == pytest.approx(expected)
    assert interval([None, *lanes.tolist(), None]) == pytest.approx(expected)


def test_an_interval_by_hand() -> None:
    # Student's t of 2 degrees at 97.5 % is 4.30265; the standard error is 0.1 / sqrt(3).
    assert interval([0.6, 0.7, 0.8]) == pytest.approx((0.7 - 0.248414, 0.7 + 0.248414), abs=1e-5)
    assert interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


def test_an_interval_stays_within_the_range_of_its_metric() -> None:
    assert interval([0.0, 0.1, 0.2], (0.0, 1.0)) == (0.0, pytest.approx(0.1 + 0.248414, abs=1e-5))
    assert interval([0.8, 0.9, 1.0], (0.0, 1.0)) == (pytest.approx(0.9 - 0.248414, abs=1e-5), 1.0)


@pytest.mark.parametrize("lanes", [[], [0.7], [0.6, 0.7], [None, 0.7, None]])
def test_fewer_than_three_lanes_have_no_interval(lanes: list) -> None:
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
