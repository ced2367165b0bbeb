"""Power: the smallest difference between two systems that their paired interval shows.

Both systems are tested on the same speakers, with K seeds each. The error of the difference in a
metric follows from that of one system (see `intervals`), with the correlation ρ of the two systems'
errors over speakers:

    se² = 2 (1 - ρ) Σ_g V_g + 2 s² / K        df = se⁴ / Σ_i (part_i² / df_i)

V_g is the jackknife variance over the speakers of group g, s the standard deviation over seeds; the
degrees of freedom are those of Welch and Satterthwaite, df_i of a group what the kurtosis of normal
values leaves on average (see `intervals.usual_freedom`). A difference of

    δ = (t_.975(df) + t_.8(df)) se

has a 95 % interval without 0 in 80 % of the tests (minimum detectable effect, Bloom 1995).
"""

from collections.abc import Sequence

import numpy as np

from fairser_core.metrics.intervals import LEVEL, usual_freedom

POWER = 0.8
CORRELATION = 0.85
"""ρ between two systems, for which the same speakers are hard: .75 to .99 of trained ones, .72
to .88 of simulated ones (`benchmarks/README.md`)."""


def smallest_difference(
    variances: Sequence[float],
    sizes: Sequence[int],
    seed_sd: float,
    seeds: int,
    correlation: float = CORRELATION,
) -> float:
    """Return the smallest true difference that is shown with a power of 80 %.

    Args:
        variances: variance over the speakers of each group of one system's metric (group,).
        sizes: number of speakers of each group (group,).
        seed_sd: standard deviation over seeds of one system's metric.
        seeds: number of seeds of each system.
        correlation: correlation of the two systems' errors over speakers.

    Returns:
        In the unit of the metric. NaN with a single seed, with a group of a single speaker, or
        where a variance is undefined.
    """
    parts = np.array([2 * (1 - correlation) * v for v in variances] + [2 * seed_sd**2 / seeds])
    if min(*sizes, seeds) < 2 or not np.isfinite(parts).all():
        return float("nan")
    if not parts.any():
        return 0.0
    from scipy import stats  # half a second to import, which a search need not take

    # Fewer than four speakers have no kurtosis, and no interval.
    of_groups = [usual_freedom(size) if size > 3 else size - 1 for size in sizes]
    freedoms = np.array([*of_groups, seeds - 1])
    freedom = parts.sum() ** 2 / (parts**2 / freedoms).sum()
    reach = stats.t.ppf((1 + LEVEL) / 2, freedom) + stats.t.ppf(POWER, freedom)
    return float(reach * np.sqrt(parts.sum()))
