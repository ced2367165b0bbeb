import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from search.store.trials import TrialRecord
from search.tracking import mirror as tracking_module
from tests.support.mlflow_store import MakeFront, MakeMoments, Store, once, wait_until

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def store(
    database: Path,
    make_front: MakeFront,
    make_moments: MakeMoments,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Store]:
    monkeypatch.setattr(tracking_module, "LAST_PAUSES", (0.01, 0.01, 0.01))
    result = Store(database, make_front, make_moments)
    yield result
    for tracking in result.opened:
        tracking.close("interrupted")


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


class Refusing:
    """A store whose writes fail so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: float) -> None:
        self.refused = 0
        log_batch = MlflowClient.log_batch

        def refuse(client: MlflowClient, run_id: str, **options: Any) -> None:
            if self.refused < times:
                self.refused += 1
                raise OSError("disk full")
            log_batch(client, run_id, **options)

        monkeypatch.setattr(MlflowClient, "log_batch", refuse)


def test_a_failure_at_the_end_is_retried_and_reported_and_does_not_raise(
    store: Store, make_trial: MakeTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = store.open()
    refusing = Refusing(monkeypatch, float("inf"))
    store.update(tracking, make_trial(0))
    tracking.close("finished")
    assert tracking.problem == "OSError: disk full"
    assert refusing.refused >= 1 + 3


def test_a_store_that_fails_at_the_end_only_for_a_while_holds_all(
    store: Store, make_trial: MakeTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = store.open()
    refusing = Refusing(monkeypatch, 3)
    trials = [make_trial(0, epochs=3), make_trial(1, state="stopped")]
    store.update(tracking, *trials, files={"front.csv": b"trial"})
    tracking.close("finished")
    assert refusing.refused == 3
    assert tracking.problem is None
    for trial in trials:
        assert store.history(store.runs()[str(trial.number)]) == once(trial)
    assert set(store.statuses().values()) == {"FINISHED"}
    assert [path.read_bytes() for path in store.artifacts.rglob("front.csv")] == [b"trial"]


def test_an_interrupted_sweep_does_not_wait_for_a_store_that_fails(
    store: Store, make_trial: MakeTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking_module, "LAST_PAUSES", (30.0,))
    tracking = store.open()
    Refusing(monkeypatch, float("inf"))
    store.update(tracking, make_trial(0))
    began = time.monotonic()
    tracking.close("interrupted")
    assert time.monotonic() - began < 20
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
        trial.state = "complete" if epoch is epochs[-1] else "running"
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
