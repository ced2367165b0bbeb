"""What a report is made of, whatever it is written as: chapters of words, tables and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Words:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading within a chapter: what follows is of one of several things, e.g. a sweep."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: unique in the report; the stem of its CSV.
        caption: what it shows, how it is measured, and which way is better.
        columns: headings.
        rows: as they are read, a text a cell; the first cell of each names it.
        data: as programs want it: one value a cell, unrounded.
        folded: whether the page shows it only to those who ask, for it is long.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: pd.DataFrame
    folded: bool = False


@dataclass(frozen=True)
class Figure:
    """A picture; the page adds the template, which brings the colours of text, grid and paper.

    Attributes:
        name: unique in the report.
        caption: what it shows, how it is measured, and which way is better.
        figure: readable at a width of 360 pixels.
        half: whether it may stand beside another such figure that follows it or that it follows.
    """

    name: str
    caption: str
    figure: go.Figure
    half: bool = False


Block = Words | Heading | Table | Figure
Shown = TypeVar("Shown", Table, Figure)


@dataclass(frozen=True)
class Chapter:
    """A part of the report with a heading; it is left out where it has no blocks."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """All that is told, in order.

    Attributes:
        title: heads it.
        made: when, by which command and which version: the only line that two reports of the same
            sweeps differ in.
        chapters: those without blocks are left out.
    """

    title: str
    made: str
    chapters: Sequence[Chapter]

    def of(self, kind: type[Shown]) -> list[Shown]:
        """The blocks of a kind in all chapters."""
        blocks = [block for chapter in self.chapters for block in chapter.blocks]
        return [block for block in blocks if isinstance(block, kind)]
