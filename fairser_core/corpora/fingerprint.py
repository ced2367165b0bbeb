"""Fingerprints of corpora."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd


def digits(facts: object) -> str:
    """Return 16 hexadecimal digits that change with the facts, which JSON can hold."""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def file_facts(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """Return the facts of each utterance, in the order of ids.

    Args:
        table: utterances with `path` or `features`.
        columns: columns that count.

    Returns:
        For each utterance the values of the columns, the name of its file, and a digest of the
        file's content.
    """
    table = table.sort_values("id")
    paths = table["features" if "features" in table else "path"]
    with ThreadPoolExecutor() as pool:
        contents = list(pool.map(_digest, paths))
    rows = zip(*(table[column] for column in columns), strict=True)
    names = (Path(path).name for path in paths)
    return list(zip(rows, names, contents, strict=True))


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
