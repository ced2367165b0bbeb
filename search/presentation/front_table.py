"""Table of a front for the terminal: a line a member, in as many columns as there is room for."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from search.front.front import Front
from search.front.names import BASELINE, baseline_name, plural, why_empty
from search.front.point import Point
from search.presentation.wording import (
    BEATEN,
    better,
    chance_sentence,
    checked_text,
    floors_text,
    hypervolume_text,
    loose_sentence,
    marked_names,
    mean_sd,
    number,
    percent,
    refuted_sentence,
)
from search.terminal.terms import TERMS

FRONT_CSV = "front.csv"
BASELINE_ROWS = 3  # of the baseline's own front


@dataclass(frozen=True)
class Column:
    """Column of the table.

    Attributes:
        heading: heading on a single line.
        cells: cells of the members.
        baseline: cells of the baseline and of its own front.
        setting: whether the column is a searched value.
    """

    heading: str
    cells: Sequence[str]
    baseline: Sequence[str] = ()
    setting: bool = False


@dataclass(frozen=True)
class FrontTable:
    """Table of the members, which is laid out when its width is known.

    Members and objectives always have a column; what else has no room on a line is left out, and
    settings that are left out are named.

    Attributes:
        front: front to show.
        failed: reasons of the failed trials by number, shown if the front is empty.
    """

    front: Front
    failed: Mapping[int, str] = field(default_factory=dict)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table and the notes below, no wider than the options allow."""
        columns, least = list(self.columns()), 1 + len(self.front.objectives)
        count = len(columns)
        while count > least and self._width(console, options, columns[:count]) > options.max_width:
            count -= 1
        shown, hidden = columns[:count], columns[count:]
        yield Group(self._table(shown), Text("\n".join(self._notes(shown, hidden))))

    def _width(self, console: Console, options: ConsoleOptions, columns: Sequence[Column]) -> int:
        wide = options.update(max_width=10_000)
        return Measurement.get(console, wide, self._table(columns)).maximum

    def columns(self) -> Iterator[Column]:
        """Yield all columns, the most important first."""
        front, members, bases = self.front, self.front.members, self._bases()
        yield Column("member", marked_names(front), [*bases])
        for name in front.objectives:
            means = [mean_sd(point.expected, name) for point in members]
            yield Column(name, means, [mean_sd(metrics, name) for metrics in bases.values()])
        if any(point.check or point.check_failed for point in members):
            yield Column("fresh", [_fresh(point, front.objectives) for point in members])
        yield Column("seeds", [*map(_seeds, members)])
        if front.claimed:
            chances = [percent(p.claim.probability) if p.claim else "-" for p in members]
            yield Column("P", chances)
        for key in dict.fromkeys(key for point in members for key in point.values):
            values = [number(p.values[key]) if key in p.values else "" for p in members]
            yield Column(key, values, setting=True)

    def _bases(self) -> dict[str, Mapping[str, float]]:
        """Return the metrics of the baseline after its last epoch, and of its own front."""
        bases: dict[str, Mapping[str, float]] = (
            {BASELINE: self.front.baseline} if self.front.baseline else {}
        )
        points = self.front.baseline_points[:BASELINE_ROWS]
        return bases | {baseline_name(point.epoch): point.metrics for point in points}

    def _table(self, columns: Sequence[Column]) -> Table:
        table = Table(
            title=f"the front: {plural(len(self.front.members), 'candidate')}",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            show_edge=False,
            padding=(0, 1, 0, 0),
        )
        for index, column in enumerate(columns):
            heading = escape(column.heading)
            table.add_column(heading, justify="right" if index else "left", no_wrap=True)
        for cells in zip(*(column.cells for column in columns), strict=True):
            table.add_row(*map(escape, cells))
        if self._bases():
            table.add_section()
        for index in range(len(self._bases())):
            shown = [column.baseline[index] if column.baseline else "" for column in columns]
            table.add_row(*map(escape, shown), style="dim" if index else "")
        return table

    def _notes(self, shown: Sequence[Column], hidden: Sequence[Column]) -> Iterator[str]:
        front, settings = self.front, [column.heading for column in hidden if column.setting]
        yield ", ".join(f"{name}: {better(name)}" for name in front.objectives)
        for floor in front.floors:
            yield f"floor {floors_text([floor])}"
        if not front.members:
            yield from self._why_empty()
            return
        yield from _meanings(front, {column.heading for column in shown})
        if settings:
            yield f"no room for {', '.join(settings)}: see {FRONT_CSV}"
        if len(front.baseline_points) > BASELINE_ROWS:
            more = len(front.baseline_points) - BASELINE_ROWS
            yield f"and {more} more of the baseline's own front"
        notes = BEATEN if front.beaten else "", loose_sentence(front), hypervolume_text(front)
        yield from filter(None, [*notes, checked_text(front), chance_sentence(front)])

    def _why_empty(self) -> Iterator[str]:
        if not self.front.points and not self.failed:
            yield "no trial has numbers yet"
            return
        reason = why_empty(self.front)
        yield "no trial is on the front" + (f": {reason}" if reason else "")
        if self.failed:
            first = min(self.failed)
            failed = plural(len(self.failed), "trial")
            yield f"{failed} failed, first trial {first}: {self.failed[first]}"


def front_table(front: Front, failed: Mapping[int, str] | None = None) -> FrontTable:
    """Return a table of the members with their objectives and values, and of the baseline.

    The baseline is shown after its last epoch, which sets the floors, and with its own front over
    epochs, `baseline@epoch`.

    Args:
        front: front to show.
        failed: reasons of the failed trials by number, shown if the front is empty.
    """
    return FrontTable(front, failed or {})


def _meanings(front: Front, headings: Set[str]) -> Iterator[str]:
    """Yield what the columns of these headings are, a line each."""
    *others, last = front.objectives
    objectives = " and ".join(filter(None, [", ".join(others), last]))
    expected = "expected of fresh seeds" if front.claimed else "mean"
    spread = "its standard deviation" if front.claimed else "spread over seeds"
    yield f"{objectives}: {expected} ± {spread}"
    yield from filter(None, [refuted_sentence(front)])
    if "fresh" in headings:
        yield f"fresh: {objectives} with seeds that no decision of the search used"
    if "P" in headings:
        yield f"P: {TERMS['P']}"
    if "seeds" in headings and any("/" in _seeds(point) for point in front.members):
        yield "seeds: 1/2 where one of two stands, and the other collapsed"


def _fresh(point: Point, objectives: Sequence[str]) -> str:
    """Return the means of fresh seeds, and how many of these failed."""
    means = [f"{point.check[name]:.3f}" if name in point.check else "-" for name in objectives]
    failed = f" ({point.check_failed} failed)" if point.check_failed else ""
    checked = point.check or point.check_failed
    return " ".join(means) + failed if checked else ""


def _seeds(point: Point) -> str:
    """Return the number of seeds, after the number of those that stand if any collapsed."""
    count, claim = len(point.seeds), point.claim
    if claim is None or claim.standing == claim.seeds:
        return str(count)
    return f"{claim.standing}/{claim.seeds}"
