"""Start of a search: what comes before the posterior decides alone."""

from collections.abc import Sequence

START = 6  # configurations from a Sobol sequence
EVERY = 5  # lanes, of which one is a second seed at first
REPLICATED = 3  # configurations that then have a second seed


def second_seed_due(seeds: Sequence[int]) -> bool:
    """Return whether the next lane is to be a second seed, whatever new values promise.

    Seeds of a method may move its metrics several times as far as the baseline's seeds do, which
    no configuration with a single seed can tell.

    Args:
        seeds: number of seeds of each configuration, those that run included.
    """
    replicated = sum(count > 1 for count in seeds)
    return len(seeds) >= START and replicated < min(REPLICATED, sum(seeds) // EVERY)
