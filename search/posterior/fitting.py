"""Fit of a process: hyper-parameters that lanes make likely, and the noise of regions."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize
from scipy.stats import norm, qmc

from search.posterior.kernel import Hyper, Lattice
from search.posterior.lanes import Booleans, Floats, Lanes
from search.posterior.process import PRIOR_SIZE, Process, Regions

LENGTH, OWN, SHARED = 0.5, 0.05, 0.2  # medians of the hyper-parameters' log-normal priors
FEW = 2  # dimensions up to which the length's median stays
LENGTH_SD, OWN_SD, SHARED_SD = 0.7, 1.0, 0.7  # in log
NOISE_SD, NOISE_SD_ABOVE = 0.7, 1.5  # in log, of less noise than the prior median and of more
RANGES = {"length": (0.03, 10.0), "own": (1e-4, 3.0), "shared": (1e-3, 0.9), "noise": (3e-3, 30.0)}
STEP = 1e-3  # in log, of differences of the gradient
LEAST_CURVATURE = 0.5  # so that no draw is farther out than the priors have it
ROUNDS = 2  # hyper-parameters and regions in turn


@dataclass(frozen=True)
class Prior:
    """Prior of the logarithms of hyper-parameters: half a normal on either side (parameter,).

    Attributes:
        median: medians, where the halves meet.
        below: standard deviations of the lower halves.
        above: standard deviations of the upper halves.
    """

    median: Floats
    below: Floats
    above: Floats

    @classmethod
    def of(cls, dimensions: int, noise: float) -> "Prior":
        """Return the prior.

        Lengths grow with the root of the dimensions, as distances do, so that many values are not
        taken to have no neighbours (Hvarfner et al. 2024).

        Args:
            dimensions: dimensions of the unit cube.
            noise: median of the variance over seeds, as a share of that between neighbours.
        """
        length = LENGTH * max(1.0, dimensions / FEW) ** 0.5
        means = [*[length] * dimensions, OWN, SHARED, noise]
        sds = [*[LENGTH_SD] * dimensions, OWN_SD, SHARED_SD]
        return cls(np.log(means), np.array([*sds, NOISE_SD]), np.array([*sds, NOISE_SD_ABOVE]))

    def steps(self, logs: Floats) -> tuple[Floats, Floats]:
        """Return standardised distances from the medians, and the deviations that apply."""
        sd = np.where(logs > self.median, self.above, self.below)
        return (logs - self.median) / sd, sd

    def bounds(self) -> list[tuple[float, float]]:
        """Return the least and greatest logarithm of each parameter."""
        names = ["length"] * (len(self.median) - 3) + ["own", "shared", "noise"]
        return [(float(np.log(RANGES[n][0])), float(np.log(RANGES[n][1]))) for n in names]


def negative_log_posterior(
    logs: Floats, lattice: Lattice, z: Floats, scatter: Floats, prior: Prior
) -> tuple[float, Floats]:
    """Return the negative log posterior density of hyper-parameters, and its gradient.

    log p = mean_e [-(n + 2) / 2 log((q_e + 2) / (n + 2))] - log|A| / 2 + log prior, with
    q_e = z_e' A^-1 z_e.
    The process' variance is integrated out, and all epochs together count as one, for they are
    nearly the same data.

    Args:
        logs: logarithms of the hyper-parameters (parameter,).
        lattice: lanes.
        z: standardised costs (lane, epoch).
        scatter: relative variance over seeds (lane,).
        prior: prior of the logarithms.
    """
    hyper, n = Hyper.of(logs), len(z)
    near, slope = lattice.near(hyper)
    root = np.sqrt(scatter)
    pairs = hyper.noise * root[:, None] * root
    luck = hyper.shared * pairs * lattice.mates
    covariance = 1 + near + hyper.own * lattice.same + luck * near
    covariance[np.diag_indices(n)] += hyper.noise * scatter
    factor = cholesky(covariance, lower=True, check_finite=False)
    inverse = cho_solve((factor, True), np.eye(n), check_finite=False)
    solved = inverse @ z
    q = (z * solved).sum(axis=0)
    size = n + PRIOR_SIZE
    likelihood = -size / 2 * np.log((q + PRIOR_SIZE) / size).mean()
    likelihood -= np.log(np.diag(factor)).sum()
    steps, sd = prior.steps(logs)
    # dJ = sum(M * dA) / 2 for each parameter's dA
    m = size / z.shape[1] * (solved / (q + PRIOR_SIZE)) @ solved.T - inverse
    weighted = m * slope * (1 + luck)
    lengths = np.tensordot(lattice.apart, weighted, axes=2) * hyper.lengths**-2
    own = hyper.own * (m * lattice.same).sum()
    shared = (m * luck * near).sum()
    noise = shared + hyper.noise * (np.diag(m) * scatter).sum()
    gradient = 0.5 * np.array([*lengths, own, shared, noise]) - steps / sd
    return -(likelihood - (steps**2).sum() / 2), -gradient


def most_likely(
    lattice: Lattice, z: Floats, scatter: Floats, prior: Prior, start: Floats
) -> Floats:
    """Return the logarithms of the hyper-parameters of greatest posterior density (parameter,)."""
    result = minimize(
        negative_log_posterior,
        start,
        args=(lattice, z, scatter, prior),
        jac=True,
        method="L-BFGS-B",
        bounds=prior.bounds(),
        options={"maxiter": 25, "ftol": 1e-5},
    )
    return np.asarray(result.x)


def likely_draws(
    lattice: Lattice, z: Floats, scatter: Floats, prior: Prior, best: Floats, pairs: int
) -> list[Hyper]:
    """Return draws from the posterior of the hyper-parameters, by Laplace's approximation.

    Few lanes tell length scales from noise badly, and the most likely values alone are too sure.
    The draws are fixed normal ones, in pairs of opposite sign around the most likely values.

    Args:
        lattice: lanes.
        z: standardised costs (lane, epoch).
        scatter: relative variance over seeds (lane,).
        prior: prior of the logarithms.
        best: logarithms of the most likely values (parameter,).
        pairs: number of pairs; 0 for the most likely values alone.
    """
    if not pairs:
        return [Hyper.of(best)]
    _, at_best = negative_log_posterior(best, lattice, z, scatter, prior)
    rows = [
        negative_log_posterior(best + step, lattice, z, scatter, prior)[1] - at_best
        for step in STEP * np.eye(len(best))
    ]
    curvature = np.stack(rows) / STEP
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    root = vectors / np.sqrt(np.maximum(values, LEAST_CURVATURE))
    points = qmc.Halton(len(best), scramble=False).random(pairs + 1)[1:]
    moves = norm.ppf(points) @ root.T
    low, high = np.array(prior.bounds()).T
    return [Hyper.of(np.clip(best + move, low, high)) for move in (*moves, *-moves)]


def fitted(
    lanes: Lanes, z: Floats, known: Booleans, prior: Prior, pairs: int = 0
) -> tuple[list[Hyper], Regions]:
    """Return hyper-parameters of lanes, and their regions.

    Args:
        lanes: lanes.
        z: standardised costs (lane, epoch).
        known: which of them were measured (lane, epoch).
        prior: prior of the hyper-parameters' logarithms.
        pairs: pairs of draws of the hyper-parameters; 0 for the most likely ones alone.
    """
    lattice = Lattice.of(lanes.at, lanes.owners, lanes.seeds)
    scatter, logs = np.ones(len(lanes)), prior.median
    for _ in range(ROUNDS):
        filled = Process(lattice, z, known, Hyper.of(logs), scatter).filled
        logs = most_likely(lattice, filled, scatter, prior, logs)
        process = Process(lattice, z, known, Hyper.of(logs), scatter)
        regions = process.regions()
        scatter = regions.scatter(lanes.at)
    return likely_draws(lattice, process.filled, scatter, prior, logs, pairs), regions
