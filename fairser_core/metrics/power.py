"""Power: the smallest difference between two systems that their paired interval shows.

Both systems are tested on the same speakers, with K seeds each. The error of the difference in a
metric follows from that of one system (see `intervals`), with the correlation ρ of the two systems'
errors over speakers. Its parts are the groups' and the seeds':

    σ² = Σ_i σ_i²      σ_g² = 2 (1 - ρ) V_g      σ_seeds² = 2 s² / K

V_g is the jackknife variance over the speakers of group g, s the standard deviation over seeds. An
interval is made of estimates of these parts, σ_i² χ²_i / n_i with n_i the number of speakers or of
seeds less 1, and so are its degrees of freedom f of the speakers. A difference δ is shown where it
is as far from 0 as the interval reaches, r, with the probability

    E [Φ((δ - r) / σ) + Φ((-δ - r) / σ)]

    r² = t_.975(f)² Σ_g V̂_g + t_.975(K - 1)² σ̂_seeds²        f = (Σ_g V̂_g)² / Σ_g (V̂_g² / f_g)

r is nearly that of `intervals` (Howe 1974), f_g what the kurtosis of normal values leaves on
average. The expectation matters where speakers or seeds are few: with the true σ, a normal interval
would show 2.80 σ (Bloom 1995).

What speakers and seeds have in common is in V_g already. So it is taken off σ_seeds², and off its
estimate, which is not below 0. ρ is not known before two systems are compared. The more they
differ, the lower it is: of simulated ones that differ by .12 it is .87, by .3 it is .78
(`benchmarks/README.md`).
"""

from collections.abc import Sequence

import numpy as np

from fairser_core.metrics.intervals import reach, usual_freedom

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
    shared: float = 0.0,
) -> float:
    """Return the smallest true difference that is shown with a power of 80 %.

    Args:
        variances: variance over the speakers of each group of one system's metric (group,).
        sizes: number of speakers of each group (group,).
        seed_sd: standard deviation over seeds of one system's metric.
        seeds: number of seeds of each system.
        correlation: correlation of the two systems' errors over speakers.
        shared: variance of one seed that speakers and seeds have in common; see
            `intervals.shared_variance`, which is of a mean over seeds.

    Returns:
        In the unit of the metric. NaN with a single seed, with a group of a single speaker, or
        where a variance is undefined.
    """
    common = 2 * shared / seeds
    alone = max(2 * seed_sd**2 / seeds - common, 0.0)
    parts = np.array([2 * (1 - correlation) * v for v in variances] + [alone])
    if min(*sizes, seeds) < 2 or not np.isfinite(parts).all():
        return float("nan")
    if not parts.any():
        return 0.0
    from scipy import optimize, stats  # half a second to import, which a search need not take

    counts = np.array([*sizes, seeds]) - 1
    # Fewer than four speakers have no kurtosis, and no interval.
    of_groups = [usual_freedom(size) if size > 3 else size - 1 for size in sizes]
    sigma = float(np.sqrt(parts.sum()))
    drawn = np.random.default_rng(0).chisquare(counts, (DRAWS, len(counts)))
    groups = (parts * drawn / counts)[:, :-1]
    of_seeds = np.maximum((alone + common) * drawn[:, -1] / counts[-1] - common, 0.0)
    of_speakers = groups.sum(axis=1)
    with np.errstate(invalid="ignore"):
        satterthwaite = of_speakers**2 / (groups**2 / np.array(of_groups)).sum(axis=1)
    freedom = np.where(of_speakers > 0, satterthwaite, 1.0)
    freedoms = np.stack([freedom, np.full(DRAWS, seeds - 1.0)], axis=-1)
    reached = reach(np.stack([of_speakers, of_seeds], axis=-1), freedoms) / sigma

    def excess(distance: float) -> float:
        shown = stats.norm.cdf(distance - reached) + stats.norm.cdf(-distance - reached)
        return float(shown.mean()) - POWER

    return sigma * float(optimize.brentq(excess, 0.0, FARTHEST, xtol=1e-6))
