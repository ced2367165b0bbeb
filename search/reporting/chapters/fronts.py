"""Chapter on the fronts: comparable fronts in one figure, then each with its members."""

import html
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from fairser_core.csv_cells import WHY_EMPTY
from search.front.fresh import refuted_cell
from search.front.front import Front
from search.front.names import BASELINE, baseline_name, point_name, why_empty
from search.front.point import Point
from search.presentation.front_caption import front_caption
from search.presentation.front_figure import front_figure
from search.presentation.front_files import member_gaps, speakers_columns
from search.presentation.front_layout import BASELINE_COLOUR, plane
from search.presentation.wording import (
    TWO_INTERVALS,
    chance_sentence,
    checked_text,
    claim_sentences,
    hypervolume_text,
    interval_text,
    marked_names,
    mean_sd,
    number,
    probability_text,
    refuted_sentence,
    sentence_case,
    speakers_heading,
    speakers_sentences,
    speakers_text,
    standing_text,
)
from search.reporting.blocks import Block, Chapter, Figure, Heading, Table, Words
from search.reporting.colours import of_sweep
from search.reporting.comparable_sweeps import alike, headed, names
from search.reporting.sweep_source import Source

NAME = "trial@epoch"


def fronts_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter on the fronts."""
    blocks: list[Block] = []
    for index, group in enumerate(alike(sources), start=1):
        if len(group) > 1 and len(group[0].front.objectives) > 1:
            blocks.append(_overlaid(group, index))
    for source in sources:
        if headed(sources):
            blocks.append(Heading(source.sweep.name))
        blocks += _front(source)
    return [Chapter("The fronts" if headed(sources) else "The front", blocks)]


def _front(source: Source) -> list[Block]:
    front, name = source.front, source.sweep.name
    if not front.points:
        return [Words(f"{name}: no trial has ended with numbers yet, so there is no front.")]
    if not front.members:
        words: list[Block] = [Words(f"{name}: no candidate is on the front: {why_empty(front)}.")]
    else:
        words = [Words(f"{hypervolume_text(front).capitalize()}.")]
        if front.checked:
            text = checked_text(front)
            words.append(Words(f"{sentence_case(text)}."))
        if chance_sentence(front):
            text = chance_sentence(front)
            words.append(Words(f"{sentence_case(text)}."))
    figure = front_figure(front, sure=True, names=True)
    picture = Figure(f"front {name}", front_caption(front, name), figure)
    return [*words, picture, *([members_table(source)] if front.members else [])]


def members_table(source: Source) -> Table:
    """Return a table of the front's members, most accurate first."""
    front, name = source.front, source.sweep.name
    marked = zip(marked_names(front), front.members, strict=True)
    rows = [{NAME: member, **_member_row(front, point)} for member, point in marked]
    if front.baseline:
        means = {metric: mean_sd(front.baseline, metric) for metric in front.objectives}
        rows.append({NAME: BASELINE, **means})
    for point in front.baseline_points:
        cells = _intervals(point, front.objectives)
        rows.append({NAME: baseline_name(point.epoch), **cells, "seeds": str(len(point.seeds))})
    columns = list(dict.fromkeys(heading for row in rows for heading in row))
    sentences = [*claim_sentences(front), TWO_INTERVALS, *speakers_sentences(front)]
    notes = "; ".join(filter(None, [*sentences, refuted_sentence(front)]))
    return Table(
        f"front {name}",
        f"{name}: the front on validation data, most accurate first: mean and interval over "
        "seeds; interval over seeds and speakers, or level by chance; mean ± spread of fresh "
        f"seeds. {notes}. The baseline has mean ± spread after its last epoch; its own front, "
        "baseline@epoch, has what members have.",
        columns,
        [[row.get(heading, "") for heading in columns] for row in rows],
        pd.DataFrame([_data(point, front) for point in front.members]),
    )


def _member_row(front: Front, point: Point) -> dict[str, str]:
    """Return the cells of a member behind its name, by their headings."""
    row: dict[str, str] = {}
    objectives = front.objectives
    if front.claimed:
        row |= {f"{metric}, expected": mean_sd(point.expected, metric) for metric in objectives}
    row |= _intervals(point, objectives)
    row |= {"seeds": standing_text(point)}
    if front.claimed:
        row |= {"P": probability_text(point)}
    if any(member.check or member.check_failed for member in front.members):
        row |= {f"{metric}, fresh seeds": _fresh(point, metric) for metric in objectives}
    return row | {key: number(value) for key, value in point.values.items()}


def _intervals(point: Point, objectives: Sequence[str]) -> dict[str, str]:
    """Return means with their intervals over seeds, and intervals over speakers, by heading."""
    return {metric: interval_text(point, metric) for metric in objectives} | {
        f"{metric}, {speakers_heading(metric)}": speakers_text(point, metric) or "-"
        for metric in objectives
    }


def _fresh(point: Point, metric: str) -> str:
    failed = f", {point.check_failed} failed" if point.check_failed else ""
    return mean_sd(point.check, metric) + failed


def _data(point: Point, front: Front) -> dict[str, object]:
    objectives = front.objectives
    row: dict[str, object] = {"trial": point.trial, "epoch": point.epoch}
    for metric in objectives:
        low, high = point.intervals.get(metric, (None, None))
        row |= {metric: point.metrics[metric], f"{metric}_sd": point.metrics.get(f"{metric}_sd")}
        row |= {f"{metric}_low": low, f"{metric}_high": high}
        row |= speakers_columns(point, [metric])
        row |= {f"{metric}_fresh": point.check.get(metric)}
        row |= {f"{metric}_fresh_sd": point.check.get(f"{metric}_sd")}
    counts = {"seeds": len(point.seeds), "fresh_failed": point.check_failed}
    row |= {**counts, "refuted": refuted_cell(front, point)}
    fresh = "" if point.check else "columns of fresh seeds: none were trained"
    gaps = "; ".join(filter(None, [member_gaps(point, objectives), fresh]))
    return {**row, **point.values, WHY_EMPTY: gaps}


def _overlaid(group: Sequence[Source], index: int) -> Figure:
    """Return a figure of the fronts of sweeps with the same data and objectives."""
    figure = go.Figure(layout={"height": 480, "hovermode": "closest"})
    for number_of, source in enumerate(group):
        for trace in _traces(source, number_of):
            figure.add_trace(trace)
    for trace in _baselines(group):
        figure.add_trace(trace)
    laid = plane(group[0].front)
    figure.update_layout(xaxis_title_text=laid.x.title, yaxis_title_text=laid.y.title)
    return Figure(
        f"fronts {index}",
        f"The fronts of {names(group)} in one plane, on validation data, with their baselines "
        "(stars). A line bounds the region that a front dominates.",
        figure,
    )


def _baselines(group: Sequence[Source]) -> list[go.Scatter]:
    """Return a star for each baseline, with the names of its sweeps."""
    owners: dict[str, list[Source]] = {}
    for source in group:
        owners.setdefault(str(source.sweep.facts.baseline), []).append(source)
    stars: list[go.Scatter] = []
    for sweeps in owners.values():
        position = plane(sweeps[0].front).baseline
        if position:
            of = f" of {html.escape(names(sweeps))}" if len(owners) > 1 else ""
            marker = {"color": BASELINE_COLOUR, "size": 16, "symbol": "star"}
            stars.append(
                go.Scatter(
                    x=[position[0]],
                    y=[position[1]],
                    mode="markers",
                    marker=marker,
                    name="baselines" if of else "baseline",
                    legendgroup="baseline",
                    showlegend=not stars,
                    hovertext=[f"<b>baseline</b>{of}<br>{position[0]:.3f}, {position[1]:.3f}"],
                    hoverinfo="text",
                )
            )
    return stars


def _traces(source: Source, index: int) -> list[go.Scatter]:
    """Return the traces of a front's staircase and of its members."""
    laid, name = plane(source.front), html.escape(source.sweep.name)
    colour, symbol = of_sweep(index)
    if not laid.members:
        return []
    x, y = zip(*laid.staircase, strict=True)
    line = {"color": colour, "width": 2}
    hover = [
        f"<b>{name}</b><br>{point_name(dot.point)}<br>{dot.x:.3f}, {dot.y:.3f}"
        for dot in laid.members
    ]
    return [
        go.Scatter(
            x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False, legendgroup=name
        ),
        go.Scatter(
            x=[dot.x for dot in laid.members],
            y=[dot.y for dot in laid.members],
            mode="markers",
            name=name,
            legendgroup=name,
            marker={"color": colour, "symbol": symbol, "size": 9},
            hovertext=hover,
            hoverinfo="text",
        ),
    ]
