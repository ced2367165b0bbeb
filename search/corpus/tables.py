"""Tables of a corpus' counts for the terminal."""

import math
from collections.abc import Sequence

import pandas as pd
from rich.markup import escape
from rich.table import Table

from fairser_core.corpora.checks import GENDERS
from fairser_core.metrics.tables import metric_of
from search.corpus.resolution import ASSUMED, MEASURED, Resolution, short
from search.tasks.counts import PEOPLE, Counts

OVER_SPEAKERS = (
    "95 % interval over speakers, of these raters; none with fewer than five speakers,\n"
    "or where all or none of the utterances agree"
)


def counts_table(counts: Counts) -> Table:
    """Return a table of counts, with sums below a line."""
    table = _table(escape(counts.title))
    for index, name in enumerate(counts.columns):
        table.add_column(name.replace(", ", "\n"), justify="right" if index else "left")
    for index, (name, numbers) in enumerate(counts.rows):
        if counts.summed and index == len(counts.rows) - 1:
            table.add_section()
        # A name's brackets are no markup.
        table.add_row(escape(name), *(f"{value:,}" for value in numbers))
    table.caption = counts.note or None
    return table


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
    for name in resolutions[0].chance:
        values = (value for of in resolutions for value in (of.chance[name], of.smallest[name]))
        table.add_row(metric_of(name).title, *map(short, values))
    table.caption = ASSUMED if resolutions[0].assumed else MEASURED
    return table


def _percent(share: float) -> str:
    """Return a share in percent; empty if it is NaN."""
    return "" if math.isnan(share) else f"{100 * share:.1f}"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", caption_justify="left")
