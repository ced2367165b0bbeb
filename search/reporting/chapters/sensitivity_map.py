"""Chapter of the sensitivity map: mean and spread over seeds in the plane of two searched values.

Gorrostieta et al. 2019 report that adversarial training is unstable; the map shows where, as the
spread over seeds beside the mean.
"""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from fairser_core.methods import METHODS
from search.front.names import plural
from search.presentation.front_layout import TRIAL_COLOUR
from search.presentation.wording import better
from search.reporting.blocks import Block, Chapter, Figure, Heading, Words
from search.reporting.chapters.parameter_effects import Effect, effects
from search.reporting.colours import SCALE
from search.reporting.comparable_sweeps import headed
from search.reporting.scales import plotly_axis, shown
from search.reporting.sweep_source import Source


def sensitivity_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter on sweeps that search both settings of their method's `sensitivity`."""
    blocks: list[Block] = []
    for source in sources:
        keys = METHODS[source.sweep.space.method].sensitivity
        if not keys or not set(keys) <= set(source.sweep.space.search):
            continue
        if headed(sources):
            blocks.append(Heading(source.sweep.name))
        for metric in source.sweep.space.objectives:
            blocks += _maps(source, metric, keys[0], keys[1])
    return [Chapter("Sensitivity to the adversary's settings and to chance", blocks)]


def _maps(source: Source, metric: str, across: str, up: str) -> list[Block]:
    measured_effects = effects(source, metric)
    if not measured_effects:
        return [Words(f"{metric}: no trial has ended with numbers yet.")]
    several = [effect for effect in measured_effects if len(effect.lanes) > 1]
    single = [effect for effect in measured_effects if len(effect.lanes) == 1]
    name = source.sweep.name
    mean = Figure(
        f"map {metric} {name}",
        f"{name}: mean {metric} ({better(metric)}) of every configuration after its last epoch. "
        "Larger: more seeds. Hollow: stopped early.",
        _map(
            source,
            measured_effects,
            [effect.mean for effect in measured_effects],
            [],
            metric,
            (across, up),
        ),
        half=True,
    )
    if not several:
        text = f"{metric}: the spread is not shown, because no configuration has two seeds."
        return [mean, Words(text)]
    spread = Figure(
        f"map {metric} spread {name}",
        f"{name}: standard deviation of {metric} over seeds: how much chance alone changes the "
        "same configuration. Crosses: a single seed, spread unknown. Hollow: stopped early.",
        _map(
            source,
            several,
            [effect.spread for effect in several],
            single,
            f"spread of {metric}",
            (across, up),
        ),
        half=True,
    )
    return [Words(_instability(source, metric, several)), mean, spread]


def _instability(source: Source, metric: str, several: Sequence[Effect]) -> str:
    """Return sentences on the spread by chance, by settings and of the baseline."""
    spreads = [effect.spread for effect in several]
    least, most = min(spreads), max(spreads)
    text = (
        f"{metric}: of {plural(len(several), 'configuration')} with two seeds or more the spread "
        f"over seeds has the median {np.median(spreads):.3f}, from {least:.3f} to {most:.3f}"
    )
    baseline = source.front.baseline.get(f"{metric}_sd")
    if baseline is not None:
        text += f"; the baseline's is {baseline:.3f}"
    if len(several) > 1:
        between = np.std([effect.mean for effect in several], ddof=1)
        text += f". The means of these configurations differ by {between:.3f} (standard deviation)"
    return text + "."


def _map(
    source: Source,
    coloured: Sequence[Effect],
    values: Sequence[float],
    unknown: Sequence[Effect],
    title: str,
    keys: tuple[str, str],
) -> go.Figure:
    domains = source.sweep.space.search
    figure = go.Figure(layout={"height": 440, "hovermode": "closest"})
    if unknown:
        line = {"color": TRIAL_COLOUR, "width": 1.5}
        crosses = {"symbol": "x-thin", "size": 7, "line": line}
        figure.add_trace(_marks(source, unknown, keys, crosses))
    for stopped in (True, False):
        chosen = [
            (effect, v)
            for effect, v in zip(coloured, values, strict=True)
            if effect.stopped == stopped
        ]
        group = [effect for effect, _ in chosen]
        marker = _marker(group, [value for _, value in chosen], stopped)
        figure.add_trace(_marks(source, group, keys, marker))
    figure.update_layout(
        xaxis={"title": {"text": html.escape(keys[0])}, **plotly_axis(domains[keys[0]])},
        yaxis={"title": {"text": html.escape(keys[1])}, **plotly_axis(domains[keys[1]])},
        coloraxis={**_range(values), "colorscale": SCALE, "colorbar": _bar(title)},
    )
    return figure


def _marks(
    source: Source, group: Sequence[Effect], keys: tuple[str, str], marker: dict[str, object]
) -> go.Scatter:
    """Return a trace of configurations at their values."""
    domains = source.sweep.space.search
    across, up = (
        [shown(effect.configuration.values[key], domains[key]) for effect in group] for key in keys
    )
    return go.Scatter(
        x=across,
        y=up,
        mode="markers",
        marker=marker,
        hovertext=[effect.hover for effect in group],
        hoverinfo="text",
        showlegend=False,
    )


def _marker(group: Sequence[Effect], values: Sequence[float], stopped: bool) -> dict[str, object]:
    """Return a marker filled with the value's colour; of configurations stopped early, a ring."""
    size = [8 + 3 * min(len(effect.lanes) - 1, 4) ** 0.5 for effect in group]
    marker: dict[str, object] = {"size": size, "color": list(values), "coloraxis": "coloraxis"}
    if stopped:
        return {**marker, "symbol": "circle-open", "line": {"width": 2.5}, "opacity": 1}
    return {**marker, "symbol": "circle", "opacity": 1}


def _range(values: Sequence[float]) -> dict[str, float]:
    """Return the range of the colours, which plotly would widen for a trace of a single value."""
    low, high = min(values), max(values)
    return {"cmin": low, "cmax": high if high > low else low + 1e-3}


def _bar(title: str) -> dict[str, object]:
    """Return a colour bar above the map, where a phone has room for it."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1.02,
        "yanchor": "bottom",
        "thickness": 10,
        "outlinewidth": 0,
        "title": {"text": title, "side": "top"},
    }
