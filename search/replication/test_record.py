"""Record of tested models and their predictions. A model listed here is never tested again.

`test.json` in a replication's folder lists each trial whose models (one a seed) were tested. Beside
it lie two tables a trial: the predictions of its models, and the representations of one of them.
"""

import io
import json
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from search.space.values import Value
from search.store.rules import (
    TABLE,
    Rule,
    checked,
    list_of,
    naming_file,
    read_document,
    read_fields,
)
from search.store.storage import Storage, StorageError, is_below

FILE = "test.json"
PROBLEM = "cannot be read"
ADVICE = (
    "; the file records which models were tested, so nothing is tested before it is whole again"
)
DISK_KEYS = {"predictions_file": "told", "representations_file": "represented"}
"""Keys in the file of the attributes that have another name there."""
FILE_NAME = Rule("the name of a file below this folder", "names of files", is_below)
ATTRIBUTES = {key: attribute for attribute, key in DISK_KEYS.items()}


@dataclass(frozen=True)
class RecordedTest:
    """Test of a trial's models, as recorded.

    Attributes:
        name: name of the candidate, as in the front's table.
        trial: number of the trial in the replication.
        values: value of each searched key.
        epoch: epoch to which the models were trained.
        seeds: seeds of the tested models.
        diverged: seeds without a model, because their training diverged.
        metrics: metrics on test data, a value a seed; None where the metric is undefined.
        predictions_file: name of the file of the models' predictions.
        time: time of the test, in UTC.
        command: command that ran the test.
        representations_file: name of the file of the utterances' representations in the first
            seed's models; empty if there is none.
    """

    name: str
    trial: int
    values: dict[str, Value]
    epoch: int
    seeds: list[int]
    diverged: list[int]
    metrics: dict[str, list[float | None]]
    predictions_file: str
    time: str
    command: str
    representations_file: str = ""


def read(folder: Storage) -> list[RecordedTest]:
    """Return the recorded tests, in order.

    Raises:
        StorageError: the record is not what `add` writes.
    """
    document = read_document(folder, FILE, PROBLEM, ADVICE)
    if document is None:
        return []
    with naming_file(folder.where(FILE), PROBLEM, ADVICE):
        rows = checked(document, "models", list_of(TABLE))
        return [_from_disk(row, f"models[{number}]") for number, row in enumerate(rows)]


def _from_disk(row: dict[str, Any], name: str) -> RecordedTest:
    named = {ATTRIBUTES.get(key, key): value for key, value in row.items()}
    test = read_fields(RecordedTest, named, name)
    for key in DISK_KEYS.values():
        if row.get(key):
            checked(row, key, FILE_NAME, f"{name}.")
    return test


def add(
    folder: Storage,
    test: RecordedTest,
    predictions: pd.DataFrame,
    representations: pd.DataFrame | None = None,
) -> None:
    """Record a test; its tables are on disk before the record lists it."""
    tables = {
        test.predictions_file: predictions,
        test.representations_file: representations,
    }
    for name, table in tables.items():
        if table is not None:
            content = io.BytesIO()
            table.to_parquet(content, index=False)
            folder.write(name, content.getvalue())
    models = [
        {DISK_KEYS.get(attribute, attribute): value for attribute, value in asdict(row).items()}
        for row in [*read(folder), test]
    ]
    document = {"tested": len(models), "models": models}
    folder.write(FILE, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_predictions(folder: Storage, test: RecordedTest) -> pd.DataFrame:
    """Return the predictions of a tested trial's models; see `Course.prediction_table`.

    Raises:
        StorageError: the file is missing or torn.
    """
    return _read(folder, test.predictions_file, "predictions of tested models")


def read_representations(folder: Storage, test: RecordedTest) -> pd.DataFrame | None:
    """Return the representations of the first seed's models; see `Course.representations`.

    Returns:
        None if none were kept.

    Raises:
        StorageError: the file is missing or torn.
    """
    if not test.representations_file:
        return None
    return _read(folder, test.representations_file, "representations in tested models")


def _read(folder: Storage, name: str, content_name: str) -> pd.DataFrame:
    content, path = folder.read(name), folder.where(name)
    if content is None:
        raise StorageError(f"there is no {path}, which holds the {content_name}")
    try:
        return pd.read_parquet(io.BytesIO(content))
    except Exception as error:  # whatever a torn or forged file makes its reader raise
        raise StorageError(f"{path} cannot be read: {error}") from error
