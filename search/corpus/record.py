"""Record of a corpus in a sweep's folder: sizes of groups, and exclusions."""

import json
from collections.abc import Sequence
from typing import Any

from search.store.fields import check_fields, naming_file
from search.store.rules import (
    FLAG,
    SCALAR,
    TABLE,
    TEXT,
    WHOLE,
    Rule,
    checked,
    list_of,
    or_null,
    table_of,
)
from search.store.sealed_document import read_sealed, write_sealed
from search.store.storage import Storage
from search.tasks.any_corpus import AnyCorpus
from search.tasks.counts import Counts, Description
from search.tasks.tasks import TASKS

FILE = "corpus.json"
PROBLEM = "is not a record of a corpus"
ROW = Rule(
    "a name and a list of whole numbers",
    "names with a list of whole numbers",
    lambda row: (
        type(row) is list and len(row) == 2 and TEXT.holds(row[0]) and list_of(WHOLE).holds(row[1])
    ),
)
COUNTS = {
    "title": TEXT, "columns": list_of(TEXT), "rows": list_of(ROW), "summed": FLAG, "note": TEXT,
}  # fmt: skip
"""Rules of the fields of `Counts`."""


def corpus_record(description: Description, notes: Sequence[str]) -> dict[str, Any]:
    """Return the content of `corpus.json`.

    Args:
        description: contents of the corpus.
        notes: notes of the corpus' reader.

    Returns:
        `sizes`: tables with the fields of `Counts`; `notes`: notes of the reader, also on what was
        left out; `sentences`: further counts. With ratings also `agreement`: rows of
        `perception.agreement`, null where a share is unknown.
    """
    record = {
        "notes": list(notes),
        "sentences": list(description.sentences),
        "sizes": [vars(counts) for counts in description.counts],
    }
    if description.agreement is None:
        return record
    # As JSON, for NaN to become null and numbers of numpy numbers.
    rows = description.agreement.to_json(orient="records", double_precision=15)
    return {**record, "agreement": json.loads(rows)}


def keep_record(folder: Storage, sweep: str, task: str, corpus: AnyCorpus) -> None:
    """Write the record into a sweep's folder unless it is there.

    Args:
        folder: folder of the sweep.
        sweep: id of the sweep.
        task: key of `TASKS`.
        corpus: corpus that the sweep learns from.
    """
    if folder.read(FILE) is None:
        record = corpus_record(TASKS[task].describe(corpus), corpus.notes)
        write_sealed(folder, FILE, sweep, record)


def read_record(folder: Storage, sweep: str) -> dict[str, Any] | None:
    """Return the record of a sweep's corpus; None for a sweep of a version without records.

    Args:
        folder: folder of the sweep.
        sweep: id of the sweep.

    Raises:
        StorageError: the file is not what `keep_record` writes; names it.
    """
    record = read_sealed(folder, FILE, sweep, PROBLEM)
    if record is None:
        return None
    with naming_file(folder.where(FILE), PROBLEM):
        for name in ("notes", "sentences"):
            checked(record, name, list_of(TEXT))
        if "agreement" in record:
            checked(record, "agreement", list_of(table_of(or_null(SCALAR))))
        sizes = checked(record, "sizes", list_of(TABLE))
        counts = [
            Counts(**check_fields(COUNTS, table, f"sizes[{number}]"))
            for number, table in enumerate(sizes)
        ]
    return {**record, "sizes": counts}
