"""Figures 1 to 3 of Gorrostieta et al. (2019): validation metrics over the weight of de-biasing."""

import math
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import plotly.graph_objects as go
from optuna.distributions import BaseDistribution
from plotly.subplots import make_subplots

from fairser_core.methods import METHODS
from fairser_core.methods.paper import GORROSTIETA_2019
from fairser_core.metrics.metric import Metric, Place, shown_in
from search.front.configurations import Configuration, Configurations
from search.presentation.front_layout import (
    BASELINE_COLOUR,
    CHECK_COLOUR,
    FLOOR_COLOUR,
    FRONT_COLOUR,
)
from search.presentation.wording import better, number
from search.reporting.blocks import Figure
from search.reporting.panel_layout import laid_out, once_in_legend
from search.reporting.sweep_source import Source
from search.space.domains import domain_table
from search.store.trials import TrialRecord
from search.tasks.tasks import TASKS

Panel = Sequence[Metric[Any]]
COLOURS = (FRONT_COLOUR, CHECK_COLOUR, FLOOR_COLOUR)
SYMBOLS = ("circle", "triangle-up", "square")
HEIGHT = 210  # pixels of a panel


def weight_figure(source: Source) -> Figure | None:
    """Return a figure of every configuration's metrics at its end over the weight, a point a seed.

    Args:
        source: a sweep.

    Returns:
        None where the sweep searched no such weight, or trained nothing.
    """
    space = source.sweep.space
    weight = METHODS[space.method].weight
    trials = source.sweep.log.trials.values()
    ended = [each for each in Configurations().update(trials) if each.epochs]
    if weight not in space.search or not ended:
        return None
    panels = _panels(space.task)
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.07,
        subplot_titles=[f"{name} ({better(panel[0].name)})" for name, panel in panels.items()],
    )
    traces = [
        (row, trace)
        for row, panel in enumerate(panels.values(), start=1)
        for trace in _points_of(ended, weight, panel)
    ]
    alone = {panel[0].title for panel in panels.values() if len(panel) == 1}
    once_in_legend([trace for _, trace in traces])
    for row, trace in traces:
        trace.showlegend = trace.showlegend and trace.name not in alone
        figure.add_trace(trace, row=row, col=1)
    for row, panel in enumerate(panels.values(), start=1):
        _add_lines(figure, row, panel, source)
    figure.update_xaxes(**_axis(space.search[weight]))
    figure.update_xaxes(title={"text": f"{weight} of {source.sweep.name}"}, row=len(panels))
    legend = any(trace.showlegend for _, trace in traces)
    laid_out(figure, HEIGHT * len(panels), legend)
    return Figure(f"weight-{source.sweep.name}", _caption(source, weight), figure)


def _panels(task: str) -> dict[str, Panel]:
    """Return metrics by the heading of their panel."""
    panels: dict[str, list[Metric[Any]]] = {}
    for metric in shown_in(TASKS[task].metrics, Place.WEIGHTS):
        panels.setdefault(metric.panel or metric.title, []).append(metric)
    return {**panels}


def _caption(source: Source, weight: str) -> str:
    theirs = GORROSTIETA_2019 in METHODS[source.sweep.space.method].papers
    like = (
        "As Figures 1 to 3 of Gorrostieta et al. (2019), on validation data: each"
        if theirs
        else "Each"
    )
    return (
        f"{like} configuration of {source.sweep.name} at its end, over the weight {weight} of its "
        "de-biasing term. Each point is a seed, hollow if it was not trained to the last epoch. "
        "The dashed line and the band are the mean and the spread of the baseline's seeds."
    )


def _axis(domain: BaseDistribution) -> dict[str, object]:
    """Return the searched range as an axis, logarithmic if the search is."""
    table = domain_table(domain)
    if not table.get("log"):
        return {}
    low, high = math.log10(table["low"]), math.log10(table["high"])
    ticks = {"dtick": 1} if high - low >= 2 else {}
    return {"type": "log", "range": [low - 0.1, high + 0.1], "exponentformat": "power", **ticks}


def _points_of(ended: Sequence[Configuration], weight: str, panel: Panel) -> Iterator[go.Scatter]:
    for metric, colour, symbol in zip(panel, cycle(COLOURS), cycle(SYMBOLS), strict=False):
        for whole in (True, False):
            chosen = [each for each in ended if (each.state == "complete") == whole]
            lanes = [
                (each, seed, value)
                for each in chosen
                # What an older fairser logged may lack a metric.
                for seed, value in zip(
                    each.seeds, each.lanes_at(each.epochs).get(metric.name, ()), strict=False
                )
                if value is not None
            ]
            if lanes:
                marker = {"color": colour, "symbol": symbol if whole else f"{symbol}-open"}
                yield _points(lanes, weight, metric.title, marker)


def _points(
    lanes: Sequence[tuple[Configuration, int, float]],
    weight: str,
    name: str,
    marker: dict[str, str],
) -> go.Scatter:
    return go.Scatter(
        x=[configuration.values[weight] for configuration, _, _ in lanes],
        y=[value for _, _, value in lanes],
        mode="markers",
        name=name,
        marker={**marker, "size": 7, "opacity": 0.85},
        hovertext=[
            f"trial {configuration.number}, seed {seed}<br>"
            f"{weight} {number(configuration.values[weight])}: {value:.3f}"
            for configuration, seed, value in lanes
        ],
        hoverinfo="text",
    )


def _add_lines(figure: go.Figure, row: int, panel: Panel, source: Source) -> None:
    """Add the baseline's mean and spread, and zero where that is best."""
    if panel[0].better == "zero":
        figure.add_hline(0, line={"width": 1, "color": "#888888"}, row=row)
    last = [trial for trial in _baseline_trials(source) if trial.epochs][-1:]
    for metric in panel if last else ():
        lanes = np.array(last[0].epochs[-1].lanes.get(metric.name, ()), dtype=np.float64)
        defined = lanes[~np.isnan(lanes)]
        # Of several metrics in one panel the bands would hide each other.
        if not len(defined) or len(panel) > 1:
            continue
        mean, spread = defined.mean(), defined.std(ddof=1) if len(defined) > 1 else 0.0
        figure.add_hline(mean, line={"dash": "dash", "color": BASELINE_COLOUR}, row=row)
        figure.add_hrect(
            mean - spread, mean + spread, fillcolor=BASELINE_COLOUR, opacity=0.15, line_width=0,
            row=row,
        )  # fmt: skip


def _baseline_trials(source: Source) -> list[TrialRecord]:
    if source.sweep.baseline is None:
        return []
    return [t for t in source.sweep.baseline.log.trials.values() if t.state == "complete"]
