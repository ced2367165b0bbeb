"""Gaussian process of one metric over configurations, with the seeds' noise by region."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from search.posterior.kernel import Hyper, Lattice, squares
from search.posterior.lanes import Booleans, Floats, Integers

PRIOR_SIZE = 2.0  # lanes' worth of the prior on a process' variance
REGION = 0.15  # radius in the unit cube within which seeds are taken to vary alike
REGION_SIZE = 8.0  # lanes' worth of the prior on a region's variance over seeds
SCATTER = (0.03, 8.0)  # least and greatest relative variance over seeds


@dataclass(frozen=True)
class Regions:
    """Relative variance over seeds by region, pooled from residuals of lanes.

    h(x) = (8 + sum_j w_j g_j u_j) / (8 + sum_j w_j g_j), w_j = exp(-|x - x_j|^2 / (2 .15^2))

    Attributes:
        at: places of the lanes (lane, dimension).
        weights: share of a lane's residual that is its seed's, g (lane,).
        ratios: squared residual over what was expected, u (lane,).
    """

    at: Floats
    weights: Floats
    ratios: Floats

    def scatter(self, places: Floats) -> Floats:
        """Return the relative variance over seeds at places (place,)."""
        nearness = np.exp(-squares(places, self.at) / (2 * REGION**2)) * self.weights
        total = REGION_SIZE + nearness @ self.ratios
        return np.asarray(np.clip(total / (REGION_SIZE + nearness.sum(axis=1)), *SCATTER))


class Process:
    """Process of one metric, conditioned on lanes with given hyper-parameters.

    Attributes:
        hyper: hyper-parameters.
        scatter: relative variance over seeds of each lane (lane,).
        variance: the process' variance at each epoch, tau^2 (epoch,).
    """

    def __init__(
        self, lattice: Lattice, z: Floats, known: Booleans, hyper: Hyper, scatter: Floats
    ) -> None:
        """Condition on lanes.

        Args:
            lattice: lanes.
            z: standardised costs (lane, epoch).
            known: which of them were measured (lane, epoch); the others take their conditional
                means, which leaves predictions as they are without them.
            hyper: hyper-parameters.
            scatter: relative variance over seeds of each lane (lane,).
        """
        self._lattice, self.hyper, self.scatter = lattice, hyper, scatter
        self._factor = cholesky(lattice.covariance(hyper, scatter), lower=True, check_finite=False)
        self.filled = z if known.all() else self._completed(z, known)
        self._solved = cho_solve((self._factor, True), self.filled, check_finite=False)
        q = (self.filled * self._solved).sum(axis=0)
        self.variance = (q + PRIOR_SIZE) / (known.sum(axis=0) + PRIOR_SIZE)

    def _inverse(self) -> Floats:
        identity = np.eye(len(self._factor))
        return np.asarray(cho_solve((self._factor, True), identity, check_finite=False))

    def _completed(self, z: Floats, known: Booleans) -> Floats:
        """Return costs whose missing ones are their means given the others of the epoch.

        With B = A^-1, that is -B_mm^-1 B_mo z_o for the missing m and the others o.
        """
        inverse, filled = self._inverse(), np.where(known, z, 0.0)
        for epoch in np.flatnonzero(~known.all(axis=0)):
            lost = ~known[:, epoch]
            pull = inverse[lost] @ filled[:, epoch]
            filled[lost, epoch] = -np.linalg.solve(inverse[np.ix_(lost, lost)], pull)
        return filled

    def regions(self) -> Regions:
        """Return the regions that the lanes' leave-one-out residuals show."""
        precision = np.diag(self._inverse())
        squared = (self._solved**2 / (precision[:, None] * self.variance)).mean(axis=1)
        share = np.minimum(1.0, self.hyper.noise * self.scatter * precision)
        return Regions(self._lattice.at, share, squared * self.scatter)

    def across(self, places: Floats, owners: Integers) -> Floats:
        """Return the covariance of endless-seed means at places with the lanes (place, lane)."""
        return self._lattice.across(self.hyper, places, owners)

    def mean(self, across: Floats) -> Floats:
        """Return posterior means (place, epoch), standardised."""
        return np.asarray(across @ self._solved)

    def roots(self, across: Floats) -> Floats:
        """Return L^-1 across' (lane, place), whose products are the variance that lanes explain."""
        return np.asarray(solve_triangular(self._factor, across.T, lower=True, check_finite=False))

    def share(self, across: Floats) -> Floats:
        """Return posterior variances as shares of the process' (place,)."""
        prior = 2 + self.hyper.own
        return np.asarray(np.maximum(prior - (self.roots(across) ** 2).sum(axis=0), 1e-9))
