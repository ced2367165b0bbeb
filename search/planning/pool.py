"""Values that compete for being tried next: many of the whole space, some near the front."""

from collections.abc import Mapping, Sequence

import numpy as np
from optuna.distributions import BaseDistribution

from search.space.domains import neighbours
from search.space.values import Value

POOL = 512  # points of a Sobol sequence that compete
NEAR = 128  # points near the front's members that compete with them


def near_members(
    domains: Mapping[str, BaseDistribution],
    members: Sequence[Mapping[str, Value]],
    seed: int,
    number: int,
) -> list[dict[str, Value]]:
    """Return values near those of the front's members.

    Args:
        domains: domain of each searched key.
        members: values of the members.
        seed: seed of the search.
        number: number of the decision; each has draws of its own.
    """
    return neighbours(domains, members, NEAR, np.random.default_rng([seed, number]))
