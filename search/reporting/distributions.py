"""How metrics spread over seeds, as in Figures 1 to 3 of Gorrostieta et al."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairser_core.metrics import DIRECTIONS
from search.front_plane import BASELINE_COLOUR, FRONT_COLOUR
from search.front_text import better
from search.outcome import SHOWN, System
from search.reporting.blocks import Figure
from search.reporting.cells import title
from search.reporting.comparison import Comparison

ROW = 26  # pixels of a box
AROUND = 78  # of a panel's title and axis
LIMIT = 22  # characters of a name beside a box


def boxes(name: str, comparison: Comparison) -> Figure:
    """A panel a metric, a box a system, a point a seed, on test data.

    Args:
        name: of the figure.
        comparison: of the systems.
    """
    metrics = SHOWN[comparison.task]
    height = AROUND + ROW * len(comparison.tested)
    figure = make_subplots(
        rows=len(metrics),
        cols=1,
        subplot_titles=[f"{title(metric)} ({better(metric)})" for metric in metrics],
        vertical_spacing=48 / (height * len(metrics)),
    )
    baselines = {*comparison.baselines.values()}
    for row, metric in enumerate(metrics, start=1):
        for system in reversed(comparison.systems):  # the first is on top
            colour = BASELINE_COLOUR if system.name in baselines else FRONT_COLOUR
            figure.add_trace(_box(system, metric, colour), row=row, col=1)
        if DIRECTIONS[metric] == "zero":
            figure.add_vline(0, line={"dash": "dash", "width": 1, "color": "#888888"}, row=row)
    figure.update_annotations(font_size=13)
    figure.update_yaxes(automargin=True)
    figure.update_layout(
        height=height * len(metrics),
        showlegend=False,
        margin={"l": 8, "r": 12, "t": 36, "b": 28},
    )
    like = (
        "Like Figures 1 to 3 of Gorrostieta et al., which are of the validation set: "
        if comparison.task == "activation"
        else ""
    )
    caption = (
        f"{like}how systems spread over seeds on test data of {comparison.corpus}. A point is a "
        "seed; boxes are quartiles and the median, whiskers reach the farthest seed within 1.5 "
        "times the box. The baseline has another colour."
    )
    return Figure(name, caption[0].upper() + caption[1:], figure)


def _box(system: System, metric: str, colour: str) -> go.Box:
    values = system.metrics[metric]
    known = ~np.isnan(values)
    seeds = np.array(system.seeds)[known]
    return go.Box(
        x=values[known],
        y=[short(system.name)] * int(known.sum()),
        orientation="h",
        boxpoints="all",
        pointpos=0,
        jitter=0.5,
        quartilemethod="linear",
        marker={"color": colour, "size": 5, "opacity": 0.8},
        line={"width": 1.2},
        fillcolor="rgba(128, 128, 128, 0.2)",  # points are seen through it
        hovertext=[
            f"seed {seed}: {value:.3f}" for seed, value in zip(seeds, values[known], strict=True)
        ],
        hoverinfo="text",
        name=system.name,
    )


def below(pixels: float, height: float) -> dict[str, object]:
    """A legend so far below the panels, which together are so high."""
    place = {"y": -pixels / height, "yanchor": "top", "x": 0, "xanchor": "left"}
    return {"orientation": "h", **place}


def short(name: str) -> str:
    """A name in two lines, if it is too long for a narrow picture."""
    if len(name) <= LIMIT or " " not in name:
        return name
    spaces = [place for place, sign in enumerate(name) if sign == " "]
    middle = min(spaces, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:middle]}<br>{name[middle + 1 :]}"


def shared_legend(entries: Sequence[go.Scatter]) -> list[go.Scatter]:
    """Traces with each name once in the legend."""
    seen: set[str] = set()
    for entry in entries:
        entry.showlegend = entry.name not in seen
        entry.legendgroup = entry.name
        seen.add(entry.name)
    return list(entries)
