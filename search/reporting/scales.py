"""Axes of searched values: positions of values, and ticks."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from search.presentation.wording import number
from search.space.values import Value

MOST_TICKS = 6


@dataclass(frozen=True)
class Scale:
    """Axis from 0 to 1.

    Attributes:
        low: value at 0, or its logarithm on a logarithmic axis.
        high: value at 1, or its logarithm on a logarithmic axis.
        log: whether the axis is logarithmic.
        choices: values at equal distances; empty for an axis of numbers.
        ticks: positions and texts of the ticks.
    """

    low: float
    high: float
    log: bool
    choices: tuple[Value, ...]
    ticks: tuple[tuple[float, str], ...]

    def position(self, value: Value) -> float:
        """Return the position of a value, in [0, 1] between the ends."""
        if self.choices:
            return _share(self.choices.index(value), len(self.choices))
        scaled = math.log10(float(value)) if self.log else float(value)
        return (scaled - self.low) / (self.high - self.low)


def _share(index: int, count: int) -> float:
    return index / (count - 1) if count > 1 else 0.5


def scale_of(domain: BaseDistribution) -> Scale:
    """Return the axis of a searched value."""
    if isinstance(domain, CategoricalDistribution):
        choices: tuple[Value, ...] = tuple(domain.choices)  # type: ignore[arg-type]
        ticks = tuple((_share(i, len(choices)), str(choice)) for i, choice in enumerate(choices))
        return Scale(0.0, 1.0, False, choices, ticks)
    assert isinstance(domain, FloatDistribution | IntDistribution)
    return _numbers(domain.low, domain.high, domain.log, isinstance(domain, IntDistribution))


def scale_of_numbers(values: Sequence[float]) -> Scale:
    """Return a linear axis from the least to the largest of these numbers."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return _numbers(low, high, False)


def _numbers(low: float, high: float, log: bool, whole: bool = False) -> Scale:
    ends = (math.log10(low), math.log10(high)) if log else (low, high)
    ticks = _decades(low, high) if log else _round(low, high, whole)
    scale = Scale(*ends, log, (), ())
    return Scale(*ends, log, (), tuple((scale.position(tick), number(tick)) for tick in ticks))


def _decades(low: float, high: float) -> list[float]:
    """Return powers of ten in a range; its ends if there are fewer than two."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    powers = list(range(first, last + 1, max(1, math.ceil((last - first + 1) / MOST_TICKS))))
    return [10.0**power for power in powers] if len(powers) > 1 else [low, high]


def _round(low: float, high: float, whole: bool) -> list[float]:
    """Return three to six round numbers in a range, or whole numbers."""
    rough = (high - low) / (MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough - 1e-12)
    step = max(1.0, step) if whole else step
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [float(np.round((first + at) * step, 12)) for at in range(count)]


def plotly_axis(domain: BaseDistribution) -> dict[str, Any]:
    """Return the axis of a searched value for plotly, with a margin for markers."""
    if isinstance(domain, CategoricalDistribution):
        names = [html.escape(str(choice)) for choice in domain.choices]
        return {"type": "category", "categoryorder": "array", "categoryarray": names}
    assert isinstance(domain, FloatDistribution | IntDistribution)
    low, high = (math.log10(e) if domain.log else e for e in (domain.low, domain.high))
    margin = 0.04 * (high - low)
    axis: dict[str, Any] = {"range": [low - margin, high + margin]}
    if domain.log:
        ticks = _decades(domain.low, domain.high)
        text = [number(tick) for tick in ticks]
        return {**axis, "type": "log", "tickvals": ticks, "ticktext": text}
    if isinstance(domain, IntDistribution):
        ticks = _round(domain.low, domain.high, whole=True)
        return {**axis, "type": "linear", "tickvals": ticks}
    return {**axis, "type": "linear"}


def shown(value: Value, domain: BaseDistribution) -> Value:
    """Return a value for plotly's axis; a choice is its name with markup escaped."""
    return html.escape(str(value)) if isinstance(domain, CategoricalDistribution) else value
