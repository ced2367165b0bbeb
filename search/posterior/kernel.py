"""Covariance of lanes: what neighbours, a configuration's lanes and lanes of one seed share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.posterior.lanes import Booleans, Floats, Integers


@dataclass(frozen=True)
class Hyper:
    """Hyper-parameters of a process. Variances are shares of that between distant neighbours.

    Attributes:
        lengths: length scale of each dimension (dimension,).
        own: variance of the part that a configuration does not share with its neighbours.
        shared: share of the luck that neighbours trained with the same seed have in common.
        noise: variance over seeds.
    """

    lengths: Floats
    own: float
    shared: float
    noise: float

    @classmethod
    def of(cls, logs: Floats) -> "Hyper":
        """Return hyper-parameters from their logarithms, in the order of the attributes."""
        values = np.exp(logs)
        return cls(values[:-3], float(values[-3]), float(values[-2]), float(values[-1]))


def matern(a: Floats, b: Floats, lengths: Floats) -> Floats:
    """Return the Matern 5/2 correlation of points (a, b), a length scale per dimension.

    Args:
        a: points (a, dimension).
        b: points (b, dimension).
        lengths: length scales (dimension,).
    """
    distance = np.sqrt(squares(a / lengths, b / lengths))
    root = 5**0.5 * distance
    return np.asarray((1 + root + root**2 / 3) * np.exp(-root))


def squares(a: Floats, b: Floats) -> Floats:
    """Return squared Euclidean distances of points (a, b)."""
    total = np.zeros((len(a), len(b)))
    for column in range(a.shape[1]):
        total += (a[:, column, None] - b[None, :, column]) ** 2
    return total


@dataclass(frozen=True)
class Lattice:
    """Lanes as their covariance needs them; computed once, used for many hyper-parameters.

    Attributes:
        at: places (lane, dimension).
        apart: squared difference of each dimension (dimension, lane, lane).
        same: whether two lanes are of one configuration (lane, lane).
        mates: whether two different lanes have the same seed (lane, lane).
        owners: configuration of each lane (lane,).
    """

    at: Floats
    apart: Floats
    same: Floats
    mates: Floats
    owners: Integers

    @classmethod
    def of(cls, at: Floats, owners: Integers, seeds: Integers) -> "Lattice":
        """Return the lattice of lanes."""
        mates = (seeds[:, None] == seeds[None]) & ~np.eye(len(seeds), dtype=bool)
        return cls(
            at=at,
            apart=np.moveaxis((at[:, None] - at[None]) ** 2, 2, 0).copy(),
            same=(owners[:, None] == owners[None]).astype(np.float64),
            mates=mates.astype(np.float64),
            owners=owners,
        )

    def near(self, hyper: Hyper) -> tuple[Floats, Floats]:
        """Return the lanes' Matern 5/2 correlation, and its slope by squared distance times -2.

        The derivative by the logarithm of a length scale is the slope times the squared difference
        in its dimension over the squared length scale.
        """
        squared = np.tensordot(hyper.lengths**-2, self.apart, axes=1)
        root = np.sqrt(5 * squared)
        decay = np.exp(-root)
        return (1 + root + root**2 / 3) * decay, (5 / 3) * (1 + root) * decay

    def covariance(self, hyper: Hyper, scatter: Floats) -> Floats:
        """Return the covariance of lanes (lane, lane), in units of the process' variance.

        A_ij = 1 + k_ij + own [same configuration]
               + noise sqrt(h_i h_j) ([i = j] + shared [same seed, i != j] k_ij)

        The leading 1 stands for the unknown mean.

        Args:
            hyper: hyper-parameters.
            scatter: relative variance over seeds, h (lane,).
        """
        near, _ = self.near(hyper)
        root = np.sqrt(scatter)
        luck = np.eye(len(self.at)) + hyper.shared * self.mates * near
        return np.asarray(
            1 + near + hyper.own * self.same + hyper.noise * root[:, None] * root * luck
        )

    def across(self, hyper: Hyper, places: Floats, owners: NDArray[np.int64]) -> Floats:
        """Return the covariance of endless-seed means at places with the lanes (place, lane).

        Args:
            hyper: hyper-parameters.
            places: points (place, dimension).
            owners: configuration of each point; -1 for a new one (place,).
        """
        same: Booleans = owners[:, None] == self.owners[None]
        return np.asarray(1 + matern(places, self.at, hyper.lengths) + hyper.own * same)
