"""Bootstrap intervals of metrics over utterances."""

from collections.abc import Callable, Mapping

import numpy as np

from fairser_core.metrics.resampling import Draws, Indices, Values, draw_units, percentiles

Interval = tuple[float, float]

RESAMPLES = 1000


def intervals(
    measure: Callable[[Draws], Mapping[str, Values]],
    owner: Indices,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval | None]:
    """Return 95 % percentile bootstrap intervals of metrics (Efron 1979) over utterances.

    Utterances are drawn with replacement, each with all of its rows. Utterances of one speaker
    count as independent although they are not, so the intervals are somewhat too narrow.

    Args:
        measure: function that returns metrics (draw,) of resamples; NaN where undefined.
        owner: utterance of each row, numbered from 0 (row,).
        resamples: number of resamples.
        seed: seed of the draws.

    Returns:
        Low and high end of each metric; None where it is undefined in more than 5 % of the draws.
    """
    draws = draw_units(owner, resamples, np.random.default_rng(seed))
    return {name: percentiles(np.asarray(values)) for name, values in measure(draws).items()}
