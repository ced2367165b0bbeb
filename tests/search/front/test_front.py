import statistics
from collections.abc import Mapping
from typing import Any

import moocore
import numpy as np
import pytest
from scipy import stats

from fairser_core.pareto import hypervolume
from search.front.configurations import Configurations
from search.front.front import Front, build
from search.front.point import Point
from search.store.trials import TrialRecord
from tests.support.fake_training import OBJECTIVES, front_of, trial_of

Pair = tuple[float, float]


def lanes(ccc: float, gap: float, spread: float = 0.0) -> dict[str, list[float | None]]:
    """Three lanes."""
    steps = (-spread, 0.0, spread)
    return {"ccc": [ccc + s for s in steps], "recall_gap": [gap + s for s in steps]}


def trial(number: int, *epochs: Pair, spread: float = 0.0, **options: Any) -> TrialRecord:
    return trial_of(number, [lanes(*epoch, spread) for epoch in epochs], **options)


def made(*trials: TrialRecord) -> Front:
    return front_of({trial.number: trial for trial in trials})


def names(points: tuple[Point, ...]) -> list[tuple[int, int]]:
    return [(point.trial, point.epoch) for point in points]


def test_members_are_the_feasible_candidates_that_nothing_beats() -> None:
    dead: Mapping[str, list[float | None]] = {"ccc": [0.74, None], "recall_gap": [0.1, None]}
    front = made(
        trial(0, (0.70, 0.30)),
        trial(1, (0.75, 0.40)),
        trial(2, (0.69, 0.35)),  # beaten by 0
        trial(3, (0.50, 0.00)),  # below the floor of 0.6
        trial_of(4, [dead]),  # a lane diverged
        trial(5, (0.90, 0.01), state="running"),
        trial(6, (0.90, 0.01), state="failed"),
        trial(7, (0.80, 0.45), state="stopped"),  # what it had trained by then counts
    )
    assert names(front.members) == [(7, 1), (1, 1), (0, 1)]
    assert [p.trial for p in front.points if not p.feasible] == [3, 4]
    assert [p.trial for p in front.points] == [0, 1, 2, 3, 4, 7]


def test_a_configuration_may_be_on_the_front_at_any_of_its_epochs() -> None:
    front = made(
        trial(0, (0.50, 0.00), (0.65, 0.20), (0.64, 0.25), (0.80, 0.50)),
        trial(1, (0.70, 0.30), (0.69, 0.40)),
        trial(2, (0.62, 0.90), (0.61, 0.95)),
    )
    assert names(front.members) == [(0, 4), (1, 1), (0, 2)]
    # Of a configuration off the front its newest epoch is shown.
    assert names(front.points) == [(0, 2), (0, 4), (1, 1), (2, 2)]
    shown = [point.metrics["ccc"] for point in front.points]
    assert shown == pytest.approx([0.65, 0.80, 0.70, 0.61])


def test_who_is_on_the_front_is_feasible() -> None:
    # As where no woman of a corpus' validation split is at a low activation.
    undefined = {"recall_low_female": [None, None, None]}
    for point in made(trial_of(0, [{**lanes(0.7, 0.3), **undefined}])).points:
        assert point.feasible is point.on_front


def test_all_lanes_of_a_configuration_decide() -> None:
    values = {"alpha0": 0.5}
    lucky = trial(0, (0.60, 0.40), (0.80, 0.20), values=values, seeds=[0, 1, 2])
    sober = trial(1, (0.60, 0.40), (0.70, 0.40), values=values, seeds=[3, 4, 5], purpose="race")
    front = made(lucky, sober)
    (point,) = front.points
    assert (point.trial, point.trials, point.seeds) == (0, (0, 1), [0, 1, 2, 3, 4, 5])
    assert point.metrics["ccc"] == pytest.approx(0.75)
    assert point.metrics["ccc_sd"] == pytest.approx(statistics.stdev([0.8] * 3 + [0.7] * 3))
    assert point.metrics["recall_gap"] == pytest.approx(0.30)
    assert front.hypervolume == pytest.approx(0.15 * 0.7)
    sober.state = "running"
    assert made(lucky, sober).points == made(lucky).points


def test_hypervolume_is_measured_from_the_floor_and_the_reference() -> None:
    front = made(trial(0, (0.70, 0.30)), trial(1, (0.75, 0.40)), trial(3, (0.5, 0.0)))
    assert front.reference == {"recall_gap": 1.0, "ccc": pytest.approx(0.6)}
    assert front.hypervolume == pytest.approx(0.1 * 0.7 + 0.05 * 0.6)
    assert front.hypervolume == pytest.approx(
        hypervolume(np.array([[-0.7, 0.3], [-0.75, 0.4]]), np.array([-0.6, 1.0]))
    )


def test_intervals_are_students_over_the_lanes_of_each_objective() -> None:
    (point,) = made(trial(0, (0.7, 0.3), spread=0.05)).points
    for name, mean in (("ccc", 0.7), ("recall_gap", 0.3)):
        expected = stats.t.interval(0.95, 2, mean, 0.05 / 3**0.5)
        assert point.intervals[name] == pytest.approx(expected)
    assert set(point.intervals) == set(OBJECTIVES)
    single = trial_of(0, [{"ccc": [0.7], "recall_gap": [0.3]}])
    assert made(single).points[0].intervals == {}


def test_fresh_seeds_are_reported_beside_the_claim() -> None:
    values = [{"alpha0": float(number)} for number in range(3)]
    fresh: dict[str, Any] = {"purpose": "check", "seeds": [500, 501, 502]}
    front = made(
        trial(0, (0.70, 0.30), (0.8, 0.6), values=values[0]),
        trial(1, (0.65, 0.20), values=values[1]),
        trial(2, (0.64, 0.10), values=values[2]),
        trial(3, (0.68, 0.35), (0.7, 0.7), values=values[0], **fresh),
        trial(4, (0.50, 0.00), values=values[1], **fresh),  # misses the floor
        trial(5, (0.64, 0.10), values=values[2], state="running", **fresh),
    )
    checks = {
        name: point.check for name, point in zip(names(front.points), front.points, strict=True)
    }
    assert checks[0, 1]["ccc"] == pytest.approx(0.68)
    assert checks[0, 2]["recall_gap"] == pytest.approx(0.7)
    assert checks[1, 1]["ccc"] == pytest.approx(0.50)
    assert checks[2, 1] == {}
    assert front.checked is not None
    claimed, true = front.checked
    box = moocore.hypervolume(
        np.array([[-0.70, 0.30], [-0.80, 0.60], [-0.65, 0.20]]), ref=[-0.6, 1.0]
    )
    assert claimed == pytest.approx(box)  # of the members that were checked alone
    box = moocore.hypervolume(np.array([[-0.68, 0.35], [-0.70, 0.70]]), ref=[-0.6, 1.0])
    assert true == pytest.approx(box)


def test_a_member_whose_fresh_seeds_diverged_claims_but_gives_nothing() -> None:
    values = [{"alpha0": float(number)} for number in range(3)]
    fresh: dict[str, Any] = {"purpose": "check", "seeds": [500, 501, 502]}
    diverged = trial(4, (0.65, 0.20), values=values[1], **fresh)
    diverged.epochs[0].lanes["recall_gap"][1] = None
    front = made(
        trial(0, (0.70, 0.30), values=values[0]),
        trial(1, (0.65, 0.20), values=values[1]),
        trial(2, (0.64, 0.10), values=values[2]),
        trial(3, (0.70, 0.30), values=values[0], **fresh),
        diverged,
        trial(5, (0.64, 0.10), values=values[2], state="failed", **fresh),  # all of them
    )
    assert [point.check_failed for point in front.points] == [0, 1, 3]
    claimed = moocore.hypervolume(
        np.array([[-0.70, 0.30], [-0.65, 0.20], [-0.64, 0.10]]), ref=[-0.6, 1.0]
    )
    held = moocore.hypervolume(np.array([[-0.70, 0.30]]), ref=[-0.6, 1.0])
    assert front.checked == (pytest.approx(claimed), pytest.approx(held))


def test_without_fresh_seeds_nothing_is_checked() -> None:
    assert made(trial(0, (0.7, 0.3))).checked is None


def test_a_sweep_without_results_has_an_empty_front() -> None:
    front = made(TrialRecord(0, {}, [0]))
    assert front.members == front.points == ()
    assert front.hypervolume == 0
    assert front.checked is None


def test_one_objective_has_the_best_candidate_as_its_front() -> None:
    trained = Configurations().update([trial(0, (0.7, 0.3)), trial(1, (0.8, 0.9), (0.75, 0.1))])
    front = build(trained, ("ccc",), {"ccc": 0.0})
    assert names(front.members) == [(1, 1)]
    assert front.hypervolume == pytest.approx(0.8)
