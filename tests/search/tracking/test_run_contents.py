import dataclasses
import math
from collections.abc import Callable

import pytest

from search.front.front import Front
from search.front.history import Moment
from search.store.trials import TrialRecord
from search.tracking.description import DESCRIPTION
from search.tracking.run_contents import sweep_view, trial_view

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
NO_FRONT = Front(("ccc", "recall_gap"), None, {}, {"ccc": 0.0, "recall_gap": 1.0}, 0.0, ())


def test_a_trial_has_its_values_and_one_step_an_epoch(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trial = make_trial(0, 0.7, 0.3, epochs=3)
    front = make_front([trial])
    view = trial_view(trial, front, front.points, 2, params={"method": "m"}, lane_epochs=9)
    assert view.params == {
        "method": "m",
        "alpha0": "0.123456",
        "seeds": "3",
        "seed_numbers": "0, 1, 2",
    }
    assert view.tags == {
        DESCRIPTION: "Configuration 0 at epoch 3, over 3 seeds: ccc 0.700 ± 0.010, recall_gap "
        "0.300 ± 0.020; on the Pareto front. These are the metrics `point/`; the others are "
        "means over this trial's seeds at each epoch.",
        "state": "complete",
        "purpose": "search",
        "feasible": "true",
        "configuration": "0",
        "members": "0@3",
    }
    assert view.standing == {
        "point/ccc": pytest.approx(0.7),
        "point/recall_gap": pytest.approx(0.3),
        "point/ccc_expected": pytest.approx(0.7),
        "point/recall_gap_expected": pytest.approx(0.3),
        "point/ccc_feasible": pytest.approx(0.7),
        "point/recall_gap_feasible": pytest.approx(0.3),
        "point/epoch": 3,
        "point/seeds": 3,
        "point/since": 9,
    }
    assert view.status == "FINISHED"
    assert list(view.steps) == [3]
    assert view.steps[3] == {
        "epoch": 3,
        "ccc": 0.7,
        "ccc_sd": 0.01,
        "recall_gap": 0.3,
        "recall_gap_sd": 0.02,
        "tpr_diff": -0.3,
        "tpr_diff_sd": 0.03,
        "loss/ccc": pytest.approx(0.3),
        "seconds": 0.5,
    }


def test_a_trial_that_failed_before_its_first_epoch_has_the_reason(make_trial: MakeTrial) -> None:
    trial = make_trial(0, epochs=0, state="failed", reason="out of memory")
    view = trial_view(trial, NO_FRONT, [], after=-1)
    assert view.tags == {
        "state": "failed",
        "purpose": "search",
        "members": "",
        "reason": "out of memory",
    }
    assert view.status == "FAILED"
    assert view.steps == {}


def test_a_trial_has_the_notes_of_its_log(make_trial: MakeTrial) -> None:
    trial = make_trial(0)
    assert "notes" not in trial_view(trial, NO_FRONT, [], after=-1).tags
    trial.notes += ["begun again: killed", "epoch-3.state is torn"]
    assert trial_view(trial, NO_FRONT, [], after=-1).tags["notes"] == (
        "begun again: killed\nepoch-3.state is torn"
    )
    trial.notes += ["x" * 9000 + "the newest"]
    assert trial_view(trial, NO_FRONT, [], after=-1).tags["notes"].endswith("the newest")
    assert (
        len(trial_view(trial, NO_FRONT, [], after=-1).tags["notes"]) < 8000
    )  # all that MLflow takes


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("complete", "FINISHED"),
        ("stopped", "FINISHED"),
        ("failed", "FAILED"),
        ("running", "KILLED"),
    ],
)
def test_only_unfinished_trials_are_killed_by_an_interrupt(
    state: str, status: str, make_trial: MakeTrial
) -> None:
    assert trial_view(make_trial(0, state=state), NO_FRONT, [], -1, "KILLED").status == status


def test_a_trial_names_every_epoch_at_which_it_is_on_the_front(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trial = make_trial(0, 0.7, 0.3, epochs=4)
    for metric, value in (("ccc", 0.65), ("recall_gap", 0.2)):
        trial.epochs[1].lanes[metric] = [value] * 3
    front = make_front([trial])
    view = trial_view(trial, front, front.points, after=-1)
    assert view.tags["members"] == "0@2, 0@4"
    # Of the two, 0.05 x 0.8 and 0.1 x 0.7 of hypervolume.
    assert view.standing["point/epoch"] == 4
    assert view.standing["point/ccc"] == pytest.approx(0.7)


def test_a_trial_below_the_floor_is_infeasible_and_one_off_the_front_is_not(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.65, 0.5), make_trial(2, 0.5, 0.0)]
    front = make_front(trials)
    views = [
        trial_view(trial, front, [p for p in front.points if p.trial == trial.number], after=-1)
        for trial in trials
    ]
    assert [view.tags["members"] for view in views] == ["0@2", "", ""]
    assert [view.standing["point/recall_gap"] for view in views] == [0.3, 0.5, 0.0]
    # The fairest is useless, and sorted last.
    assert [view.standing["point/recall_gap_feasible"] for view in views] == [
        pytest.approx(0.3),
        pytest.approx(0.5),
        pytest.approx(math.nan, nan_ok=True),
    ]
    assert [view.tags["feasible"] for view in views] == ["true", "true", "false"]


def test_the_sweeps_steps_are_the_lane_epochs_trained(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    moments = [Moment(1, 6, 60.0, 0.07, 1), Moment(2, 12, 90.5, 0.07, 1)]
    front = make_front([make_trial(0, 0.7, 0.3)])
    view = sweep_view(moments, front, {"method": "m"}, {"corpus": "demo"})
    assert list(view.steps) == [6, 12]
    assert view.steps[12] == {
        "trials": 2,
        "lane_epochs": 12,
        "seconds": 90.5,
        "trained/hypervolume": 0.07,
        "trained/front_size": 1,
    }
    counts = {"hypervolume": pytest.approx(front.hypervolume), "front_size": 1, "point/since": 12}
    assert view.standing == counts
    assert view.params == {"method": "m"}
    assert view.tags["corpus"] == "demo"
    assert view.status == "RUNNING"


def test_a_trial_stands_by_its_candidate_on_the_front_not_by_its_last_epoch(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trial = make_trial(0, 0.7, 0.3, epochs=3)
    trial.epochs[2].lanes["ccc"] = [0.6] * 3  # its last epoch is worse
    check = make_trial(1, 0.65, 0.4, of=0, epochs=3, seeds=[500, 501, 502], purpose="check")
    front = make_front([trial, check])
    stands = trial_view(trial, front, front.points, after=-1).standing
    assert stands["point/epoch"] == 2
    assert stands["point/ccc"] == pytest.approx(0.65)
    assert stands["point/ccc_fresh"] == pytest.approx(0.6)
    assert stands["point/recall_gap_fresh"] == pytest.approx(0.4)


def test_a_trial_that_is_replicated_is_on_no_front(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trial = make_trial(0)
    points = [dataclasses.replace(p, on_front=False) for p in make_front([trial]).points]
    # Its space's reference lacks what a floor would give.
    replication = dataclasses.replace(NO_FRONT, reference={"recall_gap": 1.0})
    view = trial_view(trial, replication, points, after=-1)
    assert "recall_gap 0.300 ± 0.020. These" in view.tags[DESCRIPTION]
    assert view.standing["point/ccc"] == pytest.approx(0.7)
