"""How much metrics might differ had other utterances been heard."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.resampling import percentiles

Rows = NDArray[np.int64]
Interval = tuple[float, float]

RESAMPLES = 1000


def intervals(
    measure: Callable[[Rows], dict[str, float]],
    owner: Rows,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval | None]:
    """95 % percentile bootstrap intervals of metrics (Efron 1979) over utterances.

    Utterances are drawn with replacement, each with all of its rows. Those of one speaker are taken
    as independent, which they are not: the intervals are rather too narrow.

    Args:
        measure: metrics of rows, which may repeat; NaN where undefined.
        owner: utterance of each row, numbered from 0 (row,).
        resamples: how often all are drawn.
        seed: of the draws.

    Returns:
        Low and high end of each metric; None where it is undefined in more than 5 % of the draws.
    """
    rng = np.random.default_rng(seed)
    count = int(owner.max()) + 1
    rows = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
    drawn: dict[str, list[float]] = {}
    for _ in range(resamples):
        chosen = np.concatenate([rows[u] for u in rng.integers(count, size=count)])
        for name, value in measure(chosen).items():
            drawn.setdefault(name, []).append(value)
    return {name: percentiles(np.array(values)) for name, values in drawn.items()}
