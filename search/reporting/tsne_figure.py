"""Figure of neighbourhoods, with a panel per system."""

import math

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from search.corpus.perception_png import COLOURS
from search.reporting.blocks import Block, Figure, Words
from search.reporting.comparison import Comparison
from search.reporting.number_format import number
from search.reporting.panel_layout import laid_out, once_in_legend, short
from search.reporting.tsne import Neighbourhood, Neighbourhoods, neighbourhoods
from search.tasks.counts import PEOPLE

HEIGHT = 250  # pixels of a panel
COLUMNS = 2


def neighbourhood_blocks(name: str, comparison: Comparison) -> list[Block]:
    """Return the figure, and a sentence on the systems without one.

    Args:
        name: name of the figure.
        comparison: comparison of systems of the task `emotion`.
    """
    neighbours = neighbourhoods(comparison)
    if neighbours is None:
        return [
            Words(
                "No representations of utterances were kept when these systems were tested, so "
                "there is no t-SNE figure; systems that are replicated from now on have one."
            )
        ]
    blocks: list[Block] = []
    if neighbours.panels:
        blocks.append(Figure(name, _caption(neighbours, comparison.corpus), _figure(neighbours)))
    if neighbours.without:
        reasons = "; ".join(f"{system}: {why}" for system, why in neighbours.without.items())
        blocks.append(Words(f"Without a figure: {reasons}."))
    return blocks


def _caption(neighbours: Neighbourhoods, corpus: str) -> str:
    first = neighbours.panels[0]
    share = float(first.female.mean())
    accuracies = "; ".join(
        f"{panel.system} {number(panel.accuracy)}" for panel in neighbours.panels
    )
    seeds = sorted({neighbours.seed[panel.system] for panel in neighbours.panels})
    return (
        "Like Figures 5 and 6 of Chien & Lee (2023): t-SNE of the representation of the "
        f"{neighbours.emotion} detector tested on session {neighbours.session} of {corpus}, seed "
        f"{', '.join(map(str, seeds))}: {len(first.female)} utterances of S2 whose ground truth is "
        "the perception of one gender alone. t-SNE shows which utterances are neighbours; "
        "distances between groups, their sizes and the axes mean nothing. Accuracy of a logistic "
        "regression that predicts the gender from the representation itself, on utterances it was "
        f"not fitted to: {accuracies}; always naming the more frequent gender has "
        f"{number(max(share, 1 - share))}. Even if the adversary failed in training, such a "
        "regression may succeed."
    )


def _figure(neighbours: Neighbourhoods) -> go.Figure:
    count = len(neighbours.panels)
    columns = min(COLUMNS, count)
    rows = math.ceil(count / columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[_panel_title(panel) for panel in neighbours.panels],
        horizontal_spacing=0.03,
        vertical_spacing=0.2 / rows,
    )
    placed = [
        (index, trace)
        for index, panel in enumerate(neighbours.panels)
        for trace in _points(panel, neighbours.emotion)
    ]
    once_in_legend([trace for _, trace in placed])
    for index, trace in placed:
        figure.add_trace(trace, row=index // columns + 1, col=index % columns + 1)
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(showticklabels=False, showgrid=False, zeroline=False, showline=True, mirror=True)
    return laid_out(figure, HEIGHT * rows, legend=True)


def _panel_title(panel: Neighbourhood) -> str:
    return f"{short(panel.system)}<br>regression {number(panel.accuracy)}"


def _points(panel: Neighbourhood, emotion: str) -> list[go.Scatter]:
    traces = []
    for gender, members in (("female", panel.female), ("male", ~panel.female)):
        for truth, symbol in ((True, "diamond"), (False, "circle-open")):
            rows = np.flatnonzero(members & (panel.truth == truth))
            traces.append(
                go.Scatter(
                    x=panel.positions[rows, 0],
                    y=panel.positions[rows, 1],
                    mode="markers",
                    name=f"{PEOPLE[gender]}'s, {emotion if truth else 'another emotion'}",
                    marker={"color": COLOURS[gender], "symbol": symbol, "size": 6, "opacity": 0.8},
                    hoverinfo="name",
                )
            )
    return traces
