"""Chapter on the growth of the fronts: hypervolume against epochs trained."""

import html
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from search.reporting.blocks import Block, Chapter, Figure, Table, Words
from search.reporting.colours import of_sweep
from search.reporting.comparable_sweeps import alike, names
from search.reporting.sweep_source import Source


def growth_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter, with a figure for each group of comparable sweeps."""
    blocks: list[Block] = []
    for index, group in enumerate(alike(sources), start=1):
        ended = [source for source in group if source.sweep.history() or []]
        if not ended:
            blocks.append(Words(f"{names(group)}: no trial has ended yet."))
            continue
        blocks.append(_figure(ended, index))
    if any(source.sweep.history() or [] for source in sources):
        blocks.append(_table(sources))
    return [Chapter("Hypervolume over time", blocks)]


def _figure(group: Sequence[Source], index: int) -> Figure:
    title = {"text": "epochs × seeds trained"}
    figure = go.Figure(
        layout={
            "height": 380,
            "hovermode": "closest",
            "xaxis": {"title": title, "rangemode": "tozero"},
            "yaxis": {"title": {"text": "hypervolume"}, "rangemode": "tozero"},
        }
    )
    for number, source in enumerate(group):
        moments = source.sweep.history() or []
        colour, symbol = of_sweep(number)
        figure.add_scatter(
            x=[moment.lane_epochs for moment in moments],
            y=[moment.hypervolume for moment in moments],
            mode="lines+markers",
            line={"shape": "hv", "color": colour, "width": 2},
            marker={"symbol": symbol, "size": 5},
            name=html.escape(source.sweep.name),
            showlegend=True,
            hovertext=[
                f"{moment.lane_epochs} epochs: {moment.hypervolume:.4f}, {moment.front_size} on "
                "the front"
                for moment in moments
            ],
            hoverinfo="text",
        )
    references = dict.fromkeys(_reference_point(source) for source in group)
    return Figure(
        f"growth {index}",
        "Hypervolume of the front by means over the trained seeds, after each trial that ended "
        "(higher is better), against the "
        f"epochs trained, summed over seeds. The reference point is {'; '.join(references)}. "
        "Checking the front with fresh seeds comes last and does not change the hypervolume."
        + (
            " Only curves with the same reference point may be compared."
            if len(references) > 1
            else ""
        ),
        figure,
    )


def _reference_point(source: Source) -> str:
    reference = source.front.reference
    return ", ".join(f"{name} {reference[name]:.3g}" for name in source.front.objectives)


def _table(sources: Sequence[Source]) -> Table:
    rows = [
        {"sweep": source.sweep.name, **vars(moment)}
        for source in sources
        for moment in source.sweep.history() or []
    ]
    data = pd.DataFrame(rows)
    shown = [
        [
            str(row["sweep"]),
            str(row["trials"]),
            str(row["lane_epochs"]),
            f"{row['seconds']:.0f}",
            f"{row['hypervolume']:.4f}",
            str(row["front_size"]),
        ]
        for row in rows
    ]
    columns = ["sweep", "trials", "epochs × seeds", "seconds", "hypervolume", "on the front"]
    return Table("growth", "Hypervolume after each trial.", columns, shown, data, folded=True)
