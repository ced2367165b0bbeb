import json
import os
import re
import signal
from pathlib import Path

import pytest

from search.store.local_storage import LocalStorage
from search.store.log import End, Log
from search.store.log_lines import FILE
from search.store.storage import StorageError
from search.store.trials import EpochRecord


def record(epoch: int, ccc: float = 0.5) -> EpochRecord:
    return EpochRecord(epoch, {"ccc": ccc}, {"ccc": [ccc, None]}, {"primary_loss": -ccc}, 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "sweep")


def filled(folder: LocalStorage) -> Log:
    log = Log(folder)
    log.began()
    log.suggested(0, {"alpha0": 0.1}, [0, 1], "search", 2)
    log.suggested(1, {"alpha0": 1e-5}, [2, 3], "race", 5)
    log.epoch(0, record(1))
    log.epoch(1, record(1))
    log.epoch(0, record(2, 0.6))
    log.ended(0, "complete")
    return log


def test_replaying_gives_the_trials_as_they_stood(folder: LocalStorage) -> None:
    assert Log(folder).trials == {}
    log = filled(folder)
    replayed = Log(folder)
    assert replayed.trials == log.trials
    assert (replayed.reports, replayed.ends) == (log.reports, log.ends)
    assert replayed.trials[0].state == "complete"
    assert replayed.trials[0].last == record(2, 0.6)
    assert replayed.trials[1].state == "running"
    assert replayed.trials[1].values == {"alpha0": 1e-5}
    assert (replayed.trials[0].purpose, replayed.trials[0].limit) == ("search", 2)
    assert (replayed.trials[1].purpose, replayed.trials[1].limit) == ("race", 5)
    assert replayed.trials[1].seeds == [2, 3]


def test_an_epoch_reported_again_changes_nothing(folder: LocalStorage) -> None:
    log = filled(folder)
    lines = (folder.path / FILE).read_bytes()
    assert not log.epoch(0, record(2, 0.9))
    assert not log.epoch(0, record(1, 0.9))
    assert (folder.path / FILE).read_bytes() == lines
    assert log.epoch(1, record(2))


def test_a_line_torn_by_a_crash_is_left_out_and_cut_off(folder: LocalStorage) -> None:
    filled(folder)
    path = folder.path / FILE
    path.write_bytes(path.read_bytes()[:-20])
    log = Log(folder)
    assert log.trials[0].state == "running"
    log.ended(0, "failed", "diverged")
    assert Log(folder).trials[0].state == "failed"
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_each_event_is_on_disk_before_the_call_returns(folder: LocalStorage) -> None:
    log = Log(folder)
    log.suggested(0, {}, [0], "search", 3)
    assert Log(folder).trials.keys() == {0}
    log.ended(0, "stopped", "rung 1")
    assert Log(folder).trials[0].reason == "rung 1"


def test_an_interrupt_within_a_line_leaves_file_and_memory_alike(
    folder: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = filled(folder)
    sync = os.fsync

    def interrupted(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", sync)
        signal.raise_signal(signal.SIGINT)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", interrupted)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    with pytest.raises(KeyboardInterrupt):
        log.epoch(1, record(2))
    log.check_intact()
    assert Log(folder).trials == log.trials
    assert log.trials[1].last == record(2)
    log.epoch(1, record(3))
    assert Log(folder).trials == log.trials


def test_undefined_numbers_never_enter_the_log(folder: LocalStorage) -> None:
    log = Log(folder)
    log.suggested(0, {}, [0], "search", 3)
    with pytest.raises(ValueError, match="Out of range float values"):
        log.epoch(0, record(1, float("nan")))
    assert Log(folder).trials[0].epochs == []


class Clock:
    """Stands still but when it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr("search.store.log.time.time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_epochs_and_ends_come_back_in_their_order(folder: LocalStorage) -> None:
    log = filled(folder)
    log.epoch(1, record(2))
    log.ended(1, "stopped", "rung")
    for view in (log, Log(folder)):
        assert view.reports == [(0, 1), (1, 1), (0, 2), (1, 2)]
        assert [end.trial for end in view.ends] == [0, 1]


def test_an_end_tells_what_all_trials_had_trained_until_then(folder: LocalStorage) -> None:
    log = Log(folder)
    log.suggested(0, {"a": 1}, [0, 1, 2], "search", 2)
    log.suggested(1, {"a": 2}, [0], "check", 4)
    log.epoch(0, record(1))
    log.epoch(1, record(1))
    log.ended(1, "failed")
    log.epoch(0, record(2))
    log.epoch(0, record(2))  # once more, after a restart
    log.ended(0, "complete")
    for view in (log, Log(folder)):
        assert [(end.trial, end.trained) for end in view.ends] == [(1, 3 + 1), (0, 3 + 1 + 3)]


def test_time_in_which_the_sweep_did_not_run_does_not_count(
    folder: LocalStorage, clock: Clock
) -> None:
    log = Log(folder)
    log.began()
    clock.now += 10
    log.suggested(0, {}, [0], "search", 2)
    clock.now += 20
    log.epoch(0, record(1))
    clock.now += 100_000  # killed, and resumed on another day
    log = Log(folder)
    log.began()
    clock.now += 5
    log.epoch(0, record(2))
    log.ended(0, "complete")
    clock.now += 7
    log.suggested(1, {}, [0], "search", 2)
    log.ended(1, "failed")
    expected = [End(0, 2, pytest.approx(35.0)), End(1, 2, pytest.approx(42.0))]
    assert log.ends == Log(folder).ends == expected


def test_a_clock_that_is_set_back_takes_no_time_away(folder: LocalStorage, clock: Clock) -> None:
    log = Log(folder)
    log.began()
    clock.now += 10
    log.suggested(0, {}, [0], "search", 1)
    clock.now -= 3600
    log.epoch(0, record(1))
    clock.now += 5
    log.ended(0, "complete")
    assert log.ends[0].seconds == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("state", "charge"), [("running", 12), ("failed", 12), ("complete", 6), ("stopped", 6)]
)
def test_a_trial_is_charged_what_it_may_train_until_it_ended_with_less(
    folder: LocalStorage, state: str, charge: int
) -> None:
    log = Log(folder)
    log.suggested(0, {}, [0, 1, 2], "search", 4)
    for epoch in (1, 2):
        log.epoch(0, record(epoch))
    if state != "running":
        log.ended(0, state)  # type: ignore[arg-type]
    assert (log.trials[0].trained, log.trials[0].charge) == (6, charge)


def test_a_trial_begun_again_keeps_why_in_its_notes_and_how_often(folder: LocalStorage) -> None:
    log = filled(folder)
    log.retried(1, "killed")
    log.retried(1, "no memory")
    for view in (log, Log(folder)):
        assert view.trials[1].notes == ["begun again: killed", "begun again: no memory"]
        assert view.trials[1].stuck == 2
        assert (view.trials[1].state, view.trials[1].reason) == ("running", "")
        assert view.trials[0].notes == []


def test_only_a_new_epoch_frees_a_trial_that_is_stuck(folder: LocalStorage) -> None:
    log = filled(folder)
    log.suggested(2, {}, [0], "search", 2)
    log.retried(1, "killed")
    log.epoch(1, record(1))  # once more
    log.epoch(2, record(1))  # of another
    assert log.trials[1].stuck == Log(folder).trials[1].stuck == 1
    log.epoch(1, record(2))
    for view in (log, Log(folder)):
        assert view.trials[1].stuck == 0
        assert view.trials[1].notes == ["begun again: killed"]


@pytest.mark.parametrize(("epoch", "repeated"), [(0, 3), (2, 1), (3, 0), (4, 0)])
def test_epochs_that_were_not_saved_are_trained_once_more(
    folder: LocalStorage, epoch: int, repeated: int
) -> None:
    log = Log(folder)
    log.suggested(0, {}, [0, 1], "search", 5)
    for number in (1, 2, 3):
        log.epoch(0, record(number))
    log.resumed(0, epoch, ["a is torn", "b is torn"])
    for view in (log, Log(folder)):
        assert view.trials[0].repeated == repeated
        assert view.trials[0].notes == ["a is torn", "b is torn"]
        assert view.trials[0].trained == 6


def test_an_epoch_trained_once_more_counts_once_though_the_trial_is_killed_again(
    folder: LocalStorage,
) -> None:
    log = Log(folder)
    log.suggested(0, {}, [0, 1], "search", 9)
    for number in range(1, 6):
        log.epoch(0, record(number))
    log.resumed(0, 2, [])
    log.epoch(0, record(3))  # saved, and then it is killed before 4 and 5
    log.resumed(0, 3, [])
    assert log.trials[0].repeated == 3


EPOCH = {"epoch": 3, "metrics": {}, "lanes": {}, "terms": {}, "seconds": 0.1}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"event": "epoch"}',
        b'{"event": "ended", "trial": 0, "time": "noon", "state": "failed", "reason": ""}',
        b"[" * 100_000,
        b'{"event": "retried", "trial": 0, "time": 2000000000}',
        json.dumps({"event": "epoch", "trial": 9, "time": 2e9, **EPOCH}).encode(),
        json.dumps({"event": "epoch", "trial": [0], "time": 2e9, **EPOCH}).encode(),
        json.dumps({"event": "suggested", "trial": 2, "time": 2e9, "values": {}}).encode(),
    ],
)
def test_a_whole_line_that_no_log_writes_is_an_error_that_names_file_and_line(
    folder: LocalStorage, line: bytes
) -> None:
    filled(folder)
    path = folder.path / FILE
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:4], line, *lines[4:]]) + b"\n")
    named = rf"{re.escape(str(path))} line 5 is not of a sweep's log"
    with pytest.raises(StorageError, match=named):
        Log(folder)
