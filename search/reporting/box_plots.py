"""Figure of metrics' spread over seeds, as in Figures 1 to 3 of Gorrostieta et al."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairser_core.metrics.directions import DIRECTIONS
from search.presentation.front_layout import BASELINE_COLOUR, FRONT_COLOUR
from search.presentation.wording import better
from search.replication.estimates import SHOWN
from search.replication.systems import System
from search.reporting.blocks import Figure
from search.reporting.comparison import Comparison
from search.reporting.number_format import title
from search.reporting.panel_layout import laid_out, short
from search.tasks.tasks import TASKS

ROW = 26  # pixels of a box
AROUND = 78  # of a panel's title and axis


def boxes(name: str, comparison: Comparison) -> Figure:
    """Return a figure of test data: a panel a metric, a box a system, a point a seed.

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
    like = TASKS[comparison.task].words.like
    caption = (
        f"{like}how systems spread over seeds on test data of {comparison.corpus}. A point is a "
        "seed; boxes are quartiles and the median, whiskers reach the farthest seed within 1.5 "
        "times the box. The baseline has another colour."
    )
    return Figure(name, caption[0].upper() + caption[1:], laid_out(figure, height * len(metrics)))


def _box(system: System, metric: str, colour: str) -> go.Box:
    values = system.values(metric)
    defined = ~np.isnan(values)
    seeds = np.array(system.seeds)[defined]
    return go.Box(
        x=values[defined],
        y=[short(system.name)] * int(defined.sum()),
        orientation="h",
        boxpoints="all",
        pointpos=0,
        jitter=0.5,
        quartilemethod="linear",
        marker={"color": colour, "size": 5, "opacity": 0.8},
        line={"width": 1.2},
        fillcolor="rgba(128, 128, 128, 0.2)",  # points are seen through it
        hovertext=[
            f"seed {seed}: {value:.3f}" for seed, value in zip(seeds, values[defined], strict=True)
        ],
        hoverinfo="text",
        name=system.name,
    )
