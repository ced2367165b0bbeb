"""Chapter on the effect of each searched value on each objective, with the spread over seeds."""

import dataclasses
import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from search.front.configurations import Configuration
from search.presentation.front_layout import (
    BASELINE_COLOUR,
    FLOOR_COLOUR,
    FRONT_COLOUR,
    TRIAL_COLOUR,
)
from search.presentation.wording import better, number
from search.reporting.blocks import Block, Chapter, Figure, Heading, Words
from search.reporting.comparable_sweeps import headed
from search.reporting.scales import plotly_axis, shown
from search.reporting.sweep_source import Source
from search.space.values import Value


@dataclasses.dataclass(frozen=True)
class Effect:
    """Metric of a configuration after its last epoch.

    Attributes:
        configuration: the configuration.
        lanes: defined values, one per seed, also of fresh seeds that reached the same epoch.
        member: whether a candidate of the configuration is on the front.
    """

    configuration: Configuration
    lanes: tuple[float, ...]
    member: bool

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return float(np.mean(self.lanes))

    @property
    def spread(self) -> float:
        """Standard deviation over seeds; NaN for a single one."""
        return float(np.std(self.lanes, ddof=1)) if len(self.lanes) > 1 else float("nan")

    @property
    def stopped(self) -> bool:
        """Whether its first trial was stopped early."""
        return self.configuration.state == "stopped"

    @property
    def hover(self) -> str:
        """Text shown on hovering."""
        configuration = self.configuration
        values = [
            html.escape(f"{key} = {number(value)}") for key, value in configuration.values.items()
        ]
        state = "stopped early, " if self.stopped else ""
        spread = f" ± {self.spread:.3f}" if len(self.lanes) > 1 else ""
        return "<br>".join(
            [
                f"<b>configuration {configuration.number}</b>",
                f"{state}epoch {configuration.epochs}, seeds: {len(self.lanes)}",
                *values,
                f"{self.mean:.3f}{spread}",
            ]
        )


def effects(source: Source, metric: str) -> list[Effect]:
    """Return the effects of all configurations with a value of a metric, whatever the floors."""
    members = {point.trial for point in source.front.members}
    rows = []
    for configuration in source.configurations:
        last = configuration.epochs
        if not configuration.ended:
            continue
        checks = (trial for trial in configuration.checks if len(trial.epochs) >= last)
        trials = [*configuration.counted, *checks]
        epochs = [trial.epochs[min(last, len(trial.epochs)) - 1] for trial in trials]
        lanes = [value for epoch in epochs for value in epoch.lanes.get(metric, [])]
        defined = tuple(value for value in lanes if value is not None)
        if defined:
            rows.append(Effect(configuration, defined, configuration.number in members))
    return rows


def effects_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter, with a figure for each searched value of each sweep."""
    blocks: list[Block] = []
    for source in sources:
        keys = list(source.sweep.space.search)
        if headed(sources) and keys:
            blocks.append(Heading(source.sweep.name))
        objectives = source.sweep.space.objectives
        by_metric = {metric: effects(source, metric) for metric in objectives}
        if keys and not any(by_metric.values()):
            blocks.append(Words(f"{source.sweep.name}: no trial has ended with numbers yet."))
            continue
        blocks += [_figure(source, key, by_metric) for key in keys]
    return [Chapter("What each value does", blocks)]


def _figure(source: Source, key: str, by_metric: dict[str, list[Effect]]) -> Figure:
    figure = make_subplots(rows=len(by_metric), shared_xaxes=True, vertical_spacing=0.06)
    domain = source.sweep.space.search[key]
    for row, (metric, group) in enumerate(by_metric.items(), start=1):
        positions = [shown(effect.configuration.values[key], domain) for effect in group]
        _draw_lanes(figure, group, positions, row)
        _draw_means(figure, group, positions, row)
        _draw_marks(figure, source, metric, row)
        title = f"{metric}<br>{better(metric)}"
        figure.update_yaxes(title={"text": title, "font": {"size": 12}}, row=row)
    figure.update_xaxes(**plotly_axis(domain))
    figure.update_xaxes(title={"text": html.escape(key)}, row=len(by_metric))
    figure.update_layout(height=120 + 190 * len(by_metric), hovermode="closest", template=None)
    return Figure(
        f"effect {key} {source.sweep.name}",
        f"{source.sweep.name}: {key} against the objectives after each configuration's last epoch. "
        "Bars: mean ± spread over seeds, small dots the seeds. Blue: configurations on the front. "
        f"Hollow: stopped early.{_lines(source)}",
        figure,
        half=True,
    )


def _lines(source: Source) -> str:
    front = source.front
    text = " Orange, dashed: the baseline." if front.baseline else ""
    has_floor = any(floor.metric in front.objectives for floor in front.floors)
    return text + (" Green, dotted: the floor." if has_floor else "")


def _draw_lanes(
    figure: go.Figure, group: Sequence[Effect], positions: Sequence[Value], row: int
) -> None:
    """Draw the single seeds of configurations with several."""
    several = [
        (x, effect) for x, effect in zip(positions, group, strict=True) if len(effect.lanes) > 1
    ]
    pairs = [(x, y) for x, effect in several for y in effect.lanes]
    figure.add_scatter(
        x=[x for x, _ in pairs],
        y=[y for _, y in pairs],
        mode="markers",
        marker={"size": 4, "color": TRIAL_COLOUR, "opacity": 0.6},
        hoverinfo="skip",
        showlegend=False,
        row=row,
        col=1,
    )


def _draw_means(
    figure: go.Figure, group: Sequence[Effect], positions: Sequence[Value], row: int
) -> None:
    """Draw the means; those on the front come last, so that they lie on top."""
    for member, colour in ((False, TRIAL_COLOUR), (True, FRONT_COLOUR)):
        chosen = [
            (x, effect)
            for x, effect in zip(positions, group, strict=True)
            if effect.member == member
        ]
        if not chosen:
            continue
        spreads = [effect.spread if len(effect.lanes) > 1 else 0.0 for _, effect in chosen]
        figure.add_scatter(
            x=[x for x, _ in chosen],
            y=[effect.mean for _, effect in chosen],
            error_y={"array": spreads, "color": colour, "thickness": 1, "width": 2},
            mode="markers",
            marker={
                "size": 8,
                "color": colour,
                "symbol": ["circle-open" if effect.stopped else "circle" for _, effect in chosen],
            },
            hovertext=[effect.hover for _, effect in chosen],
            hoverinfo="text",
            showlegend=False,
            row=row,
            col=1,
        )


def _draw_marks(figure: go.Figure, source: Source, metric: str, row: int) -> None:
    """Draw the lines of the baseline and of the floors."""
    front = source.front
    if metric in front.baseline:
        line = {"color": BASELINE_COLOUR, "width": 1.5, "dash": "dash"}
        figure.add_hline(front.baseline[metric], line=line, row=row, col=1)
    for floor in front.floors:
        if floor.metric == metric:
            line = {"color": FLOOR_COLOUR, "width": 1.5, "dash": "dot"}
            figure.add_hline(floor.value, line=line, row=row, col=1)
