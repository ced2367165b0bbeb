"""What the weight of a de-biasing term does to validation: Figures 1 to 3 of Gorrostieta et al."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import plotly.graph_objects as go
from optuna.distributions import BaseDistribution
from plotly.subplots import make_subplots

from fairser_core.methods import METHODS
from fairser_core.methods.paper import GORROSTIETA_2019
from fairser_core.metrics.directions import DIRECTIONS
from search.front.configurations import Configuration, Configurations
from search.presentation.front_layout import (
    BASELINE_COLOUR,
    CHECK_COLOUR,
    FLOOR_COLOUR,
    FRONT_COLOUR,
)
from search.presentation.wording import better, number
from search.reporting.blocks import Figure
from search.reporting.number_format import title
from search.reporting.panel_layout import laid_out, once_in_legend
from search.reporting.sweep_source import Source
from search.space.domains import domain_table
from search.store.trials import TrialRecord

PANELS: dict[str, Sequence[Sequence[str]]] = {
    "activation": (("ccc",), ("ccc_diff",), ("tpr_low_diff", "tpr_high_diff", "tpr_diff")),
    "emotion": (("f1_macro_s1",), ("f1_macro_views",), ("parity_s2",), ("consistency_gender",)),
}
COLOURS = (FRONT_COLOUR, CHECK_COLOUR, FLOOR_COLOUR)
SYMBOLS = ("circle", "triangle-up", "square")
HEIGHT = 210  # pixels of a panel


def weight_figure(source: Source) -> Figure | None:
    """Metrics of every configuration at its end against the weight, a point a seed.

    Args:
        source: a sweep.

    Returns:
        None where the sweep searched no such weight, or trained nothing.
    """
    space = source.sweep.space
    weight = METHODS[space.method].weight
    trials = source.sweep.log.trials.values()
    ended = [one for one in Configurations().update(trials) if one.epochs]
    if weight not in space.search or not ended:
        return None
    panels = PANELS[space.task]
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.07,
        subplot_titles=[_panel_title(metrics) for metrics in panels],
    )
    traces = [
        (row, trace)
        for row, metrics in enumerate(panels, start=1)
        for trace in _panel(ended, weight, metrics)
    ]
    alone = {title(metrics[0]) for metrics in panels if len(metrics) == 1}
    once_in_legend([trace for _, trace in traces])
    for row, trace in traces:
        trace.showlegend = trace.showlegend and trace.name not in alone
        figure.add_trace(trace, row=row, col=1)
    for row, metrics in enumerate(panels, start=1):
        _add_lines(figure, row, metrics, source)
    figure.update_xaxes(**_axis(space.search[weight]))
    figure.update_xaxes(title={"text": f"{weight} of {source.sweep.name}"}, row=len(panels))
    legend = any(trace.showlegend for _, trace in traces)
    laid_out(figure, HEIGHT * len(panels), 52 if legend else None, {"b": 52})
    return Figure(f"weight-{source.sweep.name}", _caption(source, weight), figure)


def _caption(source: Source, weight: str) -> str:
    theirs = GORROSTIETA_2019 in METHODS[source.sweep.space.method].papers
    like = "As Figures 1 to 3 of Gorrostieta et al., in validation: each" if theirs else "Each"
    return (
        f"{like} configuration of {source.sweep.name} at its end, over the weight {weight} of its "
        "de-biasing term; a point is a seed, hollow where it was not trained to the last epoch. "
        "The dashed line and the band are the mean and the spread of the baseline's seeds."
    )


def _axis(domain: BaseDistribution) -> dict[str, object]:
    """The range searched, logarithmic if it was searched so."""
    table = domain_table(domain)
    if not table.get("log"):
        return {}
    low, high = math.log10(table["low"]), math.log10(table["high"])
    ticks = {"dtick": 1} if high - low >= 2 else {}
    return {"type": "log", "range": [low - 0.1, high + 0.1], "exponentformat": "power", **ticks}


def _panel_title(metrics: Sequence[str]) -> str:
    names = title(metrics[0]) if len(metrics) == 1 else "TPR metrics"
    return f"{names} ({better(metrics[0])})"


def _panel(
    ended: Sequence[Configuration], weight: str, metrics: Sequence[str]
) -> Iterator[go.Scatter]:
    for place, metric in enumerate(metrics):
        for whole in (True, False):
            chosen = [one for one in ended if (one.state == "complete") == whole]
            lanes = [
                (one, seed, value)
                for one in chosen
                # What an older fairser logged may lack a metric.
                for seed, value in zip(
                    one.seeds, one.lanes_at(one.epochs).get(metric, ()), strict=False
                )
                if value is not None
            ]
            if lanes:
                symbol = SYMBOLS[place] + ("" if whole else "-open")
                marker = {"color": COLOURS[place], "symbol": symbol}
                yield _points(lanes, weight, title(metric), marker)


def _points(
    lanes: Sequence[tuple[Configuration, int, float]],
    weight: str,
    name: str,
    marker: dict[str, str],
) -> go.Scatter:
    return go.Scatter(
        x=[one.values[weight] for one, _, _ in lanes],
        y=[value for _, _, value in lanes],
        mode="markers",
        name=name,
        marker={**marker, "size": 7, "opacity": 0.85},
        hovertext=[
            f"trial {one.number}, seed {seed}<br>{weight} {number(one.values[weight])}: {value:.3f}"
            for one, seed, value in lanes
        ],
        hoverinfo="text",
    )


def _add_lines(figure: go.Figure, row: int, metrics: Sequence[str], source: Source) -> None:
    """The baseline's mean and spread, and zero where that is best."""
    if DIRECTIONS[metrics[0]] == "zero":
        figure.add_hline(0, line={"width": 1, "color": "#888888"}, row=row)
    last = [trial for trial in _baseline_trials(source) if trial.epochs][-1:]
    for metric in metrics if last else ():
        lanes = np.array(last[0].epochs[-1].lanes.get(metric, ()), dtype=np.float64)
        known = lanes[~np.isnan(lanes)]
        # Of several metrics in one panel the bands would hide each other.
        if not len(known) or len(metrics) > 1:
            continue
        mean, spread = known.mean(), known.std(ddof=1) if len(known) > 1 else 0.0
        figure.add_hline(mean, line={"dash": "dash", "color": BASELINE_COLOUR}, row=row)
        figure.add_hrect(
            mean - spread, mean + spread, fillcolor=BASELINE_COLOUR, opacity=0.15, line_width=0,
            row=row,
        )  # fmt: skip


def _baseline_trials(source: Source) -> list[TrialRecord]:
    if source.baseline is None:
        return []
    return [t for t in source.baseline.log.trials.values() if t.state == "complete"]
