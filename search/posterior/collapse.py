"""Chance that a seed stands, pooled by region, and what a collapsed one costs.

Seeds of an unstable method are a mixture: most stand, some collapse. Where lanes stand, a collapsed
one is an exception: it says nothing of how good a standing one is, so it is left out of the
process. Where all collapse, values are bad and no seed is unlucky, so the process learns from them
as from any others. The chance counts both, for few lanes do not tell the two apart.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from search.posterior.kernel import squares
from search.posterior.lanes import Booleans, Floats, Goal, Integers, Lanes

RADIUS = 0.15  # in the unit cube, within which seeds are taken to collapse alike
NEIGHBOUR = 0.5  # weight of a lane at the same place that is of another configuration
REGION = 0.3  # radius of the region whose share of standing lanes is a place's prior
REGION_SIZE = 4.0  # lanes' worth of that prior
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
        """Return the chance that a seed stands.

        A candidate's own lane stood, or it would be no candidate, so neighbours say more of the
        next: with weights w of the place's lanes and its near neighbours', v of its region's, and
        stand_j in {0, 1},

        prior = (sum_j v_j stand_j + usual) / (sum_j v_j + 1)
        chance = (sum_j w_j stand_j + 4 prior) / (sum_j w_j + 4)

        Args:
            places: points (place, dimension).
            owners: configuration of each point; -1 for a new one (place,).
        """
        seen, up = self._seen, self.stands
        usual = (up.sum(axis=0) + STOOD) / (seen.sum(axis=0) + STOOD + FELL)
        region = np.exp(-squares(places, self._lanes.at) / (2 * REGION**2))
        prior = (region @ up + usual) / (region @ seen + 1)
        near = self._nearness(places, owners)
        return Chance(
            stood=near @ up + REGION_SIZE * prior,
            fell=near @ (seen & ~up) + REGION_SIZE * (1 - prior),
        )
