import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import pytest

from search.front.history import Moment
from search.store.trials import TrialRecord
from tests.support.mlflow_store import MakeFront, MakeMoments, Store, once, wait_until

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def store(database: Path, make_front: MakeFront, make_moments: MakeMoments) -> Iterator[Store]:
    result = Store(database, make_front, make_moments)
    yield result
    for tracking in result.opened:
        tracking.close("interrupted")


def test_a_sweep_is_a_run_with_a_nested_run_per_trial(store: Store, make_trial: MakeTrial) -> None:
    trials = [make_trial(0, 0.7, 0.3, epochs=3), make_trial(1, 0.65, 0.5, state="stopped")]
    tracking = store.open(**{"mlflow.runName": "a fine name"})
    store.update(tracking, *trials, files={"front.csv": b"trial\n"})
    tracking.close("finished")
    assert tracking.problem is None
    runs = store.runs()
    assert set(runs) == {None, "0", "1"}
    sweep = runs[None]
    assert sweep.info.run_name == "a fine name"
    assert sweep.data.params == {"method": "adversarial"}
    assert sweep.data.tags["corpus"] == "demo"
    assert "1 candidate on the Pareto front" in sweep.data.tags["mlflow.note.content"]
    assert sweep.data.metrics == {
        "trials": 2,
        "lane_epochs": 3 * 3 + 3 * 2,
        "seconds": 120.0,
        "trained/front_size": 1,
        "trained/hypervolume": pytest.approx(0.1 * 0.7),
        "front_size": 1,
        "hypervolume": pytest.approx(0.1 * 0.7),
        "point/since": 9 + 6,
    }
    for trial in trials:
        run = runs[str(trial.number)]
        assert run.data.tags["mlflow.parentRunId"] == sweep.info.run_id
        values = {"alpha0": str(trial.values["alpha0"]), "seeds": "3"}
        values["seed_numbers"] = "0, 1, 2"
        assert run.data.params == {"method": "adversarial", **values}
        assert store.history(run) == once(trial)
    assert store.statuses() == {None: "FINISHED", "0": "FINISHED", "1": "FINISHED"}


def test_a_killed_sweep_goes_on_in_the_same_runs(store: Store, make_trial: MakeTrial) -> None:
    killed = store.open()
    store.update(killed, make_trial(0, epochs=2), make_trial(1, epochs=2, state="running"))
    wait_until(lambda: store.trials_done() == 1)
    before = store.runs()
    assert store.statuses() == {None: "RUNNING", "0": "FINISHED", "1": "RUNNING"}

    trials = [make_trial(0, epochs=2), make_trial(1, epochs=2), make_trial(2, epochs=3)]
    # The log's epochs are the old ones and a new one, whose numbers a second run repeats.
    trials[1].epochs.append(make_trial(1, 0.72, epochs=3).epochs[-1])
    resumed = store.open()
    store.update(resumed, *trials)
    store.update(resumed, *trials)
    resumed.close("finished")
    after = store.runs()
    assert {t: after[t].info.run_id for t in before} == {
        t: r.info.run_id for t, r in before.items()
    }
    assert set(after) == {None, "0", "1", "2"}
    for trial in trials:
        assert store.history(after[str(trial.number)]) == once(trial)
    # A step is the lane-epochs trained by then; two trials ended when the sweep had gone on.
    steps = store.history(after[None])
    assert [value for _, value in steps["trials"]] == [1, 2, 3]
    assert [step for step, _ in steps["trained/hypervolume"]] == [6, 15, 24]
    assert steps["lane_epochs"] == [(6, 6), (15, 15), (24, 24)]
    assert set(store.statuses().values()) == {"FINISHED"}


def fronts(store: Store) -> dict[str, str]:
    return {name: run.data.tags["pareto"] for name, run in store.members().items()}


def test_each_member_of_the_front_is_a_nested_run_with_its_name(
    store: Store, make_trial: MakeTrial
) -> None:
    tracking = store.open()
    trial = make_trial(0, 0.7, 0.3, epochs=4)  # on the front at two epochs
    for metric, value in (("ccc", 0.65), ("recall_gap", 0.2)):
        trial.epochs[1].lanes[metric] = [value] * 3
    store.update(tracking, trial, make_trial(1, 0.65, 0.5))
    tracking.close("finished")
    assert tracking.problem is None
    members = store.members()
    assert fronts(store) == {"0@2": "true", "0@4": "true"}
    sweep = store.runs()[None].info.run_id
    for name, run in members.items():
        assert run.info.run_name == name
        assert run.info.status == "FINISHED"
        assert run.data.tags["mlflow.parentRunId"] == sweep
        assert run.data.tags["purpose"] == "member"
        assert run.data.params == {"method": "adversarial", "alpha0": "0.123456"}
    assert members["0@2"].data.metrics["ccc"] == pytest.approx(0.65)
    assert members["0@2"].data.metrics["point/recall_gap"] == pytest.approx(0.2)
    assert members["0@4"].data.metrics["point/ccc_expected"] == pytest.approx(0.7)
    assert "pareto" not in store.runs()["0"].data.tags


def test_runs_of_members_follow_the_front(store: Store, make_trial: MakeTrial) -> None:
    tracking = store.open()
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.5, 0.1)]
    store.update(tracking, *trials)
    wait_until(lambda: store.trials_done() == 2)
    assert fronts(store) == {"0@2": "true"}
    assert store.tags("feasible") == {"0": "true", "1": "false"}
    store.update(tracking, *trials, make_trial(2, 0.75, 0.2))
    tracking.close("finished")
    assert fronts(store) == {"2@2": "true"}  # the other is in the trash
    assert store.tags("members")["2"] == "2@2"


def test_members_are_models_whose_metrics_are_bound_to_the_corpus(
    store: Store, make_trial: MakeTrial
) -> None:
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.65, 0.2)]
    tracking = store.open()
    store.update(tracking, *trials)
    wait_until(lambda: store.trials_done() == 2)
    assert store.models() == []  # a search may still beat them
    tracking.close("interrupted")
    resumed = store.open()
    store.update(resumed, *trials)
    resumed.close("finished")
    assert resumed.problem is None
    models = {model.name: model for model in store.models()}
    assert sorted(models) == ["0@2", "1@2"]
    assert len(store.models()) == 2  # none twice
    model, run = models["1@2"], store.members()["1@2"]
    assert (model.status, model.source_run_id) == ("READY", run.info.run_id)
    assert model.params["alpha0"] == run.data.params["alpha0"]
    bound = {metric.key: metric for metric in model.metrics}
    assert bound["ccc"].value == pytest.approx(0.65)
    assert (bound["ccc"].dataset_name, bound["ccc"].dataset_digest) == ("demo", "0123456789abcdef")
    ranked = store.client.search_logged_models(
        [run.info.experiment_id],
        order_by=[{"field_name": "metrics.ccc", "ascending": False, "dataset_name": "demo"}],
    )
    assert [model.name for model in ranked] == ["0@2", "1@2"]


def test_a_member_with_a_model_that_is_beaten_later_says_so(
    store: Store, make_trial: MakeTrial
) -> None:
    first = make_trial(0, 0.7, 0.3)
    for trials in ([first], [first, make_trial(1, 0.75, 0.2)]):
        tracking = store.open()
        store.update(tracking, *trials)
        tracking.close("finished")
    assert fronts(store) == {"0@2": "false", "1@2": "true"}
    text = store.members()["0@2"].data.tags["mlflow.note.content"]
    assert text.startswith("0@2 was on the Pareto front when its model was logged, and is not any")


def test_the_corpus_is_the_input_of_every_run_once(store: Store, make_trial: MakeTrial) -> None:
    for status in ("interrupted", "finished"):
        tracking = store.open()
        store.update(tracking, make_trial(0, 0.7, 0.3))
        tracking.close(status)
    for run in [*store.runs().values(), *store.members().values()]:
        (recorded,) = run.inputs.dataset_inputs
        assert (recorded.dataset.name, recorded.dataset.digest) == ("demo", "0123456789abcdef")
        assert [(tag.key, tag.value) for tag in recorded.tags] == [
            ("mlflow.data.context", "training")
        ]


def test_trials_that_an_earlier_version_marked_lose_the_mark(
    store: Store, make_trial: MakeTrial
) -> None:
    tracking = store.open()
    store.update(tracking, make_trial(0, 0.7, 0.3))
    tracking.close("interrupted")
    store.client.set_tag(store.runs()["0"].info.run_id, "pareto", "true")
    resumed = store.open()
    store.update(resumed, make_trial(0, 0.7, 0.3))
    resumed.close("finished")
    assert store.tags("pareto") == {"0": ""}
    assert fronts(store) == {"0@2": "true"}


def test_a_finished_sweep_of_an_earlier_version_is_completed(
    store: Store, make_trial: MakeTrial
) -> None:
    earlier = store.open(corpus=None)
    store.update(earlier, make_trial(0, 0.7, 0.3))
    earlier.close("finished")
    assert store.runs()[None].inputs.dataset_inputs == []
    assert not store.open().finished
    completed = store.open()
    store.update(completed, make_trial(0, 0.7, 0.3))
    completed.close("finished")
    assert len(store.runs()["0"].inputs.dataset_inputs) == 1
    assert store.open().finished


def test_a_trial_that_left_the_front_loses_its_tags_of_a_member(
    store: Store, make_trial: MakeTrial
) -> None:
    tracking = store.open()
    store.update(tracking, make_trial(0, 0.7, 0.3))
    wait_until(lambda: store.trials_done() == 1)
    assert store.tags("members") == {"0": "0@2"}
    store.update(tracking, make_trial(0, 0.7, 0.3), make_trial(1, 0.75, 0.2))
    tracking.close("finished")
    assert not store.tags("members").get("0")
    assert store.tags("members")["1"]


def test_the_best_candidate_of_a_trial_changes_with_the_front_and_is_written_once(
    store: Store, make_trial: MakeTrial
) -> None:
    tracking = store.open()
    first = make_trial(0, 0.7, 0.3)
    store.update(tracking, first)
    wait_until(lambda: store.trials_done() == 1)
    # Its configuration earns seeds that are worse.
    both = [first, make_trial(1, 0.6, 0.3, of=0, seeds=[3, 4, 5], purpose="race")]
    store.update(tracking, *both)
    tracking.close("interrupted")
    resumed = store.open()
    store.update(resumed, *both)
    resumed.close("finished")
    history = store.history(store.runs()["0"], standing=True)
    steps, values = zip(*history["point/ccc"], strict=True)
    assert steps == (6, 12)
    assert values == pytest.approx((0.7, 0.65))
    assert history["point/seeds"] == [(6, 3), (12, 6)]
    assert history["point/since"] == [(6, 6), (12, 12)]
    metrics = store.runs()["1"].data.metrics
    assert metrics["ccc"] == pytest.approx(0.6)  # its own seeds'
    assert metrics["point/ccc"] == pytest.approx(0.65)


def test_each_trial_has_its_purpose(store: Store, make_trial: MakeTrial) -> None:
    trials = [
        make_trial(0, 0.7, 0.3),
        make_trial(1, 0.7, 0.3, of=0, seeds=[3, 4, 5], purpose="race"),
        make_trial(2, 0.7, 0.3, of=0, seeds=[500, 501, 502], purpose="check"),
    ]
    tracking = store.open()
    store.update(tracking, *trials)
    tracking.close("finished")
    assert store.tags("purpose") == {"0": "search", "1": "race", "2": "check"}
    # Two trials are one member of the front; the check decides nothing.
    assert fronts(store) == {"0@2": "true"}
    assert store.members()["0@2"].data.tags["trials"] == "0, 1"
    params = store.runs()["2"].data.params
    assert (params["seeds"], params["seed_numbers"]) == ("3", "500, 501, 502")
    for trial in trials:
        assert store.history(store.runs()[str(trial.number)]) == once(trial)


def test_the_newest_state_is_in_the_store_though_nothing_was_trained_meanwhile(
    store: Store, make_trial: MakeTrial
) -> None:
    # Two trials report their last epochs, then both end: the second end trains nothing more.
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.75, 0.4)]
    moments = [Moment(1, 12, 60.0, 0.07, 1), Moment(2, 12, 61.0, 0.1, 2)]
    tracking = store.open()
    store.update(tracking, *trials, moments=moments[:1])
    wait_until(lambda: store.trials_done() == 1)
    store.update(tracking, *trials, moments=moments)
    tracking.close("finished")
    newest = store.runs()[None].data.metrics
    names = "trials", "trained/hypervolume", "trained/front_size"
    assert [newest[name] for name in names] == [2, 0.1, 2]


def test_an_interrupted_sweep_is_killed_and_runs_again(store: Store, make_trial: MakeTrial) -> None:
    failed = make_trial(1, epochs=0, state="failed", reason="ValueError: " + 10_000 * "x")
    trials = [make_trial(0, state="running"), failed, make_trial(2)]
    tracking = store.open()
    store.update(tracking, *trials)
    tracking.close("interrupted")
    killed = {None: "KILLED", "0": "KILLED", "1": "FAILED", "2": "FINISHED"}
    assert store.statuses() == killed
    assert store.tags("state") == {"0": "running", "1": "failed", "2": "complete"}
    assert store.tags("reason")["1"].startswith("ValueError: xxx")
    resumed = store.open()
    store.update(resumed, *trials)
    running = {**killed, None: "RUNNING", "0": "RUNNING"}
    wait_until(lambda: store.statuses() == running)


def test_the_newest_files_lie_beside_the_database(store: Store, make_trial: MakeTrial) -> None:
    tracking = store.open()
    store.update(tracking, make_trial(0), files={"front.csv": b"old", "front.png": b"picture"})
    store.update(tracking, make_trial(0))
    store.update(tracking, make_trial(0), files={"front.csv": b"new"})
    tracking.close("finished")
    folder = store.artifacts / store.runs()[None].info.run_id / "artifacts"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files == {"front.csv": b"new", "front.png": b"picture"}


def test_two_sweeps_in_one_store_do_not_disturb_each_other(
    store: Store, make_trial: MakeTrial
) -> None:
    sweeps = {"sweep-1": make_trial(0, 0.7, epochs=3), "sweep-2": make_trial(0, 0.8, epochs=4)}
    opened = {name: store.open(name) for name in sweeps}
    for name, trial in sweeps.items():
        store.update(opened[name], trial)
    for name, trial in sweeps.items():
        opened[name].close("finished")
        assert opened[name].problem is None
        runs = store.runs(name)
        assert set(runs) == {None, "0"}
        assert store.history(runs["0"]) == once(trial)


def test_settings_and_messages_of_mlflow_stay_out_of_the_way(
    store: Store, make_trial: MakeTrial, capfd: pytest.CaptureFixture[str]
) -> None:
    before = mlflow.get_tracking_uri()
    tracking = store.open()
    store.update(tracking, make_trial(0))
    tracking.close("finished")
    logging.getLogger("mlflow.store").error("the sweep's view has the screen")
    assert mlflow.get_tracking_uri() == before
    assert mlflow.active_run() is None
    assert capfd.readouterr() == ("", "")


def test_closing_before_the_first_update_writes_nothing(store: Store) -> None:
    tracking = store.open()
    tracking.close("interrupted")
    assert store.runs() == {}


def test_only_a_store_that_holds_the_whole_sweep_is_finished(
    store: Store, make_trial: MakeTrial
) -> None:
    new = store.open()
    assert not new.finished
    store.update(new, make_trial(0))
    new.close("interrupted")
    interrupted = store.open()
    assert not interrupted.finished
    store.update(interrupted, make_trial(0))
    interrupted.close("finished")
    whole = store.open()
    assert whole.finished
    assert not store.open("sweep-2").finished
    whole.close("finished")  # without an update nothing of it changes
    assert store.statuses() == {None: "FINISHED", "0": "FINISHED"}
    assert store.open().finished
