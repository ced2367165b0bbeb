"""Learning curves made ready for a process: clipped, standardised and smoothed over epochs."""

from dataclasses import dataclass

import numpy as np

from search.posterior.lanes import Booleans, Floats

WEIGHTS = (0.25, 0.5, 0.25)  # of the epoch before, the epoch and the one after


@dataclass(frozen=True)
class Scale:
    """Scale of one metric, taken from some lanes and applied to others.

    Attributes:
        limit: worst cost that counts.
        reach: distance beyond the limit at which clipped costs level off.
        centre: mean of each epoch (epoch,).
        spread: standard deviation of each epoch (epoch,).
    """

    limit: float
    reach: float
    centre: Floats
    spread: Floats

    @classmethod
    def of(cls, costs: Floats, known: Booleans, limit: float) -> "Scale":
        """Return the scale of lanes.

        Args:
            costs: costs (lane, epoch).
            known: which of them count (lane, epoch).
            limit: worst cost that counts.
        """
        best = costs[known].min() if known.any() else limit
        usual = float(costs[known].std()) if known.any() else 0.0
        reach = float(limit - best) if best < limit else usual or 1.0
        clipped = np.where(known, clip(costs, limit, reach), 0.0)
        count = np.maximum(known.sum(axis=0), 1)
        centre = clipped.sum(axis=0) / count
        spread = np.sqrt((np.where(known, clipped - centre, 0.0) ** 2).sum(axis=0) / count)
        usual = np.median(spread[spread > 0]) if (spread > 0).any() else reach
        return cls(limit, reach, centre, np.where(spread > 1e-3 * usual, spread, usual))

    def standard(self, costs: Floats, known: Booleans) -> Floats:
        """Return clipped, standardised and smoothed costs (lane, epoch); 0 where not known.

        Args:
            costs: costs (lane, epoch).
            known: which of them count (lane, epoch).
        """
        z = (clip(costs, self.limit, self.reach) - self.centre) / self.spread
        return smooth(np.where(known, z, 0.0), known)

    def deviations(self, costs: Floats) -> Floats:
        """Return standard deviations over lanes, as shares of the spread (epoch,).

        Args:
            costs: costs of the lanes of one configuration (lane, epoch).
        """
        epochs = min(costs.shape[1], len(self.spread))
        level = np.ones((len(costs), epochs), dtype=np.bool_)
        scaled = smooth(costs[:, :epochs] / self.spread[:epochs], level)
        return np.asarray(scaled.std(axis=0, ddof=1))


def clip(costs: Floats, limit: float, reach: float) -> Floats:
    """Return costs of which those beyond a limit level off: limit + reach tanh(excess / reach)."""
    excess = np.where(costs > limit, costs - limit, 0.0)
    return np.asarray(np.minimum(costs, limit) + reach * np.tanh(excess / reach))


def smooth(z: Floats, known: Booleans) -> Floats:
    """Return means over neighbouring epochs by `WEIGHTS` (lane, epoch); 0 where not known.

    The ends are repeated. Neighbours that are not known are left out.
    """
    weights = np.pad(known.astype(np.float64), ((0, 0), (1, 1)), mode="edge")
    values = np.pad(np.where(known, z, 0.0), ((0, 0), (1, 1)), mode="edge")
    epochs = z.shape[1]
    parts = [slice(shift, shift + epochs) for shift in range(3)]
    total = sum(w * values[:, p] * weights[:, p] for w, p in zip(WEIGHTS, parts, strict=True))
    weight = sum(w * weights[:, p] for w, p in zip(WEIGHTS, parts, strict=True))
    return np.where(known, total / np.where(known, weight, 1.0), 0.0)


def continued(costs: Floats, seen: Booleans) -> Floats:
    """Return costs whose ended lanes go on in parallel to the mean of those that train.

    A stopped lane was worse than those that went on. Without its continuation, later epochs would
    know nothing of the region that it tried.

    Args:
        costs: costs (lane, epoch, metric).
        seen: whether a lane trained an epoch (lane, epoch), its first epochs.
    """
    filled = np.where(seen[..., None], costs, 0.0)
    for epoch in range(1, costs.shape[1]):
        going, over = seen[:, epoch], ~seen[:, epoch]
        steps = filled[going, epoch] - filled[going, epoch - 1]
        step = steps.mean(axis=0) if going.any() else 0.0
        filled[over, epoch] = filled[over, epoch - 1] + step
    return filled
