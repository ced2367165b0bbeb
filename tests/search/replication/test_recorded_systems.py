"""Records of tests, joined to systems."""

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from search.replication import test_record, test_tables
from search.replication.systems import System, systems
from search.replication.test_record import RecordedTest
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from tests.support.replication_tests import log_trial
from tests.support.tested_systems import (
    predictions_of,
    system,
)


def record(folder: LocalStorage, trial: int, seeds: list[int], name: str = "1@2") -> System:
    own = system(name, seeds, 0.4)
    metrics = {key: values.tolist() for key, values in own.metrics.items()}
    metrics["recall_gap"][0] = None
    path = f"trials/{trial:04d}/test.parquet"
    test = RecordedTest(name, trial, {"a": 1.0}, 2, seeds, [799], metrics, path, "now", "python x")
    log_trial(folder, test)
    test_record.add(folder, test, own.predictions)
    return own


def test_a_recorded_test_is_read_back_and_further_seeds_are_joined(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    assert systems(folder) == []
    first, other, more = (
        record(folder, 0, [750, 751]),
        record(folder, 1, [750], "3@4"),
        record(folder, 2, [752]),
    )
    result = {one.name: one for one in systems(folder)}
    assert list(result) == ["1@2", "3@4"]
    assert (result["1@2"].seeds, result["1@2"].diverged) == ([750, 751, 752], 2)
    both = np.concatenate([first.metrics["ccc"], more.metrics["ccc"]])
    np.testing.assert_array_equal(result["1@2"].metrics["ccc"], both)
    assert np.isnan(result["1@2"].metrics["recall_gap"][0])
    pd.testing.assert_series_equal(
        result["1@2"].predictions["prediction-752"], more.predictions["prediction-752"]
    )
    pd.testing.assert_frame_equal(result["3@4"].predictions, other.predictions)
    assert '"tested": 3' in (tmp_path / "test.json").read_text()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"models": [{"trial": 1}]}', b'{"models": 3}'])
def test_a_record_that_is_not_whole_is_an_error_that_names_it(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "test.json").write_bytes(content)
    with pytest.raises(StorageError, match=r"test\.json cannot be read.*nothing is tested before"):
        test_record.read(LocalStorage(tmp_path))


def test_missing_or_torn_predictions_are_an_error_that_names_the_file(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    record(folder, 0, [750])
    place = tmp_path / "trials" / "0000" / "test.parquet"
    place.write_bytes(place.read_bytes()[:100])
    with pytest.raises(StorageError, match=r"test\.parquet cannot be read"):
        systems(folder)
    place.unlink()
    with pytest.raises(StorageError, match=r"there is no .*test\.parquet, which holds"):
        systems(folder)


def test_representations_are_kept_beside_predictions_and_read_back_without_pickle(
    tmp_path: Path,
) -> None:
    folder, predictions = LocalStorage(tmp_path), predictions_of([750], 0.3)
    units = pd.DataFrame(
        {"utterance": ["u1", "u2"], "unit-0": np.array([0.1, 60000.0], dtype=np.float16)}
    )
    kept = ("1@2", 0, {"a": 1.0}, 2, [750], [], {"ccc": [0.5]}, "t/test.parquet", "now", "python x")
    one = RecordedTest(*kept, representations_file="t/represented.parquet")
    log_trial(folder, one)
    test_record.add(folder, one, predictions, units)
    (result,) = test_record.read(folder)
    assert result == one
    pd.testing.assert_frame_equal(test_tables.read_representations(folder, result), units)
    assert (tmp_path / "t" / "represented.parquet").read_bytes().startswith(b"PAR1")
    (tmp_path / "t" / "represented.parquet").write_bytes(pickle.dumps(units))
    with pytest.raises(StorageError, match=r"represented\.parquet cannot be read"):
        test_tables.read_representations(folder, result)
    assert test_tables.read_representations(folder, RecordedTest(*kept)) is None


def test_a_record_from_before_representations_were_kept_is_read(tmp_path: Path) -> None:
    record(LocalStorage(tmp_path), 0, [750])
    place = tmp_path / "test.json"
    document = json.loads(place.read_text())
    for key in ("represented", "digests", "seal"):
        del document["models"][0][key]
    place.write_text(json.dumps(document))
    (one,) = test_record.read(LocalStorage(tmp_path))
    assert one.representations_file == ""
