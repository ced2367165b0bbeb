import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from search.front import Front
from search.log import TrialRecord
from search.tracking import Tracking

# MLflow's own table definitions, with SQLAlchemy 2.1.
MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
History = dict[str, list[tuple[int, float]]]


class Store:
    """An MLflow store and the sweeps that write to it."""

    def __init__(self, database: Path, make_front: MakeFront) -> None:
        self.uri = f"sqlite:///{database}"
        self.artifacts = database.parent / "mlflow artifacts"
        self.client = MlflowClient(self.uri)
        self._make_front = make_front
        self.opened: list[Tracking] = []

    def open(self, sweep: str = "sweep-1", **tags: str) -> Tracking:
        tracking = Tracking(
            self.uri,
            space="adversarial",
            sweep=sweep,
            tags={"corpus": "demo", **tags},
            params={"method": "adversarial"},
            artifact_location=str(self.artifacts),
        )
        self.opened.append(tracking)
        return tracking

    def update(self, tracking: Tracking, *trials: TrialRecord, **options: Any) -> None:
        by_number = {trial.number: trial for trial in trials}
        tracking.update(by_number, self._make_front(trials), **options)

    def runs(self, sweep: str = "sweep-1") -> dict[str | None, Run]:
        """By trial; None is the sweep's own."""
        experiment = self.client.get_experiment_by_name("adversarial")
        assert experiment
        found = self.client.search_runs([experiment.experiment_id])
        ours = [run for run in found if run.data.tags["fairser.sweep"] == sweep]
        by_trial = {run.data.tags.get("fairser.trial"): run for run in ours}
        assert len(by_trial) == len(ours)  # no run twice
        return by_trial

    def history(self, run: Run) -> History:
        history = {}
        for key in run.data.metrics:
            values = self.client.get_metric_history(run.info.run_id, key)
            history[key] = [(metric.step, metric.value) for metric in values]
        return history

    def tags(self, name: str) -> dict[str | None, str]:
        runs = self.runs().items()
        return {trial: run.data.tags[name] for trial, run in runs if name in run.data.tags}

    def trials_done(self) -> float:
        """What is written last; -1 before."""
        sweep = self.runs().get(None)
        return sweep.data.metrics.get("trials_done", -1) if sweep else -1

    def statuses(self) -> dict[str | None, str]:
        return {trial: run.info.status for trial, run in self.runs().items()}


@pytest.fixture
def store(database: Path, make_front: MakeFront) -> Iterator[Store]:
    made = Store(database, make_front)
    yield made
    for tracking in made.opened:
        tracking.close("interrupted")


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def once(trial: TrialRecord) -> History:
    """The history of a trial's run with one value a key and step."""
    expected: History = {}
    for e in trial.epochs:
        terms = {f"loss/{name}": value for name, value in e.terms.items()}
        values = {"epoch": e.epoch, **e.metrics, **terms, "seconds": e.seconds}
        for key, value in values.items():
            expected.setdefault(key, []).append((e.epoch, value))
    return expected


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
    assert "1 on the Pareto front" in sweep.data.tags["mlflow.note.content"]
    assert sweep.data.metrics == {
        "trials_done": 2,
        "front_size": 1,
        "hypervolume": pytest.approx(0.1 * 0.7),
    }
    for trial in trials:
        run = runs[str(trial.number)]
        assert run.data.tags["mlflow.parentRunId"] == sweep.info.run_id
        assert run.data.params == {"alpha0": str(trial.values["alpha0"]), "seeds": "0, 1, 2"}
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
    assert [step for step, _ in store.history(after[None])["hypervolume"]] == [1, 3]
    assert set(store.statuses().values()) == {"FINISHED"}


def test_pareto_tags_follow_the_front(store: Store, make_trial: MakeTrial) -> None:
    tracking = store.open()
    trials = [make_trial(0, 0.7, 0.3), make_trial(1, 0.5, 0.1)]
    store.update(tracking, *trials)
    wait_until(lambda: store.trials_done() == 2)
    assert store.tags("pareto") == {"0": "true", "1": "false"}
    assert store.tags("feasible") == {"0": "true", "1": "false"}
    store.update(tracking, *trials, make_trial(2, 0.75, 0.2))
    tracking.close("finished")
    assert store.tags("pareto") == {"0": "false", "1": "false", "2": "true"}


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


def test_a_store_that_fails_is_tried_again_and_nothing_is_written_twice(
    store: Store, make_trial: MakeTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_batch = MlflowClient.log_batch
    calls: list[str] = []

    def lose_the_third_answer(client: MlflowClient, run_id: str, **options: Any) -> None:
        log_batch(client, run_id, **options)
        calls.append(run_id)
        if len(calls) == 3:
            raise ConnectionError("http://me:secret@server is gone")

    monkeypatch.setattr(MlflowClient, "log_batch", lose_the_third_answer)
    trials = [make_trial(number, epochs=3) for number in range(4)]
    tracking = store.open()
    store.update(tracking, *trials)
    wait_until(lambda: tracking.problem is not None)
    assert tracking.problem == "ConnectionError: http://server is gone"
    store.update(tracking, *trials)
    wait_until(lambda: tracking.problem is None)
    tracking.close("finished")
    runs = store.runs()
    assert len(runs) == 5
    for trial in trials:
        assert store.history(runs[str(trial.number)]) == once(trial)


def test_a_failure_at_the_end_is_told_and_does_not_raise(
    store: Store, make_trial: MakeTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    tracking = store.open()
    monkeypatch.setattr(MlflowClient, "log_batch", refuse)
    store.update(tracking, make_trial(0))
    tracking.close("finished")
    assert tracking.problem == "OSError: disk full"


def test_states_that_come_faster_than_they_are_written_are_skipped(
    store: Store, make_trial: MakeTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_batch = MlflowClient.log_batch
    go, batches = threading.Event(), []

    def wait_and_count(client: MlflowClient, run_id: str, **options: Any) -> None:
        assert go.wait(30)
        batches.append(run_id)
        log_batch(client, run_id, **options)

    monkeypatch.setattr(MlflowClient, "log_batch", wait_and_count)
    tracking = store.open()
    trial = make_trial(0, epochs=50)
    epochs, trial.epochs = trial.epochs, []
    for epoch in epochs:  # returns while the store hangs
        trial.epochs.append(epoch)
        store.update(tracking, trial)
    go.set()
    tracking.close("finished")
    assert store.history(store.runs()["0"]) == once(trial)
    assert len(batches) < 10


def test_a_record_may_change_while_it_is_written(
    store: Store, make_trial: MakeTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = make_trial(0, epochs=1, state="running")
    log_batch = MlflowClient.log_batch

    def driver_goes_on(client: MlflowClient, run_id: str, **options: Any) -> None:
        log_batch(client, run_id, **options)
        trial.epochs.append(make_trial(0, epochs=len(trial.epochs) + 1).epochs[-1])

    tracking = store.open()
    monkeypatch.setattr(MlflowClient, "log_batch", driver_goes_on)
    store.update(tracking, trial)
    tracking.close("interrupted")
    assert [step for step, _ in store.history(store.runs()["0"])["ccc"]] == [1]


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


def test_mlflows_own_settings_and_messages_stay_out_of_the_way(
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
