"""Resamples with replacement, in which units are drawn more than once."""

import numpy as np

from fairser_core.metrics.resampling import Draws, Indices


def draw_units(unit: Indices, draws: int, rng: np.random.Generator) -> Draws:
    """Draw as many units as there are with replacement, many times.

    Args:
        unit: unit of each row, numbered from 0 (row,).
        draws: number of resamples.
        rng: source of the chance.
    """
    units = int(unit.max()) + 1
    counts = np.empty((draws, units))
    for draw in range(draws):
        counts[draw] = np.bincount(rng.integers(0, units, units), minlength=units)
    return Draws(counts, unit)
