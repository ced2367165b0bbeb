"""Readers of the corpora, by task; a command line names them before a task is loaded."""

from collections.abc import Mapping
from typing import Any

from fairser_core.corpora import CATEGORY_READERS, RATED_READERS, READERS
from fairser_core.corpora.reader import Reader

TASK_READERS: dict[str, Mapping[str, Reader[Any]]] = {
    "activation": READERS,
    "emotion": RATED_READERS,
    "category": CATEGORY_READERS,
}
ALL_READERS = list(dict.fromkeys(pair for each in TASK_READERS.values() for pair in each.items()))
"""Readers of all tasks, each with its name; tasks may have some in common."""
CORPORA = list(dict.fromkeys(reader.alias or name for name, reader in ALL_READERS))
"""Names of corpora on run.py's command line."""
