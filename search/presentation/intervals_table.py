"""Table of the intervals of a front's members for the terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from search.front.front import Front
from search.front.names import baseline_name
from search.front.point import Point
from search.front.uncertainty import FEWEST
from search.presentation.wording import (
    TWO_INTERVALS,
    ends_text,
    marked_names,
    speakers_heading,
    speakers_sentences,
    speakers_text,
)

FEW = f"seeds: no interval over fewer than {FEWEST} seeds"


@dataclass(frozen=True)
class IntervalsTable:
    """Table of the members' intervals, over seeds, and over seeds and speakers.

    An objective that is an absolute gap has its level by chance in place of the second. Below the
    members stands the baseline's own front. Where all objectives have no room beside each other,
    each has a table of its own.

    Attributes:
        front: front with at least one member.
    """

    front: Front

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table or tables, and the notes below."""
        whole = self.table(self.front.objectives)
        wide = options.update(max_width=10_000)
        fits = Measurement.get(console, wide, whole).maximum <= options.max_width
        yield Text("how certain the front is", style="table.title")
        yield from [whole] if fits else [self.table([name]) for name in self.front.objectives]
        yield Text("\n".join(self._notes()))

    def table(self, objectives: Sequence[str]) -> Table:
        """Return the table of some objectives."""
        front = self.front
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        table.add_column("member", no_wrap=True)
        for name in objectives:
            for heading in ("seeds", speakers_heading(name)):
                table.add_column(f"{name}\n{heading}", justify="right", no_wrap=True)
        for name, point in zip(marked_names(front), front.members, strict=True):
            table.add_row(name, *_cells(point, objectives))
        table.add_section()
        for point in front.baseline_points:
            table.add_row(baseline_name(point.epoch), *_cells(point, objectives), style="dim")
        return table

    def _notes(self) -> Iterator[str]:
        front = self.front
        shown = [*front.members, *front.baseline_points]
        whole = all(point.intervals.get(name) for point in shown for name in front.objectives)
        yield TWO_INTERVALS
        if not whole:
            yield FEW
        yield from speakers_sentences(front)


def _cells(point: Point, objectives: Sequence[str]) -> list[str]:
    """Return both intervals of each objective; a dash where there is none."""
    cells = []
    for name in objectives:
        cells += [ends_text(point.intervals.get(name)), speakers_text(point, name)]
    return [escape(cell) or "-" for cell in cells]
