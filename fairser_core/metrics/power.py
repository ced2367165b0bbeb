"""Power: the smallest difference between two systems that their paired interval shows.

Both systems are tested on the same speakers, with K seeds each. The error of the difference in a
metric follows from that of one system (see `intervals`), with the correlation ρ of the two systems'
errors over speakers. Its parts are the groups' and the seeds':

    σ² = Σ_i σ_i²      σ_g² = 2 (1 - ρ) V_g      σ_seeds² = 2 s² / K

V_g is the jackknife variance over the speakers of group g, s the standard deviation over seeds. An
interval is made of estimates of these parts, σ_i² χ²_i / n_i with n_i the number of speakers or of
seeds less 1, and so are its degrees of freedom. A difference δ is shown where it is as far from 0
as the interval reaches, with the probability

    E [Φ((δ - t_.975(df) se) / σ) + Φ((-δ - t_.975(df) se) / σ)]

    se² = Σ_i σ_i² χ²_i / n_i        df = se⁴ / Σ_i (σ_i² χ²_i / n_i)² / f_i

Degrees of freedom f_i are those of `intervals`, of a group what the kurtosis of normal values
leaves on average. The expectation matters where speakers or seeds are few. An interval with the
true σ and df would show (t_.975(df) + t_.8(df)) σ (Bloom 1995) in 80 % of the tests, one of
estimates in as few as 74 %: of three seeds the estimated df lies anywhere between 2 and those of
the speakers.
"""

from collections.abc import Sequence

import numpy as np

from fairser_core.metrics.intervals import LEVEL, usual_freedom

POWER = 0.8
CORRELATION = 0.85
"""ρ between two systems, for which the same speakers are hard: .75 to .99 of trained ones, .72
to .88 of simulated ones (`benchmarks/README.md`)."""
DRAWS = 4000
"""Draws of the estimated parts; they are always the same."""
FARTHEST = 100.0
"""Standard errors within which the difference lies: with two seeds it is at about 20."""


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
    from scipy import optimize, stats  # half a second to import, which a search need not take

    counts = np.array([*sizes, seeds]) - 1
    # Fewer than four speakers have no kurtosis, and no interval.
    of_groups = [usual_freedom(size) if size > 3 else size - 1 for size in sizes]
    freedoms = np.array([*of_groups, seeds - 1])
    sigma = float(np.sqrt(parts.sum()))
    drawn = np.random.default_rng(0).chisquare(counts, (DRAWS, len(counts)))
    estimates = parts * drawn / counts
    freedom = estimates.sum(axis=1) ** 2 / (estimates**2 / freedoms).sum(axis=1)
    reach = stats.t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(estimates.sum(axis=1)) / sigma

    def excess(distance: float) -> float:
        shown = stats.norm.cdf(distance - reach) + stats.norm.cdf(-distance - reach)
        return float(shown.mean()) - POWER

    return sigma * float(optimize.brentq(excess, 0.0, FARTHEST, xtol=1e-6))
