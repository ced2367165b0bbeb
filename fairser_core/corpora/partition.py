"""Partition of speakers into parts that are alike, for corpora without splits or sessions."""

from collections.abc import Sequence

import pandas as pd

SPLITS = ("train", "validation", "train", "test", "train")
"""Splits that speakers get in turn: three fifths train, a fifth validates, a fifth tests."""


def partition(
    speakers: pd.DataFrame, by: Sequence[str], parts: Sequence[str] = SPLITS
) -> pd.Series:
    """Return the part of each speaker: in order of their attributes they get the parts in turn.

    Systematic sampling: each group that the attributes tell apart is spread over the parts as
    evenly as its number of speakers allows. It depends on nothing but the table.

    Args:
        speakers: one row a speaker, with the attributes.
        by: attributes, the most important first.
        parts: parts in turn.

    Returns:
        Parts, indexed like `speakers`.
    """
    keys = speakers[list(by)].astype("string").fillna("").assign(_name=speakers.index.astype(str))
    order = keys.sort_values([*by, "_name"]).index
    turns = [parts[number % len(parts)] for number in range(len(order))]
    return pd.Series(turns, order).reindex(speakers.index)
