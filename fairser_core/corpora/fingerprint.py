"""Fingerprints of corpora."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fairser_core.corpora.times import segments
from fairser_core.files.ledger import digests
from fairser_core.files.segment import AudioError


def digits(facts: object) -> str:
    """Return 16 hexadecimal digits that change with the facts, which JSON can hold."""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def file_facts(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """Return the facts of each utterance, in the order of ids.

    Args:
        table: utterances with `path` or `features`.
        columns: columns that count.

    Returns:
        For each utterance the values of the columns, the name of its file, and of a part of one the
        span in seconds, and a digest of the file's content.

    Raises:
        AudioError: a file cannot be read any more.
    """
    table = table.sort_values("id")
    of_rows = segments(table).tolist()
    contents = digests(segment.path for segment in of_rows)
    for content in contents.values():
        if isinstance(content, AudioError):
            raise content
    rows = zip(*(table[column] for column in columns), strict=True)
    names = [Path(each.path).name + f" {each.span}" * (not each.whole) for each in of_rows]
    return list(zip(rows, names, (contents[each.path] for each in of_rows), strict=True))
