from collections.abc import Callable, Iterable

import pytest

from search.front.front import Front
from search.presentation.front_layout import Axis, Dot, plane
from search.store.trials import TrialRecord
from tests.support.fake_training import trial_of

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def test_an_axis_shows_the_better_direction() -> None:
    assert Axis("ccc").title == "ccc (higher is better →)"
    assert Axis("recall_gap").title == "recall_gap (← lower is better)"
    assert Axis("tpr_diff").title == "|tpr_diff| (← nearer 0 is better)"
    assert Axis(None).title == "trial"


def test_a_metric_best_at_zero_is_drawn_at_its_absolute_value(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    laid = plane(make_front([make_trial(0, 0.7, 0.3)], ("ccc", "tpr_diff")))
    assert places(laid.dots) == [pytest.approx((0.7, 0.3))]


def test_the_staircase_bounds_what_the_members_attain(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.8, 0.5), make_trial(2, 0.65, 0.2)]
    laid = plane(make_front(trials))
    vertices = [(0.65, 0.2), (0.65, 0.3), (0.7, 0.3), (0.7, 0.5), (0.8, 0.5)]
    assert list(laid.staircase) == [pytest.approx(vertex) for vertex in vertices]


def test_vertices_of_the_staircase_are_attained_by_a_member(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    # A vertex is as good as some member and no better than any: the line is the very boundary.
    trials = [make_trial(n, 0.61 + 0.04 * n, 0.1 + 0.01 * n * n) for n in (3, 0, 4, 1, 2)]
    laid = plane(make_front(trials))
    members = [(dot.x, dot.y) for dot in laid.members]
    assert len(members) == 5
    for x, y in laid.staircase:
        assert any(mx >= x and my <= y for mx, my in members)
        assert not any(mx > x and my < y for mx, my in members)


def test_with_a_third_objective_the_staircase_joins_the_front_of_the_plane(
    make_front: MakeFront,
) -> None:
    # Beaten on CCC and gap, but the women are heard better.
    lanes = [(0.70, 0.3, 0.5), (0.65, 0.4, 0.9)]
    names = ("ccc", "recall_gap", "ccc_female")
    trials = [
        trial_of(number, [{name: [value] for name, value in zip(names, row, strict=True)}])
        for number, row in enumerate(lanes)
    ]
    laid = plane(make_front(trials, names))
    assert len(laid.members) == 2
    assert laid.staircase == ((0.7, 0.3),)


@pytest.mark.parametrize(
    ("objectives", "axis", "baseline"),
    [(("ccc", "recall_gap"), "x", (0.8, 0.5)), (("recall_gap", "ccc"), "y", (0.5, 0.8))],
)
def test_floor_and_baseline_lie_on_their_axes(
    objectives: tuple[str, ...], axis: str, baseline: tuple[float, float], make_front: MakeFront
) -> None:
    laid = plane(make_front([], objectives))
    assert laid.baseline == baseline
    ((cut, floor),) = laid.floors
    assert cut == axis
    assert floor.value == pytest.approx(0.6)


def test_a_floor_on_no_axis_is_not_shown(make_front: MakeFront) -> None:
    assert plane(make_front([], ("recall_gap", "tpr_diff"))).floors == ()


def test_one_objective_is_shown_over_the_trials(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    laid = plane(make_front([make_trial(0, 0.7), make_trial(1, 0.8)], ("ccc",)))
    assert (laid.x.metric, laid.y.metric) == (None, "ccc")
    assert places(laid.dots) == [pytest.approx((0, 0.7)), pytest.approx((1, 0.8))]
    assert laid.staircase == ()
    assert laid.baseline is None
    assert [cut for cut, _ in laid.floors] == ["y"]


def test_candidates_without_the_metrics_are_left_out(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    diverged = trial_of(0, [{name: [None] for name in ("ccc", "recall_gap", "tpr_diff")}])
    laid = plane(make_front([diverged, make_trial(1)]))
    assert [dot.point.trial for dot in laid.dots] == [1]


def test_the_subtitle_counts_configurations_and_candidates(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    two_epochs = trial_of(
        0,
        [
            {"ccc": [0.7], "recall_gap": [0.3], "tpr_diff": [0.0]},
            {"ccc": [0.75], "recall_gap": [0.4], "tpr_diff": [0.0]},
        ],
    )
    laid = plane(make_front([two_epochs, make_trial(1, 0.65, 0.5)]))
    assert laid.subtitle.startswith(
        "2 configurations, 2 candidates on the front; hypervolume 0.1 from"
    )
    assert len(laid.dots) == 3


def test_fresh_seeds_have_another_position(make_trial: MakeTrial, make_front: MakeFront) -> None:
    fresh = make_trial(2, 0.66, 0.5, of=0, seeds=[500, 501, 502], purpose="check")
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.8, 0.5), fresh]
    laid = plane(make_front(trials))
    assert [dot.check for dot in laid.dots] == [pytest.approx((0.66, 0.5)), None]
    over_trials = plane(make_front(trials, ("ccc",)))
    assert [dot.point.trial for dot in over_trials.members] == [1]


def places(dots: Iterable[Dot]) -> list[tuple[float, float]]:
    return [(dot.x, dot.y) for dot in dots]
