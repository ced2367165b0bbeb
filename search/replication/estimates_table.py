"""Tables of a replication for the terminal: test results, and trained trials."""

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from fairser_core.metrics.intervals import Interval
from search.front.front import Front
from search.front.names import plural
from search.presentation.wording import mean_sd
from search.replication.estimates import Estimate, Estimates, reasons, significant
from search.replication.systems import System

WORDS = {
    "consistency": "consis-\ntency",
    "tpr": "TPR",
    "ccc": "CCC",
    "f1": "F1",
    "s1": "S1",
    "s2": "S2",
}
"""Words of metrics' names that headings spell in another way."""
CAPTION = (
    "spread: standard deviation over seeds; 95 %: interval over speakers and seeds, Student;\n"
    "by chance: mean of an absolute gap with the groups given to speakers by chance;\n"
    "- baseline: mean difference from the baseline, paired by speaker and seed"
)


def heading(metric: str) -> str:
    """Return a metric's name as a column's heading, one word per line."""
    return "\n".join(WORDS.get(word, word) for word in metric.split("_"))


def estimates_table(tested: Sequence[System], estimates: Estimates, title: str) -> Table:
    """Return a table of systems' means, spreads, intervals and differences from the baseline.

    Args:
        tested: systems, in order.
        estimates: estimates by system and metric.
        title: title of the table.
    """
    metrics = list(next(iter(estimates.values())))
    table = Table(
        title=escape(title),
        caption=escape("\n".join([CAPTION, *_notes(estimates)])),
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


def _notes(estimates: Estimates) -> Iterator[str]:
    """Return why intervals are missing, and which differences hold for the whole table."""
    yield from (f"no interval, or not a whole one: {reason}" for reason in reasons(estimates))
    for system, metrics in significant(estimates).items():
        yield f"{system} differs from the baseline in {', '.join(metrics)} (Holm, p < .05)"


def _rows(system: System, estimates: Sequence[Estimate]) -> Iterator[list[str]]:
    diverged = f"{system.diverged} diverged" if system.diverged else ""
    yield [escape(system.name), "mean", *(_number(estimate.mean) for estimate in estimates)]
    seeds = plural(len(system.seeds), "seed")
    yield [seeds, "± spread", *(_number(estimate.sd) for estimate in estimates)]
    yield [diverged, "95 %", *(_ends(estimate.interval) for estimate in estimates)]
    if not all(math.isnan(estimate.chance) for estimate in estimates):
        yield ["", "by chance", *(_number(estimate.chance) for estimate in estimates)]
    if any(estimate.difference is not None for estimate in estimates):
        yield ["", "- baseline", *(_number(estimate.difference) for estimate in estimates)]
        yield ["", "95 %", *(_ends(estimate.difference_interval) for estimate in estimates)]


def _number(value: float | None) -> str:
    """Return a number with three decimals; empty if it is undefined."""
    return "" if value is None or math.isnan(value) else f"{value:.3f}"


def _ends(of: Interval | None) -> str:
    return "" if of is None else "\n".join(map(_number, (of.low, of.high))).strip()


def trained_table(front: Front, failed: Mapping[int, str]) -> Table:
    """Return a table of a replication's trained trials with their validation metrics.

    Args:
        front: front of the replication, with its trained trials.
        failed: reasons of the failed trials, by trial number.
    """
    columns = ("trial", "epoch", "seeds", *front.objectives)
    table = Table(*columns, title="trained again; metrics on validation data")
    for point in front.points:
        objectives = [mean_sd(point.metrics, name) for name in front.objectives]
        extent = (point.trial, point.epoch, len(point.seeds))
        table.add_row(*map(str, extent), *objectives)
    lines = [f"trial {number} failed: {reason}" for number, reason in failed.items()]
    table.caption = escape("\n".join(lines)) or None
    return table
