"""Tables of a replication for the terminal: test results, and trained trials."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from fairser_core.metrics.intervals import Interval
from fairser_core.metrics.tables import METRICS
from search.front.front import Front
from search.front.names import plural
from search.presentation.wording import mean_sd
from search.replication.estimate import Estimate, Estimates, reasons, significant
from search.replication.systems import System

LONGEST, BROKEN = 9, 6  # letters of a word on a line of a heading; of the first part of a longer
CAPTION = (
    "spread: standard deviation over seeds; 95 %: interval over speakers and seeds, Student;\n"
    "by chance: mean of an absolute gap with the groups given to speakers by chance;\n"
    "- baseline: mean difference from the baseline, paired by speaker and seed"
)


def heading(metric: str) -> str:
    """Return a metric's title as a column's heading, a word per line."""
    words = re.findall("[^ -]+-?", METRICS[metric].title)
    lines = [w if len(w) <= LONGEST else f"{w[:BROKEN]}-\n{w[BROKEN:]}" for w in words]
    return "\n".join(lines)


def estimates_table(
    tested: Sequence[System], estimates: Estimates, title: str, notes: Sequence[str] = ()
) -> Table:
    """Return a table of systems' means, spreads, intervals and differences from the baseline.

    Args:
        tested: systems, in order.
        estimates: estimates by system and metric.
        title: title of the table.
        notes: sentences below the table.
    """
    metrics = list(next(iter(estimates.values())))
    table = Table(
        title=escape(title),
        caption=escape("\n".join([CAPTION, *difference_notes(estimates), *notes])),
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


def groups_table(tested: Sequence[System], estimates: Estimates) -> Table:
    """Return a table of the groups' own figures, a row per system and metric.

    Args:
        tested: systems, in order.
        estimates: estimates by system and metric.
    """
    table = Table(
        title="each group's own figures on test data",
        caption=escape("\n".join(difference_notes(estimates))) or None,
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("system")
    table.add_column("", overflow="fold")  # a long word is broken, never cut
    for column in ("mean", "± spread", "95 %", "- baseline", "95 %"):
        table.add_column(column, justify="right")
    for system in tested:
        for index, (metric, estimate) in enumerate(estimates[system.name].items()):
            name = escape(system.name) if index == 0 else ""
            chance = _number(estimate.chance)
            table.add_row(
                name,
                METRICS[metric].title,
                _number(estimate.mean),
                _number(estimate.sd),
                f"chance {chance}" if chance else _ends(estimate.interval, " "),
                _number(estimate.difference),
                _ends(estimate.difference_interval, " "),
            )
        table.add_section()
    return table


def difference_notes(estimates: Estimates) -> Iterator[str]:
    """Yield why intervals are missing, and which differences hold for the whole table."""
    yield from (f"no interval, or not a whole one: {reason}" for reason in reasons(estimates))
    for system, metrics in significant(estimates).items():
        titles = ", ".join(METRICS[metric].title for metric in metrics)
        yield f"{system} differs from the baseline in {titles} (Holm, p < .05)"


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


def _ends(of: Interval | None, between: str = "\n") -> str:
    return "" if of is None else between.join(map(_number, (of.low, of.high))).strip()


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
