"""Figure of a front, with every number on hovering."""

import dataclasses
import html
from collections.abc import Callable, Sequence
from functools import partial

import plotly.graph_objects as go

from fairser_core.metrics.directions import DIRECTIONS
from search.front.front import Front
from search.front.names import why_empty
from search.front.point import Point
from search.presentation.front_hover import fresh_text, hover_text
from search.presentation.front_layout import (
    BASELINE_COLOUR,
    BASELINE_FRONT_LABEL,
    BASELINE_LABEL,
    CHECK_COLOUR,
    CHECK_LABEL,
    FLOOR_COLOUR,
    FRONT_COLOUR,
    TRIAL_COLOUR,
    TRIAL_LABELS,
    Axis,
    Dot,
    Plane,
    floor_label,
    members_label,
    plane,
)
from search.presentation.front_view import View, named, view
from search.presentation.wording import mean_sd

NORMAL_95 = 1.96  # standard deviations to either end of a 95 % interval


def front_figure(front: Front, sure: bool = False, names: bool = False) -> go.Figure:
    """Return a figure of the front, without title and page colours.

    The shown range holds the front, the baseline, the floors and what is near them.

    Args:
        front: front to draw.
        sure: whether error bars are the 95 % intervals of the members' means, if known, instead of
            the standard deviations over seeds.
        names: whether all members are named, also those that are near each other.
    """
    picture = plane(front)
    seen = view(picture)
    figure = go.Figure(
        layout={
            "xaxis": {"title": {"text": picture.x.title}, "range": list(seen.x)},
            "yaxis": {"title": {"text": picture.y.title}, "range": list(seen.y)},
            "hovermode": "closest",
        }
    )
    _add_trials(figure, picture)
    _add_marks(figure, front, picture)
    _add_members(figure, picture, front.objectives, sure)
    _name_members(figure, picture, None if names else seen)
    if not picture.members:
        reason = why_empty(front)
        text = "no trial on the front" + (f":<br>{html.escape(reason)}" if reason else "")
        centre = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        figure.add_annotation(text=text, showarrow=False, **centre)
    return figure


def _dots(
    dots: Sequence[Dot],
    name: str,
    marker: dict[str, object],
    text: Callable[[Point], str] = hover_text,
) -> go.Scatter:
    return go.Scatter(
        x=[dot.x for dot in dots],
        y=[dot.y for dot in dots],
        mode="markers",
        name=name,
        marker=marker,
        hovertext=[text(dot.point) for dot in dots],
        hoverinfo="text",
    )


def _add_trials(figure: go.Figure, picture: Plane) -> None:
    """Add the candidates off the front; those that miss a floor or diverged are hollow."""
    for feasible, symbol in ((True, "circle"), (False, "circle-open")):
        dots = picture.others(feasible)
        if dots:
            marker = {"color": TRIAL_COLOUR, "size": 8, "symbol": symbol}
            figure.add_trace(_dots(dots, TRIAL_LABELS[feasible], marker))


def _bars(axis: Axis, members: Sequence[Dot], sure: bool) -> dict[str, object]:
    """Return the error bars of the members along an axis."""
    style = {"thickness": 1, "width": 3}
    reaches = [_reach(dot.point, axis, sure) for dot in members]
    below, above = zip(*reaches, strict=True)
    return {
        "array": above,
        "arrayminus": below,
        "symmetric": False,
        "color": FRONT_COLOUR,
        **style,
    }


def _reach(point: Point, axis: Axis, sure: bool) -> tuple[float, float]:
    """Return the lengths of a member's error bar to lower and to higher values; 0 without one.

    No bar leaves the range of its metric.
    """
    position = axis.position(point.expected, point.trial)
    if position is None or axis.metric is None:
        return 0.0, 0.0
    below = above = axis.spread(point.expected)
    if sure and point.claim:
        below = above = NORMAL_95 * below
    elif sure:
        mean = point.metrics[axis.metric]
        low, high = point.intervals.get(axis.metric, (mean, mean))
        below, above = mean - low, high - mean
        if mean != position:  # the axis shows an absolute value
            below, above = above, below
    least, most = axis.range
    return min(below, position - least), min(above, most - position)


def _add_members(figure: go.Figure, picture: Plane, objectives: Sequence[str], sure: bool) -> None:
    """Add the front: staircase, error bars, and markers with candidates' names."""
    if not picture.members:
        return
    if len(picture.staircase) > 1:
        x, y = zip(*picture.staircase, strict=True)
        line = {"color": FRONT_COLOUR, "width": 2}
        figure.add_trace(
            go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)
        )
    marker = {"color": FRONT_COLOUR, "size": 11, "line": {"color": "white", "width": 1}}
    trace = _dots(picture.members, members_label(picture, sure), marker)
    trace.update(
        mode="markers+text",
        error_x=_bars(picture.x, picture.members, sure),
        error_y=_bars(picture.y, picture.members, sure),
    )
    figure.add_trace(trace)
    fresh = [
        dataclasses.replace(dot, x=dot.check[0], y=dot.check[1])
        for dot in picture.members
        if dot.check
    ]
    if fresh:
        figure.add_trace(_shifts(picture.members))
        marker = {"color": CHECK_COLOUR, "size": 9, "symbol": "diamond-open"}
        text = partial(fresh_text, objectives=objectives)
        figure.add_trace(_dots(fresh, CHECK_LABEL, marker, text))


def _shifts(members: Sequence[Dot]) -> go.Scatter:
    """Return lines from members to the same candidates with fresh seeds."""
    ends = [(dot, dot.check) for dot in members if dot.check]
    return go.Scatter(
        x=[x for dot, check in ends for x in (dot.x, check[0], None)],
        y=[y for dot, check in ends for y in (dot.y, check[1], None)],
        mode="lines",
        line={"color": CHECK_COLOUR, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )


def _name_members(figure: go.Figure, picture: Plane, seen: View | None) -> None:
    """Write members' names, all of them or those with room; left of a marker at the right edge."""
    shown = named(picture.members, seen) if seen else [True] * len(picture.members)
    texts = [
        dot.name if has_name else "" for dot, has_name in zip(picture.members, shown, strict=True)
    ]
    right = view(picture).x
    edge = right[1] - 0.25 * (right[1] - right[0])
    sides = ["bottom left" if dot.x > edge else "bottom right" for dot in picture.members]
    figure.update_traces(text=texts, textposition=sides, selector={"mode": "markers+text"})


def _add_baseline_front(figure: go.Figure, picture: Plane) -> None:
    """Add the baseline's candidates and the boundary of the region that they dominate."""
    if not picture.baseline_dots:
        return
    x, y = zip(*picture.baseline_staircase, strict=True)
    line = {"color": BASELINE_COLOUR, "width": 1, "dash": "dot"}
    figure.add_trace(
        go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    )
    marker = {"color": BASELINE_COLOUR, "size": 9, "symbol": "star-open"}
    trace = _dots(picture.baseline_dots, BASELINE_FRONT_LABEL, marker)
    texts = [text.partition("<br>")[2] for text in trace.hovertext]
    trace.update(
        hovertext=[
            f"<b>{dot.name}</b>, without de-biasing<br>{text}"
            for dot, text in zip(picture.baseline_dots, texts, strict=True)
        ]
    )
    figure.add_trace(trace)


def _add_marks(figure: go.Figure, front: Front, picture: Plane) -> None:
    """Add the baseline, its own front and the floors."""
    _add_baseline_front(figure, picture)
    if picture.baseline:
        names = [name for name in front.baseline if name in DIRECTIONS]
        lines = [f"{name}: {mean_sd(front.baseline, name)}" for name in names]
        figure.add_trace(
            go.Scatter(
                x=[picture.baseline[0]],
                y=[picture.baseline[1]],
                mode="markers",
                name=BASELINE_LABEL,
                marker={"color": BASELINE_COLOUR, "size": 16, "symbol": "star"},
                hovertext="<br>".join(["<b>baseline</b> after its last epoch", *lines]),
                hoverinfo="text",
            )
        )
    for axis, floor in picture.floors:
        add = figure.add_vline if axis == "x" else figure.add_hline
        add(
            floor.value,
            line={"dash": "dash", "color": FLOOR_COLOUR, "width": 1.5},
            annotation={"text": floor_label(floor)},
        )
