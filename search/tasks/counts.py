"""Counts of what a corpus holds, before they are drawn as tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

PEOPLE = {"female": "women", "male": "men"}
Row = tuple[str, list[int]]


@dataclass(frozen=True)
class Counts:
    """A table of numbers.

    Attributes:
        title: what is counted.
        columns: headings; the first is of the rows' names.
        rows: name of each, and its numbers.
        summed: whether the last row is the sum of the others.
        note: what its words mean; empty if they need no explanation.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    summed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Description:
    """Contents of a corpus.

    Attributes:
        counts: tables of sizes.
        sentences: what else is counted.
        agreement: of raters, as `perception.agreement` returns it; None without ratings by person.
    """

    counts: Sequence[Counts]
    sentences: Sequence[str] = ()
    agreement: pd.DataFrame | None = None
