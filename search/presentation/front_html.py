"""Page of a front that works without a network, to zoom in, and to hover for every number."""

import dataclasses
import html
from collections.abc import Sequence

import plotly.graph_objects as go

from fairser_core.metrics.directions import DIRECTIONS
from search.front.front import Front, Point
from search.front.names import plural, point_name, why_empty, why_infeasible
from search.presentation.front_layout import (
    BASELINE_COLOUR,
    CHECK_COLOUR,
    FLOOR_COLOUR,
    FRONT_COLOUR,
    TRIAL_COLOUR,
    Axis,
    Dot,
    Plane,
    plane,
)
from search.presentation.wording import least_text, mean_sd, number, percent

INTERVAL_COLOUR = "rgba(0, 114, 178, 0.4)"  # the front's, as intervals of few seeds are long
# Plotly's button to share a figure would send it to a server.
NOWHERE = {"modeBarButtonsToRemove": ["sendChartToCloud"], "plotlyServerURL": ""}


def front_html(front: Front, title: str) -> str:
    """Return the front as one HTML page with plotly.js in it."""
    figure = front_figure(front)
    figure.update_layout(
        template="plotly_white",
        title={
            "text": html.escape(title),
            "subtitle": {"text": html.escape(plane(front).subtitle)},
        },
    )
    # A fixed id in place of a random one: the same front gives the same bytes.
    page: str = figure.to_html(
        include_plotlyjs=True, full_html=True, div_id="front", config=NOWHERE
    )
    return page.replace("<head>", f"<head>\n    <title>{html.escape(title)}</title>", 1)


def front_figure(front: Front, sure: bool = False) -> go.Figure:
    """Return a figure of the front's plane, without a title and without a page's colours.

    Args:
        front: front of a sweep.
        sure: whether bars are the 95 % intervals of the members' means, where there are any, in
            place of the spread over seeds.
    """
    laid = plane(front)
    figure = go.Figure(
        layout={
            "xaxis": {"title": {"text": laid.x.title}},
            "yaxis": {"title": {"text": laid.y.title}},
            "hovermode": "closest",
        }
    )
    _add_trials(figure, laid)
    _add_marks(figure, front, laid)
    _add_members(figure, laid, sure)
    if not laid.members:
        reason = why_empty(front)
        text = "no trial on the front" + (f":<br>{html.escape(reason)}" if reason else "")
        centre = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        figure.add_annotation(text=text, showarrow=False, **centre)
    return figure


def _hover(point: Point) -> str:
    """Return a point's text: name, certainty, searched values and metrics with their spread.

    Metrics of single emotions would not fit on a screen; they are in front.csv.
    """
    lines = [f"<b>trial {point.trial}</b> ({point.state}) at epoch {point.epoch}"]
    lines += filter(None, [why_infeasible(point)])
    lines.append(f"{plural(len(point.seeds), 'seed')}: trials {', '.join(map(str, point.trials))}")
    if point.probability is not None:
        lines.append(f"truly on the front: {percent(point.probability)}")
    lines += [f"{key} = {number(value)}" for key, value in point.values.items()]
    for name in (name for name in point.metrics if name in DIRECTIONS):
        text = f"{name}: {mean_sd(point.metrics, name)}"
        if name in point.intervals:
            text += ", 95 % [{:.3f}, {:.3f}]".format(*point.intervals[name])
        if name in point.check:
            text += f", fresh seeds {mean_sd(point.check, name)}"
        lines.append(text)
    return "<br>".join([lines[0], *map(html.escape, lines[1:])])


def _dots(dots: Sequence[Dot], name: str, marker: dict[str, object]) -> go.Scatter:
    return go.Scatter(
        x=[dot.x for dot in dots],
        y=[dot.y for dot in dots],
        mode="markers",
        name=name,
        marker=marker,
        hovertext=[_hover(dot.point) for dot in dots],
        hoverinfo="text",
    )


def _add_trials(figure: go.Figure, laid: Plane) -> None:
    """Draw the trials off the front; those that miss a floor or diverged are hollow."""
    for feasible, symbol, name in (
        (True, "circle", "other trials"),
        (False, "circle-open", "below a floor or diverged"),
    ):
        dots = laid.others(feasible)
        if dots:
            marker = {"color": TRIAL_COLOUR, "size": 8, "symbol": symbol}
            figure.add_trace(_dots(dots, name, marker))


def _bars(axis: Axis, members: Sequence[Dot], sure: bool) -> dict[str, object]:
    """Return the error bars of the members along an axis."""
    style = {"thickness": 1, "width": 3}
    if not sure:
        reach = [axis.spread(dot.point.metrics) for dot in members]
        return {"array": reach, "color": FRONT_COLOUR, **style}
    # Student's intervals of a mean reach as far to either side.
    intervals = [dot.point.intervals.get(axis.metric or "") for dot in members]
    reach = [(ends[1] - ends[0]) / 2 if ends else 0.0 for ends in intervals]
    return {"array": reach, "color": INTERVAL_COLOUR, **style}


def _add_members(figure: go.Figure, laid: Plane, sure: bool) -> None:
    """Draw the front: staircase, error bars, and markers with names."""
    if not laid.members:
        return
    if len(laid.staircase) > 1:
        x, y = zip(*laid.staircase, strict=True)
        line = {"color": FRONT_COLOUR, "width": 2}
        figure.add_trace(
            go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)
        )
    marker = {"color": FRONT_COLOUR, "size": 11, "line": {"color": "white", "width": 1}}
    name = "front, 95 % interval" if sure else "front, ± spread over seeds"
    trace = _dots(laid.members, name, marker)
    trace.update(
        mode="markers+text",
        text=[point_name(dot.point) for dot in laid.members],
        textposition="bottom right",
        error_x=_bars(laid.x, laid.members, sure),
        error_y=_bars(laid.y, laid.members, sure),
    )
    figure.add_trace(trace)
    moved = [dot for dot in laid.members if dot.check]
    if moved:
        fresh = [dataclasses.replace(dot, x=dot.check[0], y=dot.check[1]) for dot in moved]  # type: ignore[index]
        marker = {"color": CHECK_COLOUR, "size": 9, "symbol": "diamond-open"}
        figure.add_trace(_dots(fresh, "the same with fresh seeds", marker))


def _add_marks(figure: go.Figure, front: Front, laid: Plane) -> None:
    """Draw the baseline and the floors."""
    if laid.baseline:
        names = [name for name in front.baseline if name in DIRECTIONS]
        lines = [f"{name}: {mean_sd(front.baseline, name)}" for name in names]
        figure.add_trace(
            go.Scatter(
                x=[laid.baseline[0]],
                y=[laid.baseline[1]],
                mode="markers",
                name="baseline",
                marker={"color": BASELINE_COLOUR, "size": 16, "symbol": "star"},
                hovertext="<br>".join(["<b>baseline</b>", *lines]),
                hoverinfo="text",
            )
        )
    for axis, floor in laid.floors:
        add = figure.add_vline if axis == "x" else figure.add_hline
        add(
            floor.value,
            line={"dash": "dash", "color": FLOOR_COLOUR, "width": 1.5},
            annotation={"text": f"floor: {least_text(floor)}"},
        )
