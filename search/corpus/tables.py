"""Tables of a corpus' counts for the terminal."""

import math
from collections.abc import Sequence

import pandas as pd
from rich.markup import escape
from rich.table import Table

from fairser_core.corpora.checks import GENDERS
from fairser_core.metrics.tables import metric_of
from search.corpus.resolution import ASSUMED, MEASURED, Resolution, short, shown_differences
from search.tasks.counts import PEOPLE, Counts, Row

MOST_COLUMNS = 9  # that 80 characters hold
OVER_SPEAKERS = (
    "95 % interval over speakers, of these raters; none with fewer than five speakers,\n"
    "or where all or none of the utterances agree"
)


def counts_table(counts: Counts) -> Table:
    """Return a table of counts, with sums below a line; one with many columns lies on its side."""
    table = _table(escape(counts.title))
    table.caption = counts.note or None
    turned = len(counts.columns) > MOST_COLUMNS
    columns, rows = _turned(counts) if turned else (counts.columns, counts.rows)
    for index, name in enumerate(columns):
        # A name's brackets are no markup.
        table.add_column(escape(name).replace(", ", "\n"), justify="right" if index else "left")
    for index, (name, numbers) in enumerate(rows):
        if counts.summed and not turned and index == len(rows) - 1:
            table.add_section()
        table.add_row(escape(name), *(f"{value:,}" for value in numbers))
    return table


def _turned(counts: Counts) -> tuple[Sequence[str], Sequence[Row]]:
    """Return the columns as rows, and the rows as columns."""
    names = ["", *(name for name, _ in counts.rows)]
    numbers = zip(*(numbers for _, numbers in counts.rows), strict=True)
    return names, [(n, list(each)) for n, each in zip(counts.columns[1:], numbers, strict=True)]


def agreement_table(agreement: pd.DataFrame, data: str, title: str) -> Table:
    """Return a table of how often each gender's consensus is the truth, with 95 % intervals.

    A caption says why intervals are missing.

    Args:
        agreement: table of `perception.agreement`.
        data: utterances, "all" or "S2".
        title: title of the table.
    """
    table = _table(title)
    table.add_column("emotion")
    for gender in GENDERS:
        table.add_column(PEOPLE[gender], justify="right")
        for name in ("interval", "of"):
            table.add_column(name, justify="right", style="dim")
    chosen = agreement[agreement["data"] == data]
    for emotion, rows in chosen.groupby("emotion", sort=False):
        cells: list[str] = []
        for row in rows.to_dict("records"):
            share, low, high = (_percent(row[name]) for name in ("share", "low", "high"))
            cells += [f"{share} %" if share else "-", f"{low} to {high}" if low else "-"]
            cells.append(f"{row['utterances']:,}")
        table.add_row(escape(str(emotion)), *cells)
    table.caption = OVER_SPEAKERS
    return table


def resolution_table(resolutions: Sequence[Resolution]) -> Table:
    """Return a table of what splits can show of each difference between groups.

    Args:
        resolutions: resolution of each split, at least one.
    """
    table = _table("differences between groups: by chance, and the smallest that is seen (80 %)")
    table.add_column("difference")
    for of in resolutions:
        table.add_column(f"{of.split},\nby chance", justify="right")
        table.add_column(f"smallest,\n{of.seeds} seeds", justify="right")
    for name in shown_differences(resolutions):
        values = (value for of in resolutions for value in (of.chance[name], of.smallest[name]))
        table.add_row(metric_of(name).title, *map(short, values))
    table.caption = ASSUMED if resolutions[0].assumed else MEASURED
    return table


def _percent(share: float) -> str:
    """Return a share in percent; empty if it is NaN."""
    return "" if math.isnan(share) else f"{100 * share:.1f}"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", caption_justify="left")
