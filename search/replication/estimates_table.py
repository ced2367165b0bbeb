"""Table of systems on test data for the terminal: as the papers' tables, with spread."""

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from search.front.front import Front
from search.front.names import plural
from search.presentation.wording import mean_sd
from search.replication.estimates import Estimate, System

WORDS = {
    "consistency": "consis-\ntency",
    "tpr": "TPR",
    "ccc": "CCC",
    "f1": "F1",
    "s1": "S1",
    "s2": "S2",
}
"""Words of metrics' names, as a heading has them."""
CAPTION = (
    "spread: over seeds; intervals: of the mean, over seeds and utterances;\n"
    "- baseline: what it is less the baseline, by the same seeds"
)


def heading(metric: str) -> str:
    """Return a metric's name as a column's heading, a word a line."""
    return "\n".join(WORDS.get(word, word) for word in metric.split("_"))


def outcome_table(
    tested: Sequence[System], estimates: Mapping[str, Mapping[str, Estimate]], title: str
) -> Table:
    """Return a table of a few rows a system: mean, spread, interval, difference from the baseline.

    Args:
        tested: systems, in order.
        estimates: by system and metric.
        title: of the table.
    """
    metrics = list(next(iter(estimates.values())))
    table = Table(
        title=escape(title),
        caption=CAPTION,
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("system", vertical="bottom")
    table.add_column("", no_wrap=True)
    for metric in metrics:
        table.add_column(heading(metric), justify="right", vertical="bottom")
    for system in tested:
        for row in _rows(system, [estimates[system.name][metric] for metric in metrics]):
            table.add_row(*row)
        table.add_section()
    return table


def _rows(system: System, estimates: Sequence[Estimate]) -> Iterator[list[str]]:
    lost = f"{system.diverged} diverged" if system.diverged else ""
    yield [escape(system.name), "mean", *(_number(each.mean) for each in estimates)]
    seeds = plural(len(system.seeds), "seed")
    yield [seeds, "± spread", *(_number(each.sd) for each in estimates)]
    yield [lost, "95 %", *(_ends(each.interval) for each in estimates)]
    if any(each.difference is not None for each in estimates):
        yield ["", "- baseline", *(_number(each.difference) for each in estimates)]
        yield ["", "95 %", *(_ends(each.difference_interval) for each in estimates)]


def _number(value: float | None) -> str:
    """Return a number with three decimals; nothing where it is undefined."""
    return "" if value is None or math.isnan(value) else f"{value:.3f}"


def _ends(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else "\n".join(map(_number, ends)).strip()


def trained_table(front: Front, failed: Mapping[int, str]) -> Table:
    """Return a table of what is trained of a replication, by validation.

    Args:
        front: of the replication: its trials that are over.
        failed: reasons of the trials that failed, by number.
    """
    columns = ("trial", "epoch", "seeds", *front.objectives)
    table = Table(*columns, title="trained again; by validation:")
    for point in front.points:
        objectives = [mean_sd(point.metrics, name) for name in front.objectives]
        extent = (point.trial, point.epoch, len(point.seeds))
        table.add_row(*map(str, extent), *objectives)
    lines = [f"trial {number} failed: {reason}" for number, reason in failed.items()]
    table.caption = escape("\n".join(lines)) or None
    return table
