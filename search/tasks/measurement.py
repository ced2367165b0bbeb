"""Metrics of a model, as functions of resampled speakers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.metric import Metric
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.metrics.speakers import Speakers

Measure = Callable[[Draws | None], dict[str, Values]]
"""Metrics by name: of the utterances as they are, or one a resample (draw,)."""


@dataclass(frozen=True)
class Measurement:
    """Metrics of a bundle on the validation utterances.

    Attributes:
        measure: metrics by name.
        chance: level by chance of each absolute gap, by name.
        speakers: speakers of the rows.
    """

    measure: Measure
    chance: Mapping[str, float]
    speakers: Speakers


def undefined(metrics: Sequence[Metric[Any]], draws: Draws | None) -> dict[str, Values]:
    """Return NaN for each metric: one, or one a resample (draw,)."""
    values: NDArray[np.float64] = np.full(() if draws is None else len(draws), np.nan)
    return {metric.name: values for metric in metrics}
