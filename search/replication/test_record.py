"""Record of tested models and their predictions. A model listed here is never tested again.

`test.json` in a replication's folder lists each trial whose models (one a seed) were tested. Beside
it lie two tables a trial: the predictions of its models, and the representations of one of them.
The log states when each test was begun, so that a test that was begun twice is noticed.
"""

import hashlib
import io
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pandas as pd

from search.space.values import Value
from search.store.fields import naming_file, read_document, read_fields
from search.store.log import Log
from search.store.log_lines import FILE as LOG
from search.store.rules import TABLE, WHOLE, Rule, RuleError, checked, list_of
from search.store.storage import Storage, StorageError, is_below
from search.store.trials import TrialRecord

SEAL = "seal"
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
        digests: SHA-256 of each of these files by name; empty in the record of an earlier version.
        begun: times at which the test was begun, as the log states them.
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

    digests: dict[str, str] = field(default_factory=dict, compare=False)
    begun: tuple[str, ...] = field(default=(), compare=False)

    @property
    def repeated(self) -> int:
        """Number of times that the test was begun again."""
        return max(len(self.begun) - 1, 0)


def read(folder: Storage) -> list[RecordedTest]:
    """Return the recorded tests, in order, compared with the replication's log.

    Raises:
        StorageError: the record is not what `add` writes, or a test is of no model that the log
            states; names both.
    """
    tests = read_unchecked(folder)
    if not tests:
        return []
    log = Log(folder)
    for test in tests:
        _check_logged(folder, test, log.trials.get(test.trial))
    return [replace(test, begun=tuple(log.asked.get(test.trial, ()))) for test in tests]


def _check_logged(folder: Storage, test: RecordedTest, trial: TrialRecord | None) -> None:
    """Check that a test is of the models of a complete trial."""
    source = f"{folder.where(FILE)} states a test of {test.name}, trial {test.trial}"
    if trial is None or trial.state != "complete":
        raise StorageError(f"{source}, which is not complete in {folder.where(LOG)}")
    theirs = (trial.values, trial.limit, sorted(trial.seeds))
    if (test.values, test.epoch, sorted([*test.seeds, *test.diverged])) != theirs:
        raise StorageError(
            f"{source}, with values {test.values}, epoch {test.epoch} and seeds {test.seeds}; in "
            f"{folder.where(LOG)} that trial has values {trial.values}, epoch {trial.limit} and "
            f"seeds {trial.seeds}"
        )


def read_unchecked(folder: Storage) -> list[RecordedTest]:
    """Return the recorded tests, in order, without a look at the log.

    Raises:
        StorageError: the record is not what `add` writes.
    """
    document = read_document(folder, FILE, PROBLEM, ADVICE)
    if document is None:
        return []
    with naming_file(folder.where(FILE), PROBLEM, ADVICE):
        rows = checked(document, "models", list_of(TABLE))
        if "tested" in document and checked(document, "tested", WHOLE) != len(rows):
            raise RuleError(f"`tested` must be {len(rows)}, the number of its models")
        return _tests(rows)


def _tests(rows: Iterable[dict[str, Any]]) -> list[RecordedTest]:
    """Return the tests in rows, each of which is sealed together with those above it.

    Rows of an earlier version have no seal.
    """
    tests: list[RecordedTest] = []
    above = ""
    for number, row in enumerate(rows):
        name = f"models[{number}]"
        stated = row.pop(SEAL, "")
        if (stated or above) and stated != _seal(above, row):
            raise RuleError(f"`{name}.{SEAL}` is not that of this test below those above it")
        above = stated
        fields = {ATTRIBUTES.get(key, key): value for key, value in row.items()}
        test = read_fields(RecordedTest, fields, name)
        for key in DISK_KEYS.values():
            if row.get(key):
                checked(row, key, FILE_NAME, f"{name}.")
        for metric, values in test.metrics.items():
            if len(values) != len(test.seeds):
                raise RuleError(f"`{name}.metrics.{metric}` must have a value a seed")
        tests.append(test)
    return tests


def _seal(above: str, row: Mapping[str, Any]) -> str:
    content = json.dumps(row, sort_keys=True, allow_nan=False)
    return hashlib.sha256(f"{above}{content}".encode()).hexdigest()


def _write(folder: Storage, tests: Iterable[RecordedTest]) -> None:
    """Write the record of tests; a seal stands from the first test on that has digests."""
    rows: list[dict[str, Any]] = []
    above = ""
    for test in tests:
        fields = {name: value for name, value in asdict(test).items() if name != "begun"}
        if not test.digests and not above:  # of an earlier version
            del fields["digests"]
        row = {DISK_KEYS.get(attribute, attribute): value for attribute, value in fields.items()}
        if test.digests or above:
            above = _seal(above, row)
            row[SEAL] = above
        rows.append(row)
    document = {"tested": len(rows), "models": rows}
    folder.write(FILE, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


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
    digests = {}
    for name, table in tables.items():
        if table is not None:
            content = io.BytesIO()
            table.to_parquet(content, index=False)
            folder.write(name, content.getvalue())
            digests[name] = hashlib.sha256(content.getvalue()).hexdigest()
    _write(folder, [*read(folder), replace(test, digests=digests)])


def forget_untrained(folder: Storage) -> None:
    """Remove the tests of trials that are not complete in the log, which begin again.

    The log states that their models were tested; see `repair`. The file is kept as it is beside
    the new one.
    """
    tests, trials = read_unchecked(folder), Log(folder).trials
    complete = {number for number, trial in trials.items() if trial.state == "complete"}
    kept = [test for test in tests if test.trial in complete]
    if len(kept) < len(tests):
        content = folder.read(FILE)
        assert content is not None
        folder.write(f"{FILE}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}", content)
        _write(folder, kept)
