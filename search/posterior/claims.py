"""Claims of a front: what a posterior says of its members, and how likely each is on the front."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.posterior.lanes import Booleans, Floats, Integers
from search.posterior.outlook import mixed
from search.posterior.posterior import Posterior

DRAWS = 1000
CHUNK = 200  # draws at once
KEPT = 0.9  # correlation of what the posterior does not know at an epoch and at the next
REACH = 3.0  # standard deviations by which a candidate may be off the front and still be drawn


class Chances:
    """Chances of a posterior's candidates that take long, computed when first asked for."""

    def __init__(self, posterior: Posterior) -> None:
        """Compute nothing yet."""
        self._posterior = posterior

    @cached_property
    def on_front(self) -> Floats:
        """Probability that each candidate is on the front (configuration, epoch)."""
        return probabilities(self._posterior)

    def interval(self, configuration: int, epoch: int) -> tuple[float, float]:
        """Return the 90 % interval of the chance that a fresh seed stands."""
        return self._posterior.outlook.chance.interval(configuration, epoch)


@dataclass(frozen=True)
class Claim:
    """Claim of a candidate: expected means over endless seeds.

    Attributes:
        configuration: row of the configuration.
        epoch: number of the epoch, counted from 1.
        values: posterior mean of each metric, in its own unit.
        sds: posterior standard deviations of these means.
        chances: what only few candidates are asked for.
        seeds: number of lanes that trained the epoch.
        standing: how many of them stand.
        stands: chance that a fresh seed stands.
    """

    configuration: int
    epoch: int
    values: dict[str, float]
    sds: dict[str, float]
    chances: Chances = field(compare=False, repr=False)
    seeds: int
    standing: int
    stands: float

    @property
    def probability(self) -> float:
        """Probability that the candidate is on the front that endless seeds would show."""
        return float(self.chances.on_front[self.configuration, self.epoch - 1])

    @property
    def stands_interval(self) -> tuple[float, float]:
        """90 % interval of the chance that a fresh seed stands."""
        return self.chances.interval(self.configuration, self.epoch - 1)

    def facts(self) -> dict[str, Any]:
        """Return all that is claimed, by name."""
        return {
            "configuration": self.configuration,
            "epoch": self.epoch,
            "values": self.values,
            "sds": self.sds,
            "probability": self.probability,
            "seeds": self.seeds,
            "standing": self.standing,
            "stands": self.stands,
            "stands_interval": self.stands_interval,
        }


def front_claims(posterior: Posterior) -> tuple[Claim, ...]:
    """Return the claims of the front's members, in order of configuration and epoch."""
    return claims(posterior, *posterior.front)


def claims(posterior: Posterior, owners: Integers, epochs: Integers) -> tuple[Claim, ...]:
    """Return the claims of candidates.

    Args:
        posterior: posterior of a search.
        owners: configuration of each candidate (candidate,).
        epochs: epoch's index of each candidate (candidate,).
    """
    names, outlook, at = posterior.goal.metrics, posterior.outlook, (owners, epochs)
    signs = np.array([cost(name, 1.0) for name in names])
    seeds, standing = posterior.lane_counts
    rows = zip(
        *(owners.tolist(), (epochs + 1).tolist()),
        *((signs * outlook.mean[at]).tolist(), outlook.total_sd[at].tolist()),
        *(seeds[at].tolist(), standing[at].tolist(), outlook.stands[at].tolist()),
        strict=True,
    )
    chances = Chances(posterior)
    return tuple(
        Claim(
            configuration=owner,
            epoch=epoch,
            values=dict(zip(names, values, strict=True)),
            sds=dict(zip(names, sds, strict=True)),
            chances=chances,
            seeds=trained,
            standing=stood,
            stands=stands,
        )
        for owner, epoch, values, sds, trained, stood, stands in rows
    )


def probabilities(posterior: Posterior) -> Floats:
    """Return the probability that each candidate is on the front that endless seeds would show.

    The share of draws from the posterior in which it keeps all floors and neither another
    candidate nor the baseline beats it. Configurations are drawn together; at neighbouring epochs
    the draws of a configuration are correlated by .9. The draws are always the same.

    Returns:
        Shape (configuration, epoch), in [0, 1]; 0 for those that cannot be on the front.
    """
    lucky = hopeful(posterior)
    result = np.zeros(posterior.seen.shape)
    rows = np.flatnonzero(lucky.any(axis=1))
    if not len(rows):
        return result
    rng, which = np.random.default_rng(0), lucky[rows]
    hits, stands = np.zeros(which.sum()), posterior.outlook.stands[rows][which]
    for _ in range(DRAWS // CHUNK):
        costs = _drawn(posterior, rows, rng)[:, which]
        hits += _on_front(posterior, costs, posterior.feasible(costs, stands))
    result[lucky] = hits / (DRAWS // CHUNK * CHUNK)
    return result


def hopeful(posterior: Posterior) -> Booleans:
    """Return candidates that would be on the front if they were better (configuration, epoch)."""
    outlook, count = posterior.outlook, posterior.goal.objectives
    lucky = outlook.mean - REACH * outlook.total_sd
    members, epochs = posterior.front
    unlucky = (outlook.mean + REACH * outlook.total_sd)[members, epochs]
    sure = unlucky[posterior.feasible(unlucky, np.ones(len(unlucky)))][:, :count]
    beaten = (sure[:, None, None] <= lucky[None, ..., :count]).all(axis=3).any(axis=0)
    usable = posterior.feasible(lucky, outlook.stands)
    return np.asarray(posterior.seen & usable & ~beaten)


def _drawn(posterior: Posterior, rows: Integers, rng: np.random.Generator) -> Floats:
    """Draw means over all seeds of configurations (draw, configuration, epoch, metric)."""
    outlook, epochs = posterior.outlook, posterior.seen.shape[1]
    luck = rng.normal(size=(len(posterior.goal.metrics), CHUNK, epochs, len(rows)))
    for epoch in range(1, epochs):
        fresh = (1 - KEPT**2) ** 0.5 * luck[:, :, epoch]
        luck[:, :, epoch] = KEPT * luck[:, :, epoch - 1] + fresh
    standing = posterior.draws(rows, luck)
    mean, sd = outlook.chance.mean[rows], outlook.chance.sd[rows]
    chance = np.clip(mean + sd * rng.normal(size=(CHUNK, len(rows), 1)), 0.0, 1.0)
    return mixed(standing, chance[..., None], outlook.collapsed)


def _on_front(posterior: Posterior, costs: Floats, usable: Booleans) -> Floats:
    """Return in how many draws each candidate is on the front (candidate,).

    Args:
        posterior: posterior of a search.
        costs: drawn costs (draw, candidate, metric).
        usable: whether they keep all floors (draw, candidate).
    """
    count = posterior.goal.objectives
    rivals = np.broadcast_to(
        posterior.rivals[:, :count], (len(costs), len(posterior.rivals), count)
    )
    drawn = np.where(usable[..., None], costs[..., :count], np.inf)
    best = undominated(np.concatenate([drawn, rivals], axis=1))[:, : drawn.shape[1]]
    return np.asarray((best & usable).sum(axis=0))


def undominated(costs: Floats) -> Booleans:
    """Return which items of each set no other dominates (set, item).

    Args:
        costs: costs (set, item, objective), without ties in a finite objective.
    """
    if costs.shape[2] != 2:
        result = np.zeros(costs.shape[:2], dtype=np.bool_)
        for row, items in enumerate(costs):
            finite = np.flatnonzero(np.isfinite(items).all(axis=1))
            if len(finite):
                result[row, finite[pareto.front(items[finite])]] = True
        return result
    order = np.argsort(costs[..., 0], axis=1, kind="stable")
    second = np.take_along_axis(costs[..., 1], order, axis=1)
    before = np.minimum.accumulate(second, axis=1)
    ahead = np.concatenate([np.full((len(costs), 1), np.inf), before[:, :-1]], axis=1)
    result = np.empty(costs.shape[:2], dtype=np.bool_)
    np.put_along_axis(result, order, second < ahead, axis=1)
    return result
