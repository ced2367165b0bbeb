import json
from pathlib import Path

import pytest

from search.log import FILE, EpochRecord, Log
from search.storage import LocalStorage


def record(epoch: int, ccc: float = 0.5) -> EpochRecord:
    return EpochRecord(epoch, {"ccc": ccc}, {"ccc": [ccc, None]}, {"primary_loss": -ccc}, 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "sweep")


def filled(folder: LocalStorage) -> Log:
    log = Log(folder)
    log.suggested(0, {"alpha0": 0.1}, [0, 1])
    log.suggested(1, {"alpha0": 1e-5}, [0, 1])
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
    assert replayed.trials[0].state == "complete"
    assert replayed.trials[0].last == record(2, 0.6)
    assert replayed.trials[1].state == "running"
    assert replayed.trials[1].values == {"alpha0": 1e-5}


def test_an_epoch_reported_again_changes_nothing(folder: LocalStorage) -> None:
    log = filled(folder)
    lines = (folder.path / FILE).read_bytes()
    assert not log.epoch(0, record(2, 0.9))
    assert not log.epoch(0, record(1, 0.9))
    assert (folder.path / FILE).read_bytes() == lines
    assert log.epoch(0, record(3))


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
    log.suggested(0, {}, [0])
    assert Log(folder).trials.keys() == {0}
    log.ended(0, "stopped", "rung 1")
    assert Log(folder).trials[0].reason == "rung 1"


def test_undefined_numbers_never_enter_the_log(folder: LocalStorage) -> None:
    log = Log(folder)
    log.suggested(0, {}, [0])
    with pytest.raises(ValueError, match="Out of range float values"):
        log.epoch(0, record(1, float("nan")))
    assert Log(folder).trials[0].epochs == []
