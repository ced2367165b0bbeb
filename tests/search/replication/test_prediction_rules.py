"""Tables of predictions that nobody's test wrote, which are refused by column and rule."""

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from search.replication import test_tables
from search.replication.prediction_rules import TableError, check_predictions
from search.replication.test_record import RecordedTest
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from tests.support.replication_tests import emotion_predictions
from tests.support.tested_systems import predictions_of

SEEDS = [750, 751]
ACTIVATION = predictions_of(SEEDS, 0.4)
CLASSES = pd.DataFrame(
    {
        "utterance": ["u1", "u2"],
        "group": ["north", "south"],
        "judged": '["north", "south"]',
        "truth": ["joy", "rage"],
        **{f"{name}-{seed}": [0.4, 0.6] for name in ("joy", "rage") for seed in SEEDS},
    }
)
DETECTORS = emotion_predictions(SEEDS)


@pytest.mark.parametrize("table", [ACTIVATION, CLASSES, DETECTORS], ids=["one", "many", "emotions"])
def test_tables_of_tests_obey_the_rules(table: pd.DataFrame) -> None:
    check_predictions(table, SEEDS)


@pytest.mark.parametrize("table", [ACTIVATION, CLASSES, DETECTORS], ids=["one", "many", "emotions"])
@pytest.mark.parametrize("content", [None, ["x"], "x"], ids=["none", "lists", "text"])
def test_a_column_of_another_type_is_refused(table: pd.DataFrame, content: object) -> None:
    for name in ("truth", *(name for name in table if str(name).endswith("-750"))):
        with pytest.raises(TableError, match="must h"):
            check_predictions(table.assign(**{str(name): [content] * len(table)}), SEEDS)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (ACTIVATION, ["utterance", "truth", "gender", "prediction-751"]),
        (CLASSES, ["utterance", "truth", "group", "judged", "joy-750"]),
        (DETECTORS, ["utterance", "truth", "s1", "aligned", "emotion", "score-751"]),
    ],
    ids=["one", "many", "emotions"],
)
def test_a_lost_column_is_refused(table: pd.DataFrame, names: list[str]) -> None:
    for name in names:
        with pytest.raises(TableError, match="must "):
            check_predictions(table.drop(columns=name), SEEDS)


@pytest.mark.parametrize("judged", ["{", "[" * 100_000, '["west"]', "7", '[["north"]]'])
def test_groups_that_no_table_has_are_refused(judged: str) -> None:
    with pytest.raises(TableError, match="'judged' must"):
        check_predictions(CLASSES.assign(judged=judged), SEEDS)


def as_file(make: Callable[[], pa.Table]) -> bytes:
    content = io.BytesIO()
    parquet.write_table(make(), content)
    return content.getvalue()


def test_a_small_file_of_many_values_is_refused_before_it_is_unpacked(
    tmp_path: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_tables, "MOST_VALUES", 1_000_000)
    names = ("utterance", "truth", "prediction-750")
    content = as_file(lambda: pa.table({name: np.zeros(400_000) for name in names}))
    assert len(content) < 100_000
    folder = LocalStorage(tmp_path)  # type: ignore[arg-type]
    folder.write("test.parquet", content)
    test = RecordedTest("1@2", 0, {}, 2, [750], [], {}, "test.parquet", "now", "python x")
    with pytest.raises(StorageError, match=r"test\.parquet .*at most 1,000,000 values, has 1,200,"):
        test_tables.read_predictions(folder, test)
