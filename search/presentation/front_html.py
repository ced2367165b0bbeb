"""Interactive page of a front that works offline, with every number on hovering."""

import dataclasses
import html
from collections.abc import Sequence

import plotly.graph_objects as go

from fairser_core.metrics.directions import DIRECTIONS
from search.front.front import Front
from search.front.names import baseline_name, point_name, why_empty
from search.front.point import Point
from search.presentation.front_hover import hover_text
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
from search.presentation.wording import (
    chance_sentence,
    mean_sd,
)

NORMAL_95 = 1.96  # standard deviations to either end of a 95 % interval
# Colour of the front, but pale: intervals of few seeds are long.
INTERVAL_COLOUR = "rgba(0, 114, 178, 0.4)"
# Without Plotly's button that sends a figure to a server.
NOWHERE = {"modeBarButtonsToRemove": ["sendChartToCloud"], "plotlyServerURL": ""}


def front_html(front: Front, title: str) -> str:
    """Return the front as one HTML page that contains plotly.js."""
    figure, notes = front_figure(front), [plane(front).subtitle, chance_sentence(front)]
    figure.update_layout(
        template="plotly_white",
        title={
            "text": html.escape(title),
            "subtitle": {"text": "<br>".join(map(html.escape, filter(None, notes)))},
        },
    )
    # A fixed id instead of a random one, so that the same front gives the same bytes.
    page: str = figure.to_html(
        include_plotlyjs=True, full_html=True, div_id="front", config=NOWHERE
    )
    return page.replace("<head>", f"<head>\n    <title>{html.escape(title)}</title>", 1)


def front_figure(front: Front, sure: bool = False) -> go.Figure:
    """Return a figure of the front, without title and page colours.

    Args:
        front: front to draw.
        sure: whether error bars are the 95 % intervals of the members' means, if known, instead of
            the standard deviations over seeds.
    """
    picture = plane(front)
    figure = go.Figure(
        layout={
            "xaxis": {"title": {"text": picture.x.title}},
            "yaxis": {"title": {"text": picture.y.title}},
            "hovermode": "closest",
        }
    )
    _add_trials(figure, picture)
    _add_marks(figure, front, picture)
    _add_members(figure, picture, sure)
    if not picture.members:
        reason = why_empty(front)
        text = "no trial on the front" + (f":<br>{html.escape(reason)}" if reason else "")
        centre = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        figure.add_annotation(text=text, showarrow=False, **centre)
    return figure


def _dots(dots: Sequence[Dot], name: str, marker: dict[str, object]) -> go.Scatter:
    return go.Scatter(
        x=[dot.x for dot in dots],
        y=[dot.y for dot in dots],
        mode="markers",
        name=name,
        marker=marker,
        hovertext=[hover_text(dot.point) for dot in dots],
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
    if not sure:
        lengths = [axis.spread(dot.point.expected) for dot in members]
        return {"array": lengths, "color": FRONT_COLOUR, **style}
    lengths = [_reach(dot.point, axis) for dot in members]
    return {"array": lengths, "color": INTERVAL_COLOUR, **style}


def _reach(point: Point, axis: Axis) -> float:
    """Return half the length of a member's 95 % interval along an axis; 0 without one."""
    if point.claim:
        return NORMAL_95 * axis.spread(point.expected)
    low, high = point.intervals.get(axis.metric or "", (0.0, 0.0))
    return (high - low) / 2  # Student's intervals of a mean are symmetric


def _add_members(figure: go.Figure, picture: Plane, sure: bool) -> None:
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
        text=[point_name(dot.point) for dot in picture.members],
        textposition="bottom right",
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
        marker = {"color": CHECK_COLOUR, "size": 9, "symbol": "diamond-open"}
        figure.add_trace(_dots(fresh, CHECK_LABEL, marker))


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
    epochs = [dot.point.epoch for dot in picture.baseline_dots]
    texts = [text.partition("<br>")[2] for text in trace.hovertext]
    trace.update(
        hovertext=[
            f"<b>{baseline_name(epoch)}</b>, without de-biasing<br>{text}"
            for epoch, text in zip(epochs, texts, strict=True)
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
