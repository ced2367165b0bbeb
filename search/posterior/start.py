"""Start of a search: what is trained before the posterior decides."""

from collections.abc import Sequence

START = 6  # configurations from a Sobol sequence
REPLICATED = 2  # of them that get a second seed


def replicated_first(seeds: Sequence[int]) -> int | None:
    """Return the configuration that gets a second seed before the posterior decides.

    Seeds of a method may move its metrics several times as far as the baseline's seeds do, which
    no configuration with a single seed can tell.

    Args:
        seeds: number of seeds of each configuration, the oldest first, those that run included.

    Returns:
        None if enough have a second seed, or before all of the first configurations have one.
    """
    if len(seeds) < START or sum(count > 1 for count in seeds) >= REPLICATED:
        return None
    return next((row for row, count in enumerate(seeds) if count == 1), None)
