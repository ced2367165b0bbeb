"""Posterior of one metric of lanes that stand."""

import hashlib
from dataclasses import dataclass

import numpy as np

from search.posterior.curves import Scale
from search.posterior.fitting import Prior, fitted
from search.posterior.kernel import Hyper, Lattice
from search.posterior.lanes import Booleans, Floats, Goal, Integers, Lanes
from search.posterior.process import Process, Regions
from search.posterior.threads import one_thread

GROWTH = 1.15  # of the number of lanes between two fits
MOST = 128  # lanes that a fit is of; of more, as many evenly spaced ones
MOST_PAIRS = 4  # of draws of the hyper-parameters
MOST_WORK = 512  # lanes times draws, beyond which there are fewer draws
JITTER = 1e-9  # on the diagonal of a covariance, whose least eigenvalues may round below zero
BASELINE_SEEDS = 3  # least number from which the noise's prior takes the baseline's spread
UNSTABLE = 2.0  # prior median of a method's variance over seeds, as a multiple of the baseline's
LEAST_NOISE = 0.01  # prior median, of a baseline whose seeds are all alike
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


def draw_pairs(count: int) -> int:
    """Return the pairs of draws of the hyper-parameters for so many lanes.

    The more lanes, the better they tell the hyper-parameters, and the dearer is each draw.
    """
    return min(MOST_PAIRS, MOST_WORK // (2 * count))


@dataclass(frozen=True)
class Fit:
    """Scale, hyper-parameters and regions fitted to the first lanes; they hold until the next fit.

    Attributes:
        scale: scale of the metric.
        hypers: draws of the hyper-parameters.
        regions: variance over seeds by region.
    """

    scale: Scale
    hypers: list[Hyper]
    regions: Regions


def noise_prior(scale: Scale, baseline: Floats, repeatable: bool) -> float:
    """Return the prior median of the variance over seeds, as a share of that between neighbours.

    Twice the baseline's: seeds of an unstable method scatter more than the baseline's, hardly ever
    less.

    Args:
        scale: scale of the metric.
        baseline: costs of the baseline's lanes (seed, epoch).
        repeatable: whether a configuration can have a second seed. If not, and without a baseline,
            its value is taken as it is, unless neighbours show otherwise.
    """
    if len(baseline) < BASELINE_SEEDS:
        return NOISE if repeatable else LEAST_NOISE
    deviations = scale.deviations(baseline)
    within = float((deviations[len(deviations) // 4 :] ** 2).mean())
    return max(UNSTABLE * within / max(1 - within, 0.1), LEAST_NOISE)


@one_thread()
def fit(lanes: Lanes, known: Booleans, metric: int, goal: Goal, pairs: int) -> Fit:
    """Fit scale, hyper-parameters and regions of one metric to lanes.

    Args:
        lanes: lanes.
        known: whether a lane stands and its epoch counts (lane, epoch).
        metric: column of the metric.
        goal: goal of the search.
        pairs: pairs of draws of the hyper-parameters.
    """
    costs, baseline = lanes.costs[..., metric], goal.baseline[..., metric]
    scale = Scale.of(costs, known, float(goal.limits[metric]))
    z = scale.standard(costs, known)
    noise = noise_prior(scale, baseline, goal.repeatable)
    prior = Prior.of(lanes.places.shape[1], noise)
    late = slice(z.shape[1] // 4, None)
    hypers, regions = fitted(lanes, z[:, late], known[:, late], prior, pairs)
    return Fit(scale, hypers, regions)


class Fits:
    """Fits of a search by what they were made of, so that none is made twice."""

    def __init__(self) -> None:
        """Begin without fits."""
        self._made: dict[bytes, tuple[Fit, ...]] = {}

    def of(self, lanes: Lanes, known: Booleans, goal: Goal) -> tuple[Fit, ...]:
        """Return a fit per metric, to the first lanes.

        Args:
            lanes: lanes that stand.
            known: whether a lane stands and its epoch counts (lane, epoch).
            goal: goal of the search.
        """
        size = fit_size(len(lanes))
        rows = np.unique(np.linspace(0, size - 1, min(size, MOST)).round().astype(np.int64))
        some, shown = lanes.take(rows), known[rows]
        key = hashlib.sha256(b"".join(a.tobytes() for a in (some.costs, some.at, shown))).digest()
        pairs = draw_pairs(size)
        if key not in self._made:
            self._made[key] = tuple(
                fit(some, shown, m, goal, pairs) for m in range(len(goal.metrics))
            )
        return self._made[key]


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
    """Fit of one metric, conditioned on all lanes: a mixture over draws of its hyper-parameters."""

    def __init__(
        self, of: Fit, lattice: Lattice, lanes: Lanes, known: Booleans, metric: int
    ) -> None:
        """Condition on lanes.

        Args:
            of: fit.
            lattice: lattice of the lanes.
            lanes: lanes.
            known: whether a lane stands and its epoch counts (lane, epoch).
            metric: column of the metric.
        """
        self._fit = of
        z = of.scale.standard(lanes.costs[..., metric], known)
        scatter = of.regions.scatter(lanes.at)
        self._processes = [Process(lattice, z, known, hyper, scatter) for hyper in of.hypers]

    def _unit(self, process: Process) -> Floats:
        """Return the root of a process' variance, in the metric's unit (epoch,)."""
        return np.asarray(self._fit.scale.spread * np.sqrt(process.variance))

    def predict(self, places: Floats, owners: Integers) -> Prediction:
        """Return the prediction at places.

        Args:
            places: points (place, dimension).
            owners: configuration of each point; -1 for a new one (place,).
        """
        scale, relative = self._fit.scale, self._fit.regions.scatter(places)
        means, variances, noises = [], [], []
        for process in self._processes:
            across, unit = process.across(places, owners), self._unit(process)
            means.append(scale.centre + scale.spread * process.mean(across))
            variances.append(process.share(across)[:, None] * unit**2)
            noises.append((process.hyper.noise * relative)[:, None] * unit**2)
        variance = np.mean(variances, axis=0) + np.var(means, axis=0)
        return Prediction(
            mean=np.mean(means, axis=0),
            sd=np.sqrt(variance),
            step=variance / np.sqrt(variance + np.mean(noises, axis=0)),
        )

    def draws(self, places: Floats, owners: Integers, normal: Floats) -> Floats:
        """Return joint draws of the means over endless standing seeds.

        Draws are of the processes in turn.

        Args:
            places: points (place, dimension).
            owners: configuration of each point, >= 0 (place,).
            normal: standard normal draws (draw, epoch, place).

        Returns:
            Shape (draw, place, epoch).
        """
        result = np.empty((len(normal), len(places), normal.shape[1]))
        prior, scale = Lattice.of(places, owners, np.arange(len(owners))), self._fit.scale
        for number, process in enumerate(self._processes):
            rows = slice(number, None, len(self._processes))
            across, unit = process.across(places, owners), self._unit(process)
            roots, (near, _) = process.roots(across), prior.near(process.hyper)
            covariance = 1 + near + process.hyper.own * prior.same - roots.T @ roots
            root = np.linalg.cholesky(covariance + JITTER * np.eye(len(places)))
            mean = scale.centre + scale.spread * process.mean(across)
            moves = normal[rows] @ root.T * unit[:, None]
            result[rows] = mean + moves.transpose(0, 2, 1)
        return result
