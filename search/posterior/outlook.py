"""Outlook on places: what endless seeds would show there."""

from dataclasses import dataclass

import numpy as np

from search.posterior.collapse import Chance
from search.posterior.lanes import Floats, Integers


@dataclass(frozen=True)
class Outlook:
    """Expected results of endless seeds at places, collapsed ones included.

    Attributes:
        standing: posterior means of seeds that stand (place, epoch, metric).
        sd: standard deviations of these means (place, epoch, metric).
        step: standard deviation by which one more lane would move them (place, epoch, metric).
        chance: chance that a seed stands.
        collapsed: costs of an exception (epoch, metric).
    """

    standing: Floats
    sd: Floats
    step: Floats
    chance: Chance
    collapsed: Floats

    def take(self, places: Integers) -> "Outlook":
        """Return the outlook of some places, by number."""
        chance = Chance(self.chance.stood[places], self.chance.fell[places])
        parts = self.standing[places], self.sd[places], self.step[places]
        return Outlook(*parts, chance, self.collapsed)

    def at_epochs(self, epochs: Integers) -> "Outlook":
        """Return the outlook of some epochs, by index."""
        chance = Chance(self.chance.stood[:, epochs], self.chance.fell[:, epochs])
        parts = self.standing[:, epochs], self.sd[:, epochs], self.step[:, epochs]
        return Outlook(*parts, chance, self.collapsed[epochs])

    def spread(self, rows: Integers, count: int) -> "Outlook":
        """Return an outlook on more places, of which those in rows are these; NaN at the others."""

        def spread(values: Floats) -> Floats:
            result = np.full((count, *values.shape[1:]), np.nan)
            result[rows] = values
            return result

        chance = Chance(spread(self.chance.stood), spread(self.chance.fell))
        parts = spread(self.standing), spread(self.sd), spread(self.step)
        return Outlook(*parts, chance, self.collapsed)

    @property
    def stands(self) -> Floats:
        """Expected chance that a seed stands (place, epoch)."""
        return self.chance.mean

    @property
    def mean(self) -> Floats:
        """Expected means over all seeds (place, epoch, metric)."""
        return mixed(self.standing, self.chance.mean[..., None], self.collapsed)

    @property
    def total_sd(self) -> Floats:
        """Standard deviations of the means over all seeds (place, epoch, metric)."""
        of_standing = self.chance.mean[..., None] * self.sd
        of_chance = self.chance.sd[..., None] * (self.standing - self.collapsed)
        return np.asarray(np.hypot(of_standing, of_chance))


def mixed(standing: Floats, chance: Floats, collapsed: Floats) -> Floats:
    """Return means over seeds of which a share stands."""
    return np.asarray(chance * standing + (1 - chance) * collapsed)
