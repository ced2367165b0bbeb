"""Configurations that the posterior of a long search is of."""

from collections.abc import Sequence

import numpy as np

from search.front.candidates import candidates_of
from search.front.configurations import Configuration
from search.front.floors import Bounds
from search.posterior.lanes import Integers
from search.posterior.posterior import MOST_LANES

FIELD = 2 * MOST_LANES  # lanes of the configurations that a posterior is of


def field(
    trained: Sequence[Configuration], objectives: Sequence[str], floors: Bounds
) -> Integers | None:
    """Return the rows of the configurations that a posterior is of; None for all.

    All while they have up to 1,500 lanes. Then the newest that have half as many, those that run,
    and of the others those whose means are least behind the front, by the additive epsilon
    indicator of Zitzler et al. 2003: the greatest difference from a member in any objective, in
    standard deviations over all candidates. Without this approximation time and memory would grow
    with the square of the number of lanes.

    Args:
        trained: configurations of a sweep.
        objectives: metric names.
        floors: metric and least value of each floor.
    """
    lanes = np.array([len(c.seeds) if c.ended else 0 for c in trained], dtype=np.int64)
    if lanes.sum() <= FIELD:
        return None
    newest = np.cumsum(lanes[::-1])[::-1] <= MOST_LANES
    kept = newest | np.array([c.state == "running" for c in trained])
    candidates = candidates_of(trained, objectives, floors)
    means = candidates.means()
    scaled = means / (means.std(axis=0) + np.finfo(np.float64).tiny)
    behind = np.full(len(trained), np.inf)
    distance = np.full(len(means), np.inf)
    for member in scaled[candidates.on_front]:
        distance = np.minimum(distance, (scaled - member).max(axis=1))
    np.minimum.at(behind, candidates.owners, distance)
    order = np.argsort(behind, kind="stable")
    order = order[~kept[order] & np.isfinite(behind[order])]
    left = FIELD - int(lanes[kept].sum())
    kept[order[np.cumsum(lanes[order]) <= left]] = True
    return np.flatnonzero(kept)
