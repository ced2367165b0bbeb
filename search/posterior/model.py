"""Posterior of one metric of lanes that stand."""

from dataclasses import dataclass

import numpy as np

from search.posterior.curves import Scale
from search.posterior.kernel import Hyper, Lattice
from search.posterior.lanes import Booleans, Floats, Integers, Lanes
from search.posterior.process import Prior, Process, Regions, fitted

GROWTH = 1.15  # of the number of lanes between two fits
MOST = 128  # lanes that a fit is of; of more, as many evenly spaced ones
BASELINE_SEEDS = 3  # least number from which the noise's prior takes the baseline's spread
NOISE = 0.3  # prior median of the variance over seeds where there is no such baseline


def fit_size(count: int) -> int:
    """Return the number of first lanes that hyper-parameters are fitted to.

    All up to six, then as many as at the last step of 15 %. The steps depend on the number alone,
    so that the same log always has the same fits.
    """
    size = 1
    while max(size + 1, int(size * GROWTH)) <= count:
        size = max(size + 1, int(size * GROWTH))
    return min(size, count)


@dataclass(frozen=True)
class Fit:
    """What is fitted to the first lanes of a search, and holds until the next fit.

    Attributes:
        scale: scale of the metric.
        hyper: hyper-parameters.
        regions: variance over seeds by region.
    """

    scale: Scale
    hyper: Hyper
    regions: Regions


def noise_prior(scale: Scale, baseline: Floats) -> float:
    """Return the prior median of the variance over seeds, as a share of that between neighbours.

    Args:
        scale: scale of the metric.
        baseline: costs of the baseline's lanes (seed, epoch).
    """
    if len(baseline) < BASELINE_SEEDS:
        return NOISE
    deviations = scale.deviations(baseline)
    within = float((deviations[len(deviations) // 4 :] ** 2).mean())
    return within / max(1 - within, 0.1)


def fit(lanes: Lanes, known: Booleans, metric: int, limit: float, baseline: Floats) -> Fit:
    """Fit scale, hyper-parameters and regions of one metric to lanes.

    Args:
        lanes: lanes.
        known: whether a lane stands and its epoch counts (lane, epoch).
        metric: column of the metric.
        limit: worst cost that counts.
        baseline: costs of the baseline's lanes (seed, epoch).
    """
    costs = lanes.costs[..., metric]
    scale = Scale.of(costs, known, limit)
    z = scale.standard(costs, known)
    prior = Prior.of(lanes.places.shape[1], noise_prior(scale, baseline))
    late = slice(z.shape[1] // 4, None)
    hyper, regions = fitted(lanes, z[:, late], known[:, late], prior)
    return Fit(scale, hyper, regions)


@dataclass(frozen=True)
class Prediction:
    """Means over endless standing seeds of one metric at places.

    Attributes:
        mean: posterior mean (place, epoch).
        sd: posterior standard deviation (place, epoch).
        step: standard deviation by which one more lane would move the mean (place, epoch).
    """

    mean: Floats
    sd: Floats
    step: Floats


class Model:
    """Fit of one metric, conditioned on all lanes."""

    def __init__(self, of: Fit, lanes: Lanes, known: Booleans, metric: int) -> None:
        """Condition on lanes.

        Args:
            of: fit.
            lanes: lanes.
            known: whether a lane stands and its epoch counts (lane, epoch).
            metric: column of the metric.
        """
        self._fit = of
        z = of.scale.standard(lanes.costs[..., metric], known)
        lattice = Lattice.of(lanes.at, lanes.owners, lanes.seeds)
        self._process = Process(lattice, z, known, of.hyper, of.regions.scatter(lanes.at))
        self._unit = of.scale.spread * np.sqrt(self._process.variance)

    def predict(self, places: Floats, owners: Integers) -> Prediction:
        """Return the prediction at places.

        Args:
            places: points (place, dimension).
            owners: configuration of each point; -1 for a new one (place,).
        """
        process, scale = self._process, self._fit.scale
        across = process.across(places, owners)
        share = process.share(across)
        noise = process.hyper.noise * self._fit.regions.scatter(places)
        return Prediction(
            mean=scale.centre + scale.spread * process.mean(across),
            sd=np.sqrt(share)[:, None] * self._unit,
            step=(share / np.sqrt(share + noise))[:, None] * self._unit,
        )

    def joint(self, places: Floats, owners: Integers) -> tuple[Floats, Floats]:
        """Return the posterior covariance of places (place, place), and its root's unit (epoch,).

        Args:
            places: points (place, dimension).
            owners: configuration of each point, >= 0 (place,).
        """
        hyper = self._process.hyper
        prior = Lattice.of(places, owners, np.arange(len(owners)))
        roots = self._process.roots(self._process.across(places, owners))
        near, _ = prior.near(hyper)
        return 1 + near + hyper.own * prior.same - roots.T @ roots, self._unit
