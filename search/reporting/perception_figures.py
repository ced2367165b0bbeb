"""Agreement of the raters' genders with the truth: Figures 1 and 2 of Chien & Lee (2023)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from search.corpus.perception_png import COLOURS
from search.reporting.blocks import Block, Figure, Table
from search.reporting.panel_layout import laid_out, once_in_legend
from search.tasks.counts import PEOPLE

DATA = {"all": "all utterances (Figure 1)", "S2": "S2 (Figure 2)"}
HEIGHT = 260  # pixels of a panel

Rows = Sequence[Mapping[str, Any]]


def agreement_blocks(name: str, corpus: str, rows: Rows) -> list[Block]:
    """Return a figure and a table of how often a gender's consensus is the ground truth.

    Args:
        name: prefix of the blocks' names.
        corpus: name of the corpus.
        rows: records of `perception.agreement`; a share is None or NaN without utterances.
    """
    caption = (
        f"Figures 1 and 2 of Chien & Lee (2023) on {corpus}: share of utterances of an emotion in "
        "which the consensus of the women, or of the men, among the raters is the ground truth, "
        "with 95 % intervals over speakers, of these raters, over all utterances and over S2, "
        "where at most one consensus is the ground truth. A gender whose raters tie does not "
        "agree; utterances without a rater of a gender do not count for that gender. There is no "
        "interval with fewer than five speakers, where all or none of the utterances agree, or of "
        "a corpus that an earlier version recorded."
    )
    table = pd.DataFrame(list(rows))
    if "speakers" not in table:  # intervals of earlier versions took utterances as independent
        table = table.assign(low=math.nan, high=math.nan)
    return [
        Figure(f"{name}-figure", caption, _figure(table)),
        Table(
            f"{name}-table",
            f"Figures 1 and 2 of Chien & Lee (2023) on {corpus} in numbers: how often the "
            "consensus of the women, and of the men, is the ground truth.",
            ["emotion", "data", "women", "men", "women less men"],
            [_row(table, data, emotion) for data, emotion in _groups(table)],
            table,
        ),
    ]


def _groups(table: pd.DataFrame) -> list[tuple[str, str]]:
    return [(data, emotion) for data in DATA for emotion in table["emotion"].unique()]


def _row(table: pd.DataFrame, data: str, emotion: str) -> list[str]:
    rows = table[(table["data"] == data) & (table["emotion"] == emotion)].to_dict("records")
    female, male = (next(row for row in rows if row["gender"] == gender) for gender in PEOPLE)
    difference = 100 * (_number(female["share"]) - _number(male["share"]))
    cells = [_cell(female), _cell(male)]
    return [emotion, data, *cells, "-" if math.isnan(difference) else f"{difference:+.1f}"]


def _cell(row: Mapping[Any, Any]) -> str:
    """Return a share with its interval, if it has one, and the number of utterances."""
    share, low, high = (100 * _number(row[name]) for name in ("share", "low", "high"))
    if math.isnan(share):
        return "-"
    ends = "" if math.isnan(low) else f" [{low:.1f}, {high:.1f}]"
    return f"{share:.1f} %{ends} of {int(row['utterances']):,}"


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _figure(table: pd.DataFrame) -> go.Figure:
    figure = make_subplots(
        rows=len(DATA), cols=1, subplot_titles=[*DATA.values()], vertical_spacing=0.16
    )
    bars = [
        (row, _bars(table[(table["data"] == data) & (table["gender"] == gender)], gender))
        for row, data in enumerate(DATA, start=1)
        for gender in PEOPLE
    ]
    once_in_legend([trace for _, trace in bars])
    for row, trace in bars:
        figure.add_trace(trace, row=row, col=1)
    figure.update_yaxes(range=[0, 1], tickformat=".0%")
    figure.update_layout(barmode="group")
    return laid_out(figure, HEIGHT * len(DATA), legend=True)


def _bars(rows: pd.DataFrame, gender: str) -> go.Bar:
    share, low, high = (
        pd.to_numeric(rows[name]).to_numpy(float) for name in ("share", "low", "high")
    )
    return go.Bar(
        x=rows["emotion"],
        y=share,
        name=f"{PEOPLE[gender]}'s consensus",
        marker={"color": COLOURS[gender]},
        error_y={
            "type": "data",
            "array": high - share,
            "arrayminus": share - low,
            "thickness": 1.2,
            "color": "#888888",
        },
        hovertext=[
            f"{emotion}, {PEOPLE[gender]}: {value:.1%} of {count:,}"
            for emotion, value, count in zip(
                rows["emotion"], share, rows["utterances"], strict=True
            )
        ],
        hoverinfo="text",
    )
