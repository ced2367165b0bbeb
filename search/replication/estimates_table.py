"""Systems on test data as a table for the terminal: as the papers' tables, with spread."""

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from search.front.front import Front
from search.front.names import plural
from search.presentation.wording import mean_sd
from search.replication.estimates import Estimate, System

HEADINGS = {
    "consistency": "consis-\ntency",
    "tpr": "TPR",
    "ccc": "CCC",
    "f1": "F1",
    "s1": "S1",
    "s2": "S2",
}
CAPTION = (
    "spread: over seeds; intervals: of the mean, over seeds and utterances;\n"
    "- baseline: what it is less the baseline, by the same seeds"
)


def heading(metric: str) -> str:
    """A metric's name as a column's heading, a word a line."""
    return "\n".join(HEADINGS.get(word, word) for word in metric.split("_"))


def outcome_table(
    found: Sequence[System], estimates: Mapping[str, Mapping[str, Estimate]], title: str
) -> Table:
    """A few rows a system: mean, spread, interval; and how far it is from the baseline.

    Args:
        found: systems, in order.
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
    for system in found:
        for row in _rows(system, [estimates[system.name][metric] for metric in metrics]):
            table.add_row(*row)
        table.add_section()
    return table


def _rows(system: System, own: Sequence[Estimate]) -> Iterator[list[str]]:
    lost = f"{system.diverged} diverged" if system.diverged else ""
    yield [escape(system.name), "mean", *(_number(one.mean) for one in own)]
    yield [plural(len(system.seeds), "seed"), "± spread", *(_number(one.sd) for one in own)]
    yield [lost, "95 %", *(_ends(one.interval) for one in own)]
    if any(one.difference is not None for one in own):
        yield ["", "- baseline", *(_number(one.difference) for one in own)]
        yield ["", "95 %", *(_ends(one.difference_interval) for one in own)]


def _number(value: float | None) -> str:
    """With three decimals; nothing where it is undefined."""
    return "" if value is None or math.isnan(value) else f"{value:.3f}"


def _ends(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else "\n".join(map(_number, ends)).strip()


def trained_table(front: Front, failed: Mapping[int, str]) -> Table:
    """What is trained of a replication, by validation.

    Args:
        front: of the replication: its trials that are over.
        failed: why each failed trial did.
    """
    columns = ("trial", "epoch", "seeds", *front.objectives)
    table = Table(*columns, title="trained again; by validation:")
    for point in front.points:
        objectives = [mean_sd(point.metrics, name) for name in front.objectives]
        own = (point.trial, point.epoch, len(point.seeds))
        table.add_row(*map(str, own), *objectives)
    lines = [f"trial {number} failed: {reason}" for number, reason in failed.items()]
    table.caption = escape("\n".join(lines)) or None
    return table
