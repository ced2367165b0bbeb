"""What a report is made of, whatever it is written as: chapters of words, tables and figures."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: pd.DataFrame


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


@dataclass(frozen=True)
class Chapter:
    """A part of the report with a heading; it is left out where it has no blocks."""

    title: str
    blocks: Sequence[Block]
