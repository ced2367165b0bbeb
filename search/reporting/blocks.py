"""Parts of a report, independent of its format: chapters of words, tables and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Words:
    """Paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Heading:
    """Heading within a chapter, e.g. for one of several sweeps."""

    text: str


@dataclass(frozen=True)
class Table:
    """Table.

    Attributes:
        name: name, unique in the report; the stem of the CSV's name.
        caption: content, measurement and better direction.
        columns: headings.
        rows: texts of the cells; the first cell of a row names it.
        data: data for programs: one unrounded value per cell.
        folded: whether the page shows the table only on request, because it is long.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: pd.DataFrame
    folded: bool = False


@dataclass(frozen=True)
class Figure:
    """Figure; the page adds a template with the colours of text, grid and paper.

    Attributes:
        name: name, unique in the report.
        caption: content, measurement and better direction.
        figure: plotly's figure, readable at a width of 360 pixels.
        half: whether the figure may stand beside a neighbouring figure that is also half.
    """

    name: str
    caption: str
    figure: go.Figure
    half: bool = False


Block = Words | Heading | Table | Figure
Captioned = TypeVar("Captioned", Table, Figure)


@dataclass(frozen=True)
class Chapter:
    """Part of the report with a heading; omitted without blocks."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """Report.

    Attributes:
        title: title of the report.
        made: time, command and version of the report: the only line in which two reports on the
            same sweeps differ.
        chapters: chapters in order; those without blocks are omitted.
    """

    title: str
    made: str
    chapters: Sequence[Chapter]

    def of(self, kind: type[Captioned]) -> list[Captioned]:
        """Return the blocks of a kind in all chapters."""
        blocks = [block for chapter in self.chapters for block in chapter.blocks]
        return [block for block in blocks if isinstance(block, kind)]
