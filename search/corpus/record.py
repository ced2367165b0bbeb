"""Record of a corpus in a sweep's folder: sizes of groups, and exclusions."""

import json
from collections.abc import Sequence
from typing import Any

from search.store.storage import Storage, StorageError
from search.tasks.counts import Counts, Description
from search.tasks.task import AnyCorpus
from search.tasks.tasks import TASKS

FILE = "corpus.json"


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


def keep_record(folder: Storage, task: str, corpus: AnyCorpus) -> None:
    """Write the record into a sweep's folder unless it is there.

    Args:
        folder: folder of the sweep.
        task: key of `TASKS`.
        corpus: corpus that the sweep learns from.
    """
    if folder.read(FILE) is None:
        record = corpus_record(TASKS[task].describe(corpus), corpus.notes)
        text = json.dumps(record, indent=2, allow_nan=False)
        folder.write(FILE, f"{text}\n".encode())


def read_record(folder: Storage) -> dict[str, Any] | None:
    """Return the record of a sweep's corpus; None for a sweep of a version without records.

    Raises:
        StorageError: the file is not what `keep_record` writes; names it.
    """
    content, path = folder.read(FILE), folder.where(FILE)
    if content is None:
        return None
    try:
        record = json.loads(content)
        counts = [Counts(**table) for table in record["sizes"]]
        [str(line) for line in [*record["notes"], *record["sentences"]]]
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{path} is not a record of a corpus: {error!r}") from error
    return {**record, "sizes": counts}
