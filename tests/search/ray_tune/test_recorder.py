"""What Ray Tune tells of trials, as the sweep's log hears it."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from search.planning.failures import Failures, SweepFailed
from search.ray_tune.recorder import Recorder
from search.ray_tune.trainable import report_of
from search.store.fields import NewerFormat
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.storage import StorageError
from tests.support.fake_training import epoch_record

RAY_IDS = itertools.count()


class Sweep:
    """A log of some opened trials, and their recorder."""

    def __init__(self, folder: Path, trials: int = 1, most: int = 2) -> None:
        storage = LocalStorage(folder)
        self.path, self.log = folder / FILE, Log(storage)
        for number in range(len(self.log.trials), trials):
            self.log.suggested(number, {"alpha0": 1.0}, [0, 1], "search", 4)
        self.events, self.ray_fault = 0, ""
        failures = Failures(storage, self.log, most)
        self.recorder = Recorder(
            self.log, failures, self.count, self.check_ray, lambda text: "Socket closed" in text
        )

    def count(self) -> None:
        self.events += 1

    def check_ray(self) -> None:
        if self.ray_fault:
            raise ConnectionError(self.ray_fault)

    def report(self, trial: Any, result: dict[str, Any], why_stop: str = "") -> str:
        return self.recorder.report(trial, result, lambda number: why_stop)

    def complete(self, trial: Any) -> None:
        self.recorder.on_trial_complete(0, [], trial)

    def error(self, trial: Any) -> None:
        self.recorder.on_trial_error(0, [], trial)

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines()


def of_ray(number: int, error_file: Path | None = None) -> Any:
    """A trial of Ray's that trains trial `number` of the sweep."""
    name = error_file and str(error_file)
    return SimpleNamespace(
        config={"trial": number}, trial_id=f"ray-{next(RAY_IDS)}", error_file=name
    )


def epoch(number: int) -> dict[str, str]:
    return report_of(epoch_record(number, {"ccc": [0.5, 0.6], "recall_gap": [0.1, 0.2]}))


def test_a_trial_that_trained_all_it_should_is_complete(tmp_path: Path) -> None:
    sweep, trial = Sweep(tmp_path), of_ray(0)
    assert sweep.report(trial, epoch(1)) == ""
    sweep.complete(trial)
    assert sweep.log.trials[0].state == "complete"
    assert Log(LocalStorage(tmp_path)).trials == sweep.log.trials


def test_a_trial_that_is_stopped_is_stopped_once_and_hears_why(tmp_path: Path) -> None:
    sweep, trial = Sweep(tmp_path), of_ray(0)
    assert sweep.report(trial, epoch(1), "behind") == "behind"
    lines = sweep.lines()
    sweep.complete(trial)  # Ray tells so after a stop, too
    sweep.error(trial)  # its process was killed just then
    assert sweep.report(trial, epoch(2)) == ""  # it had trained one more
    assert sweep.lines() == lines
    assert (sweep.log.trials[0].state, sweep.log.trials[0].reason) == ("stopped", "behind")


def test_a_trial_that_diverged_and_then_returns_is_not_complete(tmp_path: Path) -> None:
    sweep, trial = Sweep(tmp_path), of_ray(0)
    sweep.report(trial, epoch(1))
    sweep.report(trial, {"diverged": "ccc undefined in epoch 2"})
    sweep.complete(trial)
    assert sweep.log.trials[0].state == "running"
    assert sweep.log.trials[0].notes == ["begun again: ccc undefined in epoch 2"]


def test_a_trial_that_diverges_again_and_again_fails_with_its_reason(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path)
    for _ in range(3):
        trial = of_ray(0)
        sweep.report(trial, epoch(1))  # each time once more
        sweep.report(trial, {"diverged": "ccc undefined in epoch 2"})
        sweep.complete(trial)
    record = sweep.log.trials[0]
    assert (record.state, record.reason) == ("failed", "ccc undefined in epoch 2")
    assert len(record.epochs) == 1
    assert len(record.notes) == 2


def test_a_trial_that_raised_is_begun_again_with_the_reason_in_its_notes(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "sweep", trials=2)
    error = tmp_path / "error.txt"
    error.write_text('Failure # 1\n  File "/lanes.py", line 7, in stack\nValueError: no lanes\n\n')
    sweep.error(of_ray(0, error))
    sweep.error(of_ray(1))
    sweep.complete(of_ray(1))
    assert sweep.log.trials[0].notes == ["begun again: ValueError: no lanes (/lanes.py:7)"]
    assert sweep.log.trials[0].state == "running"
    assert sweep.log.trials[1].notes == ["begun again: no error was left"]
    assert sweep.log.trials[1].state == "complete"  # the second time it did


def test_a_trial_whose_node_left_is_begun_again_and_has_not_failed(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "sweep", most=0)
    error = tmp_path / "error.txt"
    error.write_text("ActorUnavailableError: Socket closed\n")
    for _ in range(10):
        sweep.error(of_ray(0, error))
    record = sweep.log.trials[0]
    assert (record.state, record.stuck, record.departures) == ("running", 0, 10)
    assert set(record.notes) == {"begun again: the node it ran on is gone"}
    assert Log(LocalStorage(tmp_path / "sweep")).trials == sweep.log.trials
    sweep.error(of_ray(0, error))  # where it runs, nodes go down
    assert record.state == "failed"
    assert record.reason == "11 nodes left in a row while it ran on them"


def test_an_epoch_begins_the_count_of_nodes_that_left_anew(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "sweep", most=0)
    error = tmp_path / "error.txt"
    error.write_text("ActorUnavailableError: Socket closed\n")
    sweep.error(of_ray(0, error))
    sweep.report(of_ray(0), epoch(1))
    assert sweep.log.trials[0].departures == 0


def test_no_trial_is_blamed_when_ray_itself_has_ended(tmp_path: Path) -> None:
    sweep, trial = Sweep(tmp_path, most=0), of_ray(0)
    sweep.report(trial, epoch(1))
    lines = sweep.lines()
    sweep.ray_fault = "its raylet was killed"
    with pytest.raises(ConnectionError, match="its raylet was killed"):
        sweep.error(trial)
    assert sweep.lines() == lines
    assert sweep.log.trials[0].state == "running"
    assert sweep.log.trials[0].notes == []
    assert isinstance(sweep.recorder.error, ConnectionError)


def test_a_folder_that_a_trial_cannot_write_is_the_sweeps_error_not_the_trials(
    tmp_path: Path,
) -> None:
    sweep = Sweep(tmp_path, most=0)
    lines = sweep.lines()
    with pytest.raises(StorageError, match="cannot write /results: No space left"):
        sweep.report(of_ray(0), {"storage": "cannot write /results: No space left on device"})
    assert sweep.lines() == lines
    assert sweep.log.trials[0].state == "running"
    assert isinstance(sweep.recorder.error, StorageError)


def test_a_trial_that_goes_on_tells_from_where_and_what_was_damaged(tmp_path: Path) -> None:
    before = Sweep(tmp_path)
    trial = of_ray(0)
    for number in (1, 2, 3):
        before.report(trial, epoch(number))
    after, trial = Sweep(tmp_path), of_ray(0)
    resumed = {"epoch": 1, "damaged": ["epoch-00002.state is torn"]}
    after.report(trial, {"resumed": json.dumps(resumed), **epoch(1)})
    after.report(trial, epoch(2))
    after.report(trial, epoch(3))
    for log in (after.log, Log(LocalStorage(tmp_path))):
        assert log.trials[0].notes == ["epoch-00002.state is torn"]
        assert log.trials[0].repeated == 2
        assert [e.epoch for e in log.trials[0].epochs] == [1, 2, 3]


def test_a_snapshot_newer_than_the_log_brings_its_epoch(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path)
    sweep.report(of_ray(0), {"resumed": json.dumps({"epoch": 1, "damaged": []}), **epoch(1)})
    assert [e.epoch for e in sweep.log.trials[0].epochs] == [1]
    assert sweep.log.trials[0].repeated == 0


def test_an_epoch_reported_once_more_is_no_sign_that_trials_get_on(tmp_path: Path) -> None:
    before = Sweep(tmp_path, trials=3)
    for number in range(3):
        before.report(of_ray(number), epoch(1))
    after = Sweep(tmp_path, trials=3)
    for number in range(2):
        trial = of_ray(number)
        after.report(trial, epoch(1))
        after.error(trial)
    last = of_ray(2)
    after.report(last, epoch(1))
    with pytest.raises(SweepFailed, match="3 trials in a row failed"):
        after.error(last)


def test_an_epoch_of_any_trial_shows_that_not_all_are_hopeless(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, trials=4)
    for number in (0, 1):
        sweep.error(of_ray(number))
    sweep.report(of_ray(3), epoch(1))
    sweep.error(of_ray(2))
    assert {trial.state for trial in sweep.log.trials.values()} == {"running"}


@pytest.mark.parametrize("ended", ["complete", "stopped"])
def test_a_trial_that_ended_well_shows_that_not_all_fail(tmp_path: Path, ended: str) -> None:
    sweep = Sweep(tmp_path, trials=6, most=0)
    for number, well in enumerate([False, False, True, False, False]):
        trial = of_ray(number)
        sweep.report(trial, epoch(1), ended if well and ended == "stopped" else "")
        (sweep.complete if well else sweep.error)(trial)
    states = [trial.state for trial in sweep.log.trials.values()]
    assert states == ["failed", "failed", ended, "failed", "failed", "running"]


def test_every_event_is_reported_and_only_results_are_written(tmp_path: Path) -> None:
    sweep, trial = Sweep(tmp_path), of_ray(0)
    sweep.report(trial, epoch(1))
    sweep.report(trial, epoch(2))
    lines = sweep.lines()
    sweep.report(trial, {"time_this_iter_s": 1.0})
    assert sweep.lines() == lines
    sweep.complete(trial)
    assert sweep.events == 4


def test_what_goes_wrong_in_writing_is_kept_for_the_sweep_to_raise(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path)
    bad = json.loads(epoch(1)["record"])
    with pytest.raises(NewerFormat, match=r"^`record\.more` is unknown"):
        sweep.report(of_ray(0), {"record": json.dumps({**bad, "more": 1})})
    assert isinstance(sweep.recorder.error, NewerFormat)
