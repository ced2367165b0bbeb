"""Table of the intervals of a front's members for the terminal."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from search.front.front import Front
from search.front.names import baseline_name
from search.front.point import Point
from search.front.uncertainty import FEWEST
from search.presentation.wording import (
    TWO_INTERVALS,
    chance_sentence,
    ends_text,
    marked_names,
    speakers_heading,
    speakers_sentences,
    speakers_text,
)

FEW = f"seeds: no interval over fewer than {FEWEST} seeds"


def intervals_table(front: Front) -> Table:
    """Return a table of the members' intervals, over seeds, and over seeds and speakers.

    An objective that is an absolute gap has its level by chance in place of the second. Below the
    members stands the baseline's own front.

    Args:
        front: front with at least one member.
    """
    table = Table(title="how certain the front is", caption_justify="left")
    table.add_column("member", justify="right", overflow="fold")
    for name in front.objectives:
        for heading in ("seeds", speakers_heading(name)):
            table.add_column(f"{name}\n{heading}", justify="right", overflow="fold")
    for name, point in zip(marked_names(front), front.members, strict=True):
        table.add_row(name, *_cells(point, front.objectives))
    table.add_section()
    for point in front.baseline_points:
        table.add_row(baseline_name(point.epoch), *_cells(point, front.objectives), style="dim")
    shown = [*front.members, *front.baseline_points]
    whole = all(point.intervals.get(name) for point in shown for name in front.objectives)
    notes = [
        TWO_INTERVALS,
        "" if whole else FEW,
        chance_sentence(front),
        *speakers_sentences(front),
    ]
    table.caption = escape("\n".join(filter(None, notes)))
    return table


def _cells(point: Point, objectives: Sequence[str]) -> list[str]:
    """Return both intervals of each objective; a dash where there is none."""
    cells = []
    for name in objectives:
        cells += [ends_text(point.intervals.get(name)), speakers_text(point, name)]
    return [escape(cell) or "-" for cell in cells]
