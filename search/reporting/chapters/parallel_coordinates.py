"""Chapter of parallel coordinates: a line per candidate over searched values and objectives.

The figure is made of plain lines: plotly's parallel coordinates need WebGL, which some browsers
lack.
"""

import html
from collections.abc import Sequence

import plotly.graph_objects as go

from search.front.names import point_name, why_infeasible
from search.front.point import Point
from search.presentation.front_layout import FRONT_COLOUR, TRIAL_COLOUR
from search.presentation.wording import better, mean_sd, number
from search.reporting.anchors import broken
from search.reporting.blocks import Block, Chapter, Figure, Words
from search.reporting.scales import Scale, scale_of, scale_of_numbers
from search.reporting.sweep_source import Source

AXIS_COLOUR = "#8C8C8C"


def parallel_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter, with a figure per sweep."""
    blocks: list[Block] = []
    for source in sources:
        points = [point for point in source.front.points if _complete(point, source)]
        if not source.sweep.space.search:
            blocks.append(Words(f"{source.sweep.name}: nothing is searched."))
        elif points:
            blocks.append(_figure(source, points))
        else:
            blocks.append(Words(f"{source.sweep.name}: no trial has ended with numbers yet."))
    return [Chapter("Values and objectives together", blocks)]


def _complete(point: Point, source: Source) -> bool:
    return all(metric in point.metrics for metric in source.sweep.space.objectives)


def scales(source: Source, points: Sequence[Point]) -> dict[str, Scale]:
    """Return the axes by name: searched values with the space's scales, then objectives."""
    space = source.sweep.space
    searched = {key: scale_of(domain) for key, domain in space.search.items()}
    objectives = space.objectives
    return searched | {m: scale_of_numbers([p.metrics[m] for p in points]) for m in objectives}


def _figure(source: Source, points: Sequence[Point]) -> Figure:
    axes = scales(source, points)
    objectives = source.sweep.space.objectives
    figure = go.Figure()
    _draw_axes(figure, axes)
    groups = (
        ("other candidates", {"color": TRIAL_COLOUR, "width": 1}, 0.55, _other),
        ("below a floor or diverged", _dotted(), 0.55, _infeasible),
        ("on the front", {"color": FRONT_COLOUR, "width": 2}, 1.0, _member),
    )
    for name, line, opacity, belongs in groups:
        chosen = [point for point in points if belongs(point)]
        for index, point in enumerate(chosen):
            figure.add_trace(_line(point, axes, line, opacity, name, first=index == 0))
    figure.update_layout(
        height=460,
        hovermode="closest",
        margin={"l": 24, "r": 24},
        xaxis={
            "tickvals": list(range(len(axes))),
            "ticktext": [_heading(name, name in objectives) for name in axes],
            "range": [-0.25, len(axes) - 0.55],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        yaxis={"visible": False, "range": [-0.05, 1.05], "fixedrange": True},
    )
    return Figure(
        f"parallel {source.sweep.name}",
        f"{source.sweep.name}: each line is a candidate. Blue: on the front. Of configurations "
        "off the front the last candidate is shown, dotted if it is below a floor or a seed "
        "diverged. The axes on the left are the searched values, on the scale of the search; "
        "those on the right are the objectives, means over seeds ("
        + ", ".join(f"{metric}: {better(metric)}" for metric in objectives)
        + ").",
        figure,
    )


def _dotted() -> dict[str, object]:
    return {"color": TRIAL_COLOUR, "width": 1, "dash": "dot"}


def _member(point: Point) -> bool:
    return point.on_front


def _infeasible(point: Point) -> bool:
    return not point.feasible


def _other(point: Point) -> bool:
    return point.feasible and not point.on_front


def _heading(name: str, objective: bool) -> str:
    """Return a name in lines that fit below an axis on a phone."""
    return f"<b>{broken(name)}</b>" if objective else broken(name)


def _draw_axes(figure: go.Figure, axes: dict[str, Scale]) -> None:
    for index, scale in enumerate(axes.values()):
        line = {"color": AXIS_COLOUR, "width": 1}
        figure.add_shape(type="line", x0=index, x1=index, y0=0, y1=1, line=line, layer="below")
        for at, text in scale.ticks:
            figure.add_annotation(
                x=index,
                y=at,
                text=html.escape(text),
                xanchor="left",
                xshift=3,
                showarrow=False,
                font={"size": 11},
            )


def _line(
    point: Point,
    axes: dict[str, Scale],
    line: dict[str, object],
    opacity: float,
    name: str,
    first: bool,
) -> go.Scatter:
    row = {**point.values, **point.metrics}
    values = [html.escape(f"{key} = {number(value)}") for key, value in point.values.items()]
    means = [f"{key}: {mean_sd(point.metrics, key)}" for key in axes if key not in point.values]
    lines = [f"<b>{point_name(point)}</b>", *filter(None, [why_infeasible(point)]), *values, *means]
    return go.Scatter(
        x=list(range(len(axes))),
        y=[scale.position(row[key]) for key, scale in axes.items()],
        mode="lines+markers",
        line=line,
        marker={"size": 5, "color": line["color"]},
        opacity=opacity,
        name=name,
        legendgroup=name,
        showlegend=first,
        hovertext="<br>".join(lines),
        hoverinfo="text",
    )
