import numpy as np
import pytest

from fairser_core.pareto import hypervolume
from search.front import Floor, build
from search.log import EpochRecord, TrialRecord

FLOOR = Floor("ccc", of_baseline=0.75, baseline=0.8)


def trial(
    number: int, ccc: float, gap: float, state: str = "complete", dead: bool = False
) -> TrialRecord:
    lanes = {"ccc": [ccc, None if dead else ccc], "recall_gap": [gap, None if dead else gap]}
    metrics = {"ccc": ccc, "recall_gap": gap, "ccc_sd": 0.0, "recall_gap_sd": 0.0}
    return TrialRecord(
        number,
        {"alpha0": 1.0},
        [0, 1],
        state,
        "",
        [EpochRecord(1, metrics, lanes, {}, 0.1)],  # type: ignore[arg-type]
    )


def made(*trials: TrialRecord):
    return build(trials, ("ccc", "recall_gap"), {"recall_gap": 1.0}, FLOOR)


def test_members_are_the_feasible_trials_that_nothing_beats() -> None:
    front = made(
        trial(0, 0.70, 0.30),
        trial(1, 0.75, 0.40),
        trial(2, 0.69, 0.35),  # beaten by 0
        trial(3, 0.50, 0.00),  # below the floor of 0.6
        trial(4, 0.74, 0.10, dead=True),  # a lane diverged
        trial(5, 0.90, 0.01, state="running"),
        trial(6, 0.90, 0.01, state="failed"),
        trial(7, 0.90, 0.01, state="stopped"),
    )
    assert [point.trial for point in front.members] == [1, 0]
    assert [p.trial for p in front.points if not p.feasible] == [3, 4]
    assert 6 not in [p.trial for p in front.points]


def test_hypervolume_is_measured_from_the_floor_and_the_reference() -> None:
    front = made(trial(0, 0.70, 0.30), trial(1, 0.75, 0.40), trial(3, 0.5, 0.0))
    assert front.reference == {"recall_gap": 1.0, "ccc": pytest.approx(0.6)}
    assert front.hypervolume == pytest.approx(0.1 * 0.7 + 0.05 * 0.6)
    assert front.hypervolume == pytest.approx(
        hypervolume(np.array([[-0.7, 0.3], [-0.75, 0.4]]), np.array([-0.6, 1.0]))
    )


def test_a_sweep_without_results_has_an_empty_front() -> None:
    front = made(TrialRecord(0, {}, [0]))
    assert front.members == ()
    assert front.points == ()
    assert front.hypervolume == 0


def test_one_objective_has_the_best_trial_as_its_front() -> None:
    front = build([trial(0, 0.7, 0.3), trial(1, 0.8, 0.9)], ("ccc",), {"ccc": 0.0})
    assert [point.trial for point in front.members] == [1]
    assert front.hypervolume == pytest.approx(0.8)


def test_violation_tells_by_how_much_the_floor_is_missed() -> None:
    assert FLOOR.violation({"ccc": 0.5}) == pytest.approx(0.1)
    assert FLOOR.violation({"ccc": 0.7}) == pytest.approx(-0.1)
