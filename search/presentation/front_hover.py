"""Texts on hovering over a candidate."""

import html
from collections.abc import Sequence

from fairser_core.metrics.directions import DIRECTIONS
from search.front.names import plural, point_name, why_infeasible
from search.front.point import Point
from search.presentation.wording import (
    ends_text,
    mean_sd,
    number,
    probability_text,
    standing_text,
)


def hover_text(point: Point) -> str:
    """Return the text of a candidate: trial, epoch, uncertainty, searched values and metrics.

    Metrics of single emotions would not fit on a screen; they are in front.csv.
    """
    lines = [f"<b>trial {point.trial}</b> ({point.state}) at epoch {point.epoch}"]
    lines += filter(None, [why_infeasible(point)])
    lines.append(f"{plural(len(point.seeds), 'seed')}: trials {', '.join(map(str, point.trials))}")
    if point.claim:
        lines.append(f"seeds {standing_text(point)}; on the front with P {probability_text(point)}")
    lines += [f"{key} = {number(value)}" for key, value in point.values.items()]
    for name in (name for name in point.metrics if name in DIRECTIONS):
        text = f"{name}: {mean_sd(point.metrics, name)}"
        if point.claim and name in point.claim.values:
            text = f"{name}: expected {mean_sd(point.expected, name)}, trained "
            text += mean_sd(point.metrics, name)
        text += _certainty(point, name)
        if name in point.check:
            text += f", fresh seeds {mean_sd(point.check, name)}"
        lines.append(text)
    return "<br>".join([lines[0], *map(html.escape, lines[1:])])


def fresh_text(point: Point, objectives: Sequence[str]) -> str:
    """Return the text of a candidate as fresh seeds show it: the objectives alone."""
    lines = [f"{name}: {mean_sd(point.check, name)}" for name in objectives]
    head = f"<b>{point_name(point)}</b> with {plural(point.check_seeds, 'fresh seed')}"
    return "<br>".join([head, *map(html.escape, lines)])


def _certainty(point: Point, name: str) -> str:
    """Return a metric's 95 % intervals, each named, or its level by chance."""
    over_seeds, figures = ends_text(point.intervals.get(name)), point.speakers
    text = f", 95 % seeds {over_seeds}" if over_seeds else ""
    if figures is None:
        return text
    if name in figures.intervals:
        text += f", 95 % seeds and speakers {ends_text(figures.intervals[name])}"
    if name in figures.chance:
        text += f", by chance {figures.chance[name]:.3f}"
    return text
