"""Fronts above floors."""

from typing import Any

import pytest

from search.front.configurations import Configurations
from search.front.floors import Floor
from search.front.front import Front, build
from search.front.names import why_infeasible
from search.store.trials import TrialRecord
from tests.support.fake_training import FLOOR, OBJECTIVES, trial_of

RECALL = Floor("worst_recall", of_baseline=0.5, baseline=0.4)  # 0.2


def lanes(ccc: float, gap: float) -> dict[str, list[float | None]]:
    """Return three lanes."""
    return {"ccc": [ccc] * 3, "recall_gap": [gap] * 3}


def of_recall(number: int, ccc: float, gap: float, worst: float, **options: Any) -> TrialRecord:
    return trial_of(number, [{**lanes(ccc, gap), "worst_recall": [worst] * 3}], **options)


def held_to_both(*trials: TrialRecord) -> Front:
    trained = Configurations().update(trials)
    return build(trained, OBJECTIVES, {"recall_gap": 1.0}, [FLOOR, RECALL])


def test_a_collapse_is_not_on_the_front_however_fair_it_looks() -> None:
    front = held_to_both(
        of_recall(0, 0.70, 0.00, 0.0),  # finds nobody low, women and men alike
        of_recall(1, 0.70, 0.30, 0.3),
        of_recall(2, 0.50, 0.00, 0.0),
    )
    assert [(point.trial, point.epoch) for point in front.members] == [(1, 1)]
    assert [point.feasible for point in front.points] == [False, True, False]
    assert [p.missed for p in front.points] == [("worst_recall",), (), ("ccc", "worst_recall")]
    reported = [why_infeasible(point) for point in front.points]
    assert reported == [
        "below the floor of worst_recall",
        "",
        "below the floor of ccc and of worst_recall",
    ]


def test_a_floor_of_no_objective_adds_no_axis_to_the_hypervolume() -> None:
    front = held_to_both(of_recall(0, 0.70, 0.00, 0.0), of_recall(1, 0.75, 0.30, 0.3))
    assert front.reference == {"ccc": pytest.approx(0.6), "recall_gap": 1.0}
    assert front.hypervolume == pytest.approx(0.15 * 0.7)
    rows = [point.metrics for point in front.points]
    assert front.volume(rows) == front.hypervolume
    assert front.volume(rows[:1]) == 0.0


def test_fresh_seeds_that_collapse_give_nothing() -> None:
    values = [{"alpha0": float(number)} for number in range(2)]
    fresh: dict[str, Any] = {"purpose": "check", "seeds": [500, 501, 502]}
    front = held_to_both(
        of_recall(0, 0.70, 0.10, 0.3, values=values[0]),
        of_recall(1, 0.75, 0.30, 0.3, values=values[1]),
        of_recall(2, 0.70, 0.00, 0.1, values=values[0], **fresh),
        of_recall(3, 0.75, 0.30, 0.3, values=values[1], **fresh),
    )
    assert front.checked is not None
    assert front.checked[0] == pytest.approx(0.1 * 0.9 + 0.05 * 0.7)
    assert front.checked[1] == pytest.approx(0.15 * 0.7)


def test_violation_tells_by_how_much_the_floor_is_missed() -> None:
    assert FLOOR.violation({"ccc": 0.5}) == pytest.approx(0.1)
    assert FLOOR.violation({"ccc": 0.7}) == pytest.approx(-0.1)


def test_the_floor_of_an_epoch_follows_the_baselines_training() -> None:
    floor = Floor("ccc", 0.5, 0.8, curve=(0.2, 0.6, 0.8))
    assert [floor.at(epoch) for epoch in (1, 2, 3, 9)] == pytest.approx([0.1, 0.3, 0.4, 0.4])
    assert floor.value == pytest.approx(0.4)
    assert Floor("ccc", 0.5, 0.8).at(1) == pytest.approx(0.4)  # from before curves were kept


def test_how_far_a_seed_moves_a_metric_follows_the_baselines_lanes() -> None:
    floor = Floor("ccc", 0.5, 0.8, spreads=({"ccc_sd": 0.2}, {"ccc_sd": 0.1}))
    assert [floor.spread(epoch)["ccc_sd"] for epoch in (1, 2, 9)] == [0.2, 0.1, 0.1]
    assert Floor("ccc", 0.5, 0.8).spread(1) == {}
