import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from search.front.configurations import Configurations
from search.front.front import Front, build
from search.front.names import point_name
from search.front.pick import RULES, PickError, pick, top, within
from search.front.point import Point
from tests.support.fake_training import front_of, trial_of

Pair = tuple[float, float]


def front(*pairs: Pair) -> Front:
    """A front of such candidates, in this order, each of its own trial."""
    trials = [
        trial_of(number, [{"ccc": [ccc, ccc], "recall_gap": [gap, gap]}])
        for number, (ccc, gap) in enumerate(pairs)
    ]
    return front_of({trial.number: trial for trial in trials})


def picked(what: str, *pairs: Pair) -> str:
    return point_name(pick(front(*pairs), what))


BULGE = ((0.80, 0.50), (0.62, 0.10), (0.76, 0.20), (0.70, 0.15))


def test_each_rule_finds_its_member() -> None:
    assert picked("most-accurate", *BULGE) == "0@1"
    assert picked("fairest", *BULGE) == "1@1"
    assert picked("knee", *BULGE) == "2@1"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_of_the_trials_does_not_matter(order: tuple[int, ...]) -> None:
    pairs = [BULGE[place] for place in order]
    for rule, place in (("most-accurate", 0), ("fairest", 1), ("knee", 2)):
        assert picked(rule, *pairs) == f"{order.index(place)}@1"


def test_the_knee_is_farthest_from_the_line_through_the_extremes() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        angle = np.sort(rng.uniform(0, np.pi / 2, 7))
        points = np.column_stack([0.6 + 0.3 * np.sin(angle), 0.8 - 0.7 * np.cos(angle)])
        points = points[rng.permutation(7)]
        low, high = points.min(axis=0), points.max(axis=0)
        x, y = ((points - low) / (high - low)).T
        start, end = np.argmin(x), np.argmax(x)
        # Twice the area of the triangle of the extremes and the point, over the base.
        area = (x[end] - x[start]) * (y[start] - y) - (x[start] - x) * (y[end] - y[start])
        assert picked("knee", *map(tuple, points.tolist())) == f"{int(np.argmax(area))}@1"


def test_units_do_not_move_the_knee() -> None:
    squeezed = [(ccc, gap / 100) for ccc, gap in BULGE]
    assert picked("knee", *squeezed) == picked("knee", *BULGE)


def test_of_two_members_the_more_accurate_is_the_knee() -> None:
    assert picked("knee", (0.7, 0.1), (0.8, 0.3)) == "1@1"


def test_a_front_that_bulges_the_other_way_has_its_knee_at_an_end() -> None:
    assert picked("knee", (0.7, 0.10), (0.72, 0.38), (0.8, 0.40)) == "2@1"


def test_a_single_member_is_picked_by_every_rule() -> None:
    assert {picked(rule, (0.7, 0.1), (0.69, 0.2)) for rule in RULES} == {"0@1"}


def test_a_member_is_picked_by_its_name() -> None:
    assert picked("3@1", *BULGE) == "3@1"


@pytest.mark.parametrize("what", ["4@1", "0@2", "0", "best", ""])
def test_what_is_no_member_is_an_error_that_names_those_there_are(what: str) -> None:
    # 4 is beaten by 0.
    with pytest.raises(
        PickError, match=f"^{what!r} must be knee, .* front: 0@1, 2@1, 3@1, 1@1(; did|$)"
    ):
        picked(what, *BULGE, (0.79, 0.51))


def test_an_empty_front_is_an_error_that_says_why() -> None:
    with pytest.raises(PickError, match="front is empty: 1 trial: below the floor of ccc"):
        picked("knee", (0.1, 0.1))
    with pytest.raises(PickError, match="front is empty: no trial has numbers yet"):
        picked("knee")


def test_a_front_of_accuracy_alone_has_no_fairest_member() -> None:
    trials = [trial_of(number, [{"ccc": [value]}]) for number, value in enumerate((0.7, 0.8))]
    single = build(Configurations().update(trials), ("ccc",), {"ccc": 0.0})
    assert point_name(pick(single, "knee")) == point_name(pick(single, "most-accurate")) == "1@1"
    with pytest.raises(PickError, match="this front is of ccc alone"):
        pick(single, "fairest")


def with_baseline(whole: Front, ccc: float) -> Front:
    return dataclasses.replace(whole, baseline={"ccc": ccc})


@pytest.mark.parametrize(
    ("baseline", "tolerance", "name"),
    [
        (0.77, 0.02, "2@1"),
        (0.78, 0.02, "2@1"),
        (0.79, 0.02, "0@1"),
        (0.7, 0.0, "3@1"),
        (0.8, 0.2, "1@1"),
    ],
)
def test_the_fairest_of_those_within_the_tolerance_of_the_baselines_accuracy(
    baseline: float, tolerance: float, name: str
) -> None:
    result = with_baseline(front(*BULGE), baseline)
    # The bound itself is within, but for rounding.
    assert point_name(pick(result, "fairest-within", tolerance + 1e-9)) == name


def test_without_a_baseline_the_most_accurate_member_stands_in_for_it() -> None:
    assert point_name(pick(front(*BULGE), "fairest-within", 0.05)) == "2@1"
    assert point_name(pick(front(*BULGE), "fairest-within", 0.0)) == "0@1"


def test_where_none_is_within_the_tolerance_the_most_accurate_is_nearest() -> None:
    result = with_baseline(front(*BULGE), 0.9)
    assert within(result, 0.02) == ()
    assert point_name(pick(result, "fairest-within")) == "0@1"


def volume(whole: Front, points: Sequence[Point]) -> float:
    return whole.volume(point.metrics for point in points)


@pytest.mark.parametrize("seed", range(8))
def test_the_top_is_near_the_best_choice_of_as_many_and_one_adds_to_the_next(seed: int) -> None:
    rng = np.random.default_rng(seed)
    result = front(*zip(rng.uniform(0.62, 0.9, 9), rng.uniform(0.05, 0.6, 9), strict=True))
    sizes = range(1, len(result.members) + 1)
    longest = top(result, len(result.members))
    for count in sizes:
        chosen = top(result, count)
        assert chosen == longest[:count]
        best = max(volume(result, some) for some in itertools.combinations(result.members, count))
        assert (1 - 1 / np.e) * best <= volume(result, chosen) <= best + 1e-12
        if count in (1, len(result.members)):
            assert volume(result, chosen) == pytest.approx(best)


def test_the_top_of_a_known_front_in_the_order_of_what_each_adds() -> None:
    # From (0.6, 1): areas alone .2 x .5, .02 x .9, .16 x .8, .1 x .85; 2 goes first, then 0 adds
    # .04 x .5, 3 adds .1 x .05, and 1 adds .02 x .05.
    assert [point_name(p) for p in top(front(*BULGE), 4)] == ["2@1", "0@1", "3@1", "1@1"]
    assert [point_name(p) for p in top(front(*BULGE), 9)] == ["2@1", "0@1", "3@1", "1@1"]


def test_members_that_add_nothing_go_by_accuracy() -> None:
    behind = dataclasses.replace(front(*BULGE), reference={"ccc": 0.9, "recall_gap": 0.01})
    assert [point_name(p) for p in top(behind, 3)] == ["0@1", "2@1", "3@1"]


def test_an_empty_front_has_no_top() -> None:
    with pytest.raises(PickError, match="front is empty: no trial has numbers yet"):
        top(front(), 2)


def test_a_misspelt_rule_names_the_nearest() -> None:
    with pytest.raises(PickError, match=r"; did you mean fairest or fairest-within\?$"):
        picked("fairst", *BULGE)
