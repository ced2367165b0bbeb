"""Chance that a seed stands, pooled by region, and what a collapsed one costs.

Seeds of an unstable method are a mixture: most stand, some collapse. Where lanes stand, a collapsed
one is an exception: it says nothing of how good a standing one is, so it is left out of the process
and counted here. Where all collapse, values are bad and no seed is unlucky, so the process learns
from them as from any others.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from search.posterior.kernel import squares
from search.posterior.lanes import Booleans, Floats, Goal, Integers, Lanes

RADIUS = 0.15  # in the unit cube, within which seeds are taken to collapse alike
NEIGHBOUR = 0.5  # weight of a lane at the same place that is of another configuration
PRIOR_SIZE = 0.3  # lanes' worth of the share of all lanes that stand
STOOD, FELL = 2.0, 0.2  # lanes' worth of what is expected before the first
EVIDENCE = 0.5  # least weight of standing lanes around an exception
LEVEL = 0.9  # of intervals


@dataclass(frozen=True)
class Chance:
    """Beta distribution of the chance that a seed stands, by place and epoch.

    Attributes:
        stood: weight of standing lanes, the prior's included (place, epoch).
        fell: weight of collapsed lanes, the prior's included (place, epoch).
    """

    stood: Floats
    fell: Floats

    @property
    def weight(self) -> Floats:
        """Weight of all lanes (place, epoch)."""
        return np.asarray(self.stood + self.fell)

    @property
    def mean(self) -> Floats:
        """Chance that a seed stands (place, epoch)."""
        return np.asarray(self.stood / self.weight)

    @property
    def sd(self) -> Floats:
        """Standard deviation of the chance (place, epoch)."""
        return np.asarray(np.sqrt(self.mean * (1 - self.mean) / (self.weight + 1)))

    def interval(self, place: int, epoch: int) -> tuple[float, float]:
        """Return Jeffreys' 90 % interval of the chance at a place and an epoch's index.

        It reaches up to 1 where less than half a lane's weight fell, and down to 0 likewise.
        """
        stood, fell = self.stood[place, epoch], self.fell[place, epoch]
        ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        low, high = betaincinv(stood + 0.5, fell + 0.5, ends).tolist()
        return low if stood >= 0.5 else 0.0, high if fell >= 0.5 else 1.0


class Collapse:
    """Standing and collapsed lanes of a search.

    Attributes:
        stands: whether a lane stands (lane, epoch).
        exceptions: whether a lane collapsed where others stand (lane, epoch).
        costs: costs of an exception (epoch, metric).
    """

    def __init__(self, lanes: Lanes, goal: Goal) -> None:
        """Count the lanes that stand.

        Args:
            lanes: lanes that ended.
            goal: goal, which says what stands.
        """
        self._lanes, self._seen = lanes, lanes.seen
        self.stands: Booleans = goal.stands(lanes.costs) & self._seen
        fell = self._seen & ~self.stands
        nearness = self._nearness(lanes.at, lanes.owners)
        np.fill_diagonal(nearness, 0.0)
        stood = nearness @ self.stands
        undefined = ~np.isfinite(lanes.costs).all(axis=2)
        around = (stood >= EVIDENCE) & (stood > nearness @ fell)
        self.exceptions: Booleans = fell & (around | undefined)
        shown = self.exceptions[..., None] & np.isfinite(lanes.costs)
        total = np.where(shown, lanes.costs, 0.0).sum(axis=0)
        self.costs = (total + goal.limits) / (shown.sum(axis=0) + 1)  # a limit's worth of one lane

    def _nearness(self, places: Floats, owners: Integers) -> Floats:
        """Return the weight of each lane at places (place, lane)."""
        lanes = self._lanes
        weights = NEIGHBOUR * np.exp(-squares(places, lanes.at) / (2 * RADIUS**2))
        return np.where(owners[:, None] == lanes.owners, 1.0, weights)

    def chance(self, places: Floats, owners: Integers) -> Chance:
        """Return the chance that a seed is no exception.

        Args:
            places: points (place, dimension).
            owners: configuration of each point; -1 for a new one (place,).
        """
        return self._pooled(self._nearness(places, owners), self.exceptions)

    def standing(self, places: Floats, owners: Integers) -> Chance:
        """Return the chance that a seed stands; arguments as of `chance`."""
        return self._pooled(self._nearness(places, owners), self._seen & ~self.stands)

    def _pooled(self, nearness: Floats, fell: Booleans) -> Chance:
        """Return the chance that a seed does not fall, where some lanes did (lane, epoch)."""
        seen, down = self._seen.sum(axis=0), fell.sum(axis=0)
        usual = (seen - down + STOOD) / (seen + STOOD + FELL)
        return Chance(
            stood=nearness @ (self._seen & ~fell) + PRIOR_SIZE * usual,
            fell=nearness @ fell + PRIOR_SIZE * (1 - usual),
        )
