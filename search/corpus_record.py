"""What a sweep's folder tells of the corpus it learned from."""

import json
from typing import Any

from search.storage import Storage

FILE = "corpus.json"


def read_record(folder: Storage) -> dict[str, Any] | None:
    """The record in a sweep's folder; None where there is none."""
    content = folder.read(FILE)
    if content is None:
        return None
    record: dict[str, Any] = json.loads(content)
    return record
