from collections.abc import Callable

import pytest
from mlflow.utils.validation import (
    MAX_ENTITIES_PER_BATCH,
    MAX_METRICS_PER_BATCH,
    MAX_PARAMS_TAGS_PER_BATCH,
)

from search.front import Front
from search.history import Moment
from search.log import TrialRecord
from search.tracking_runs import (
    DESCRIPTION,
    Change,
    RunView,
    Written,
    batches,
    difference,
    sweep_view,
    trial_view,
)

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def test_only_what_the_store_lacks_is_written() -> None:
    view = RunView(
        params={"alpha0": "0.1", "seeds": "0"},
        tags={"pareto": "true", "state": "complete"},
        steps={1: {"ccc": 0.1}, 2: {"ccc": 0.2}, 3: {"ccc": 0.3}},
        status="FINISHED",
    )
    written = Written("id", 2, {"alpha0": "9"}, {"pareto": "false", "other": "x"}, "RUNNING")
    change = difference(view, written)
    assert change == Change(
        params={"seeds": "0"},  # a param that is there keeps its value
        tags={"pareto": "true", "state": "complete"},
        steps={3: {"ccc": 0.3}},
        status="FINISHED",
    )
    written.add(change)
    assert difference(view, written) == Change({}, {}, {}, None)
    assert written.step == 3
    assert written.tags["other"] == "x"


def test_nothing_to_write_takes_no_batch() -> None:
    assert batches(Change({}, {}, {}, "FINISHED")) == []


def test_batches_keep_mlflows_limits_and_each_step_whole() -> None:
    change = Change(
        params={f"p{i}": "x" for i in range(250)},
        tags={f"t{i}": "x" for i in range(101)},
        steps={step: {f"m{i}": float(i) for i in range(43)} for step in range(100, 0, -1)},
        status=None,
    )
    made = batches(change)
    for batch in made:
        assert len(batch.metrics) <= MAX_METRICS_PER_BATCH
        assert len(batch.params) <= MAX_PARAMS_TAGS_PER_BATCH
        assert len(batch.tags) <= MAX_PARAMS_TAGS_PER_BATCH
        assert len([*batch.metrics, *batch.params, *batch.tags]) <= MAX_ENTITIES_PER_BATCH
    steps = [{step for _, _, step in batch.metrics} for batch in made]
    assert sum(map(len, steps)) == 100
    written = [metric for batch in made for metric in batch.metrics]
    assert written == sorted(written, key=lambda metric: metric[2])
    assert len(set(written)) == 43 * 100
    assert dict(pair for batch in made for pair in batch.params) == change.params
    assert dict(pair for batch in made for pair in batch.tags) == change.tags


def test_a_trial_has_its_values_and_one_step_an_epoch(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trial = make_trial(0, 0.7, 0.3, epochs=3)
    view = trial_view(trial, make_front([trial]).points, after=2)
    assert view.params == {"alpha0": "0.123456", "seeds": "0, 1, 2"}
    assert view.tags == {
        "state": "complete",
        "purpose": "search",
        "pareto": "true",
        "feasible": "true",
        "front_epochs": "3",
        "front_probability": "100 %",
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


def test_a_trial_that_failed_before_its_first_epoch_says_why(make_trial: MakeTrial) -> None:
    trial = make_trial(0, epochs=0, state="failed", reason="out of memory")
    view = trial_view(trial, [], after=-1)
    assert view.tags == {
        "state": "failed",
        "purpose": "search",
        "pareto": "false",
        "front_epochs": "",
        "front_probability": "",
        "reason": "out of memory",
    }
    assert view.status == "FAILED"
    assert view.steps == {}


def test_a_trial_tells_what_befell_it_on_the_way(make_trial: MakeTrial) -> None:
    trial = make_trial(0)
    assert "notes" not in trial_view(trial, [], after=-1).tags
    trial.notes += ["begun again: killed", "epoch-3.state is torn"]
    assert trial_view(trial, [], after=-1).tags["notes"] == (
        "begun again: killed\nepoch-3.state is torn"
    )
    trial.notes += ["x" * 9000 + "the newest"]
    assert trial_view(trial, [], after=-1).tags["notes"].endswith("the newest")
    assert len(trial_view(trial, [], after=-1).tags["notes"]) < 8000  # all that MLflow takes


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
    assert trial_view(make_trial(0, state=state), [], -1, unfinished="KILLED").status == status


def test_a_trial_names_every_epoch_at_which_it_is_on_the_front(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trial = make_trial(0, 0.7, 0.3, epochs=4)
    for metric, value in (("ccc", 0.65), ("recall_gap", 0.2)):
        trial.epochs[1].lanes[metric] = [value] * 3
    view = trial_view(trial, make_front([trial]).points, after=-1)
    assert view.tags["front_epochs"] == "2, 4"


def test_a_trial_below_the_floor_is_infeasible_and_one_off_the_front_is_not(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.65, 0.5), make_trial(2, 0.5, 0.0)]
    points = make_front(trials).points
    views = [
        trial_view(trial, [p for p in points if p.trial == trial.number], after=-1)
        for trial in trials
    ]
    assert [view.tags["pareto"] for view in views] == ["true", "false", "false"]
    assert [view.tags["feasible"] for view in views] == ["true", "true", "false"]


def test_the_sweeps_steps_are_the_lane_epochs_trained(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [
        make_trial(0, 0.70, 0.3),
        make_trial(1, 0.65, 0.5),
        make_trial(2, 0.66, 0.6, state="stopped"),
        make_trial(3, state="running"),
    ]
    moments = [Moment(1, 6, 60.0, 0.07, 1), Moment(2, 12, 90.5, 0.07, 1)]
    view = sweep_view(make_front(trials), moments, {"method": "m"}, {"corpus": "demo"})
    assert list(view.steps) == [6, 12]
    assert view.steps[12] == {
        "trials": 2,
        "lane_epochs": 12,
        "seconds": 90.5,
        "hypervolume": 0.07,
        "front_size": 1,
    }
    assert view.params == {"method": "m"}
    assert view.tags["corpus"] == "demo"
    assert view.status == "RUNNING"
    description = view.tags[DESCRIPTION]
    assert (
        "ccc (higher is better), recall_gap (lower is better): 3 trials done, 1 on" in description
    )
    assert "Floor: ccc >= 0.6: 75 % of the baseline's 0.8." in description
    assert "hypervolume 0.07 from the reference ccc 0.6, recall_gap 1." in description


def test_the_sweep_tells_what_fresh_seeds_gave(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    check = make_trial(1, 0.65, 0.3, of=0, seeds=[500, 501, 502], purpose="check")
    front = make_front([make_trial(0, 0.7, 0.3), check])
    assert (
        "With fresh seeds the front's hypervolume is 0.035; claimed was 0.07, +100 %."
        in sweep_view(front, [], {}, {}).tags[DESCRIPTION]
    )
