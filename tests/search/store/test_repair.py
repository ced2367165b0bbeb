"""A damaged log: named with the way to go on, repaired, and gone on with."""

import json
from pathlib import Path

import pytest

from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.log_mark import LogDamaged
from search.store.repair import repair
from search.store.storage import StorageError
from search.store.trials import EpochRecord

LINES = 10  # of the log that `fill` writes


def record(epoch: int) -> EpochRecord:
    return EpochRecord(epoch, {"ccc": 0.5}, {"ccc": [0.5]}, {}, 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    """A log of three trials, of which the first is complete and the last has one epoch."""
    storage = LocalStorage(tmp_path / "sweep")
    log = Log(storage)
    log.began()
    for number in range(3):
        log.suggested(number, {"alpha0": float(number)}, [number], "search", 2)
        for epoch in (1, 2)[: 1 if number == 2 else 2]:
            log.epoch(number, record(epoch))
        if number == 0:
            log.ended(0, "complete")
        storage.write(f"trials/{number:04d}/epoch-00001.model", b"")
        storage.write(f"trials/{number:04d}/epoch-00001.state", b"")
        storage.write(f"trials/{number:04d}/error.txt", b"")
    assert len(storage.lines(FILE)) == LINES
    return storage


def damage(folder: LocalStorage, line: int) -> bytes:
    """Turn a line, counted from 1, into one that no log holds; return the log."""
    lines = (folder.path / FILE).read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b'"time": ', b'"time": 1')
    (folder.path / FILE).write_bytes(b"".join(lines))
    return b"".join(lines)


def files(folder: LocalStorage, number: int) -> list[str]:
    return folder.names(f"trials/{number:04d}")


@pytest.mark.parametrize("line", range(2, LINES + 1))
def test_what_stands_above_the_damage_is_kept_and_the_file_too(
    folder: LocalStorage, line: int
) -> None:
    whole = folder.lines(FILE)
    damaged = damage(folder, line)
    with pytest.raises(LogDamaged, match=rf"jsonl line {line} is not .* `run --resume .*--repair`"):
        Log(folder)
    text = repair(folder)
    assert f"line {line} is not of a sweep's log" in text
    assert f"Kept: the {line - 1} lines above. Dropped: {LINES - line + 1} lines" in text
    assert folder.lines(FILE)[:-1] == whole[: line - 1]
    (beside,) = folder.path.glob(f"{FILE}.damaged-*")
    assert str(beside) in text
    assert beside.read_bytes() == damaged
    log = Log(folder)
    (note,) = log.repairs
    assert note.startswith(f"{LINES - line + 1} damaged lines")
    assert repair(folder) == ""
    log.suggested(len(log.trials), {}, [7], "search", 2)
    assert len(Log(folder).trials) == len(log.trials)


def test_trials_that_the_lines_left_do_not_end_begin_again(folder: LocalStorage) -> None:
    damage(folder, 7)  # the first epoch of trial 1, or its second
    text = repair(folder)
    assert text.endswith("Trials that begin again or are drawn anew: 1, 2")
    assert files(folder, 0) == ["epoch-00001.model", "epoch-00001.state", "error.txt"]
    for number in (1, 2):
        assert files(folder, number) == ["error.txt"]
    assert [trial.state for trial in Log(folder).trials.values()] == ["complete", "running"]


def test_lost_last_lines_are_repaired_too(folder: LocalStorage) -> None:
    lines = folder.lines(FILE)
    (folder.path / FILE).write_bytes(b"".join(line + b"\n" for line in lines[:3]))
    assert "ends with line 3, but 9 lines were written" in repair(folder)
    assert list(Log(folder).trials) == [0]
    assert list(folder.path.glob(f"{FILE}.damaged-*")) == []


def test_a_repair_that_was_killed_is_done_again(
    folder: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(folder, 5)
    for name in ("keep_lines", "delete", "append"):
        with monkeypatch.context() as killed:

            def kill(*given: object) -> None:
                raise KeyboardInterrupt("killed")

            killed.setattr(LocalStorage, name, kill)
            with pytest.raises(KeyboardInterrupt, match="killed"):
                repair(folder)
        if name != "append":
            with pytest.raises(LogDamaged, match="--repair` keeps the lines above it"):
                Log(folder)
    assert [*Log(folder).trials] == [0]
    assert files(folder, 1) == files(folder, 2) == ["error.txt"]


def test_a_log_without_a_whole_line_is_left_as_it_is(folder: LocalStorage) -> None:
    damaged = damage(folder, 1)
    with pytest.raises(LogDamaged, match="No line of it can be kept"):
        repair(folder)
    assert (folder.path / FILE).read_bytes() == damaged
    assert files(folder, 1) == ["epoch-00001.model", "epoch-00001.state", "error.txt"]


def test_a_log_of_a_newer_fairser_is_not_repaired(folder: LocalStorage) -> None:
    folder.append(FILE, json.dumps({"event": "merged", "time": 0.0}).encode())
    with pytest.raises(StorageError, match="A newer fairser wrote it") as raised:
        repair(folder)
    assert "--repair" not in str(raised.value)


def test_tests_that_only_another_record_states_are_logged_as_begun(folder: LocalStorage) -> None:
    damage(folder, 6)
    repair(folder, tested=[0, 1])
    assert Log(folder).asked == {1: [""]}
