"""Record of tests: sealed, compared with the log, and counted once a test is begun."""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fairser_core.datasets.data import Data
from search.replication import test_record, test_tables
from search.replication.looks import Looks
from search.replication.replication import ReplicatedCandidate, Replication, replication_of
from search.replication.test_record import RecordedTest
from search.replication.testing import record_tests
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.repair import repair
from search.store.storage import StorageError
from search.sweep.sweep import Sweep
from tests.support.local_training import train
from tests.support.replication_tests import log_trial
from tests.support.toy_sweep import ALL, toy_data, toy_sweep

CANDIDATES = [
    ReplicatedCandidate(f"{number}@2", {"alpha0": alpha0, "adversary_learning_rate": 0.01}, 2)
    for number, alpha0 in enumerate((1.0, 5.0))
]
TABLE = pd.DataFrame(
    {
        "utterance": ["u1", "u2"],
        "gender": ["female", "male"],
        "truth": [0.2, 0.1],
        "prediction-750": [0.1, 0.2],
    }
)


def replicate(sweep: Sweep, count: int = 2) -> Replication:
    return replication_of(sweep, CANDIDATES[:count], 2)


def recorded(trial: int, seed: int, value: float = 0.5) -> RecordedTest:
    path = f"trials/{trial:04d}/test.parquet"
    metrics: dict[str, list[float | None]] = {"ccc": [value]}
    return RecordedTest(
        "1@2", trial, {"a": 1.0}, 2, [seed], [799], metrics, path, "now", "python x"
    )


def fill(folder: LocalStorage, values: dict[str, Any] | None = None) -> None:
    for trial in range(3):
        test = recorded(trial, 750 + trial)
        log_trial(folder, test)
        test_record.add(folder, test, TABLE + TABLE if trial == 1 else TABLE)


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    storage = LocalStorage(tmp_path / "replication")
    fill(storage)
    return storage


def change(folder: LocalStorage, change: str) -> None:
    path = folder.path / "test.json"
    document = json.loads(path.read_text())
    rows = document["models"]
    if change == "altered":
        rows[1]["metrics"]["ccc"] = [0.6]
    elif change == "lost":
        del rows[1]
        document["tested"] = 2
    elif change == "doubled":
        rows.insert(1, rows[0])
        document["tested"] = 4
    elif change == "moved":
        rows[0], rows[1] = rows[1], rows[0]
    elif change == "bare":
        del rows[1]["seal"]
    elif change == "counted":
        document["tested"] = 4
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("kind", ["altered", "lost", "doubled", "moved", "bare", "counted"])
def test_a_record_that_was_altered_is_refused(folder: LocalStorage, kind: str) -> None:
    change(folder, kind)
    with pytest.raises(StorageError, match=r"test\.json cannot be read: `(models\[|tested)"):
        test_record.read(folder)


def test_a_test_of_no_model_in_the_log_is_an_error_that_names_both(
    folder: LocalStorage, tmp_path: Path
) -> None:
    other = LocalStorage(tmp_path / "other")
    for trial in range(3):
        log = Log(other)
        log.suggested(trial, {"a": 2.0}, [750 + trial, 799], "replicate", 2)
        log.ended(trial, "complete" if trial else "failed")
    shutil.copy(folder.path / "test.json", other.path)
    with pytest.raises(StorageError, match=r"test\.json states .* trial 0, .* in .*trials\.jsonl"):
        test_record.read(other)
    (other.path / "trials.jsonl").unlink()
    (other.path / "log.json").unlink()
    for trial in range(3):
        log = Log(other)
        log.suggested(trial, {"a": 2.0}, [750 + trial, 799], "replicate", 2)
        log.ended(trial, "complete")
    with pytest.raises(StorageError, match=r"values \{'a': 1\.0\}, .* has values \{'a': 2\.0\}"):
        test_record.read(other)


def test_a_table_of_another_test_is_an_error_that_names_both(folder: LocalStorage) -> None:
    tests = test_record.read(folder)
    pd.testing.assert_frame_equal(test_tables.read_predictions(folder, tests[0]), TABLE)
    shutil.copy(folder.path / tests[1].predictions_file, folder.path / tests[0].predictions_file)
    with pytest.raises(StorageError, match=r"0000/test\.parquet .* not .*test\.json .* trial 0"):
        test_tables.read_predictions(folder, tests[0])


@pytest.mark.parametrize("file", ["/etc/passwd", "../other/test.parquet", "trials/../../x"])
def test_a_record_that_names_a_file_elsewhere_is_refused(folder: LocalStorage, file: str) -> None:
    path = folder.path / "test.json"
    document = json.loads(path.read_text())
    row = document["models"][0]
    del document["models"][1:], row["seal"], row["digests"]
    path.write_text(json.dumps({"models": [{**row, "told": file}]}))
    with pytest.raises(StorageError, match=r"`models\[0\]\.told` must be the name of a file below"):
        test_record.read(folder)


def test_a_record_goes_on_below_rows_of_an_earlier_version(folder: LocalStorage) -> None:
    path = folder.path / "test.json"
    document = json.loads(path.read_text())
    for row in document["models"]:
        del row["seal"], row["digests"]
    path.write_text(json.dumps(document))
    before = test_record.read(folder)
    more = recorded(3, 753)
    log_trial(folder, more)
    test_record.add(folder, more, TABLE)
    assert test_record.read(folder) == [*before, more]
    rows = json.loads(path.read_text())["models"]
    assert ["seal" in row for row in rows] == [False, False, False, True]
    document = json.loads(path.read_text())
    document["models"][0]["metrics"]["ccc"] = ["high"]
    path.write_text(json.dumps(document))
    with pytest.raises(StorageError, match=r"`models\[0\]\.metrics` must be a table of lists"):
        test_record.read(folder)


@pytest.fixture(scope="module")
def data() -> Data:
    return toy_data()


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    return toy_sweep(tmp_path / "toy", 2, 4, ALL)


@pytest.fixture
def interrupted(tmp_path: Path, sweep: Sweep, data: Data) -> Any:
    """A replication whose first test was interrupted before its result was recorded."""
    replication = replicate(sweep)
    train(replication.sweep, data)

    def kill(*given: object) -> None:
        raise KeyboardInterrupt("killed")

    with pytest.MonkeyPatch.context() as killed:
        killed.setattr(test_record, "add", kill)
        with pytest.raises(KeyboardInterrupt, match="killed"):
            record_tests(replication, lambda: data)
    return replication


def test_a_test_is_announced_before_it_is_asked(
    sweep: Sweep, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    replication = replicate(sweep, 1)
    train(replication.sweep, data)

    def asked(*given: object) -> None:
        (times,) = Log(replication.folder).asked.values()
        assert len(times) == 1
        raise KeyboardInterrupt("asked")

    monkeypatch.setattr("search.replication.testing.evaluate", asked)
    with pytest.raises(KeyboardInterrupt, match="asked"):
        record_tests(replication, lambda: data)


def test_a_test_repeated_after_a_kill_is_shown_as_one(
    interrupted: Any, sweep: Sweep, data: Data
) -> None:
    again = replicate(sweep)
    record_tests(again, lambda: data)
    first, second = test_record.read(again.folder)
    assert (first.repeated, second.repeated) == (1, 0)
    assert first.time == first.begun[-1]
    looks = Looks.of([[first, second]])
    assert "3 tests, of 2 candidates. 1 of them repeated a test that was inter" in looks.text


def test_a_record_that_was_deleted_does_not_hide_that_it_was_asked(
    sweep: Sweep, data: Data
) -> None:
    replication = replicate(sweep)
    train(replication.sweep, data)
    record_tests(replication, lambda: data)
    replication.folder.delete("test.json")
    again = replicate(sweep)
    record_tests(again, lambda: data)
    assert [test.repeated for test in test_record.read(again.folder)] == [1, 1]


def test_tests_of_models_that_a_repair_trains_again_are_counted(folder: LocalStorage) -> None:
    path = folder.path / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], lines[5], lines[4]]))
    with pytest.raises(StorageError, match="line 5"):
        test_record.read(folder)
    repair(folder, [test.trial for test in test_record.read_unchecked(folder)])
    test_record.forget_untrained(folder)
    assert [test.trial for test in test_record.read(folder)] == [0, 1]
    test = recorded(2, 752)
    log_trial(folder, test)
    Log(folder).asking(2, "1@2", [752], "later")
    test_record.add(folder, test, TABLE)
    assert test_record.read(folder)[-1].begun == ("", "later")
    assert len(list(folder.path.glob("test.json.damaged-*"))) == 1


def refusal(read: Callable[[], object]) -> str | None:
    """Return the error of reading a file, None without one."""
    try:
        read()
    except StorageError as error:
        return str(error)
    return None


def test_whatever_happens_to_a_record_it_is_read_or_refused() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = hypothesis.strategies
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(), scalars)
    with tempfile.TemporaryDirectory() as path:
        folder = LocalStorage(Path(path))
        fill(folder)
        whole, expected = folder.path / "test.json", test_record.read(folder)
        content = whole.read_text()

        @hypothesis.settings(max_examples=150, deadline=None, derandomize=True, database=None)
        @hypothesis.given(data=st.data())
        def damaged(data: Any) -> None:
            document = json.loads(content)
            table = data.draw(st.sampled_from([document, *document["models"]]))
            table[data.draw(st.sampled_from([*table, "new"]))] = data.draw(values)
            whole.write_text(json.dumps(document))
            message = refusal(lambda: test_record.read(folder))
            if message is None:
                assert test_record.read(folder) == expected
            else:
                assert str(whole) in message

        damaged()
