"""Chance that a seed stands, pooled by region, and what a collapsed one costs.

Seeds of an unstable method are a mixture: most stand, some collapse. A lane that collapsed says
nothing of how good a standing one is, so it is left out of the process and counted here.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from search.posterior.kernel import squares
from search.posterior.lanes import Booleans, Floats, Goal, Integers, Lanes

RADIUS = 0.15  # in the unit cube, within which seeds are taken to collapse alike
NEIGHBOUR = 0.5  # weight of a lane at the same place that is of another configuration
PRIOR_SIZE = 1.0  # lanes' worth of the share of all lanes that stand
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
        """Return the 90 % interval of the chance at a place and an epoch's index."""
        ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        low, high = betaincinv(self.stood[place, epoch], self.fell[place, epoch], ends)
        return float(low), float(high)


class Collapse:
    """Standing and collapsed lanes of a search.

    Attributes:
        stands: whether a lane stands (lane, epoch).
        costs: costs of a collapsed lane (epoch, metric).
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
        shown = fell[..., None] & np.isfinite(lanes.costs)
        total = np.where(shown, lanes.costs, 0.0).sum(axis=0)
        self.costs = (total + goal.limits) / (shown.sum(axis=0) + 1)  # a limit's worth of one lane

    def chance(self, places: Floats, owners: Integers) -> Chance:
        """Return the chance that a seed stands.

        Args:
            places: points (place, dimension).
            owners: configuration of each point; -1 for a new one (place,).
        """
        lanes = self._lanes
        weights = NEIGHBOUR * np.exp(-squares(places, lanes.at) / (2 * RADIUS**2))
        weights = np.where(owners[:, None] == lanes.owners, 1.0, weights)
        stands, seen = self.stands.astype(np.float64), self._seen.astype(np.float64)
        usual = (stands.sum(axis=0) + 1) / (seen.sum(axis=0) + 1)  # one more lane that stands
        usual = np.minimum(usual, 1 - 1 / (len(lanes) + 2))
        stood = weights @ stands + PRIOR_SIZE * usual
        fell = weights @ (seen - stands) + PRIOR_SIZE * (1 - usual)
        return Chance(stood, fell)
