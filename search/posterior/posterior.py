"""Posterior of a search: what endless seeds of each candidate would show, from the log alone."""

from functools import cached_property

import numpy as np

from fairser_core import pareto
from search.posterior.collapse import Collapse
from search.posterior.curves import continued, smooth
from search.posterior.kernel import Lattice
from search.posterior.lanes import Booleans, Floats, Goal, Integers, Lanes
from search.posterior.model import Fits, Model
from search.posterior.outlook import Outlook
from search.posterior.threads import one_thread

HALF = 0.5
MOST_LANES = 750  # that a posterior is conditioned on: the newest


class Posterior:
    """Posterior of the configurations that a search trained.

    Attributes:
        goal: goal of the search.
        seen: epochs that a configuration's lanes trained, and that can be handed over
            (configuration, epoch).
        stated: whether the outlook of a configuration is stated (configuration,).
        outlook: what endless seeds of each configuration would show.
        rivals: the baseline's mean costs that keep all floors (epoch, metric).
    """

    @one_thread()
    def __init__(
        self,
        lanes: Lanes,
        goal: Goal,
        fits: Fits | None = None,
        offered: Booleans | None = None,
        rows: Integers | None = None,
    ) -> None:
        """Condition on lanes.

        Args:
            lanes: lanes that ended, at least one, and lanes that run.
            goal: goal of the search.
            fits: fits made before.
            offered: whether a candidate can be handed over, since its model is kept
                (configuration, epoch); all if None.
            rows: configurations whose outlook is stated, among them those of all lanes; the others
                are no candidates, and their outlook is NaN. All if None.
        """
        self.goal, self._lanes = goal, lanes
        self._collapse = Collapse(lanes, goal)
        running = lanes.lengths == 0
        known = lanes.seen & ~self._collapse.exceptions
        stopped = continued(np.nan_to_num(lanes.costs), lanes.seen)
        kept = known.sum(axis=1) > HALF * lanes.lengths
        ended = np.flatnonzero(kept if kept.any() else ~running)[-MOST_LANES:]
        taken = np.concatenate([ended, np.flatnonzero(running)])
        whole = Lanes(lanes.places, lanes.owners, lanes.seeds, stopped, lanes.lengths).take(taken)
        known = (known | ~lanes.seen & ~running[:, None])[taken]
        of = (fits or Fits()).of(whole.head(len(ended)), known[: len(ended)], goal)
        lattice = Lattice.of(whole.at, whole.owners, whole.seeds)
        self._models = [Model(each, lattice, whole, known, m) for m, each in enumerate(of)]
        self.seen = _seen(lanes) if offered is None else _seen(lanes) & offered
        count = len(lanes.places)
        some = np.arange(count) if rows is None else rows
        self.stated = np.isin(np.arange(count), some)
        outlook = self.at(lanes.places[some], some)
        self.outlook = outlook if rows is None else outlook.spread(rows, count)
        self.rivals = self._rivals()

    @property
    def places(self) -> Floats:
        """Place of each configuration (configuration, dimension)."""
        return self._lanes.places

    @one_thread()
    def at(self, places: Floats, owners: Integers) -> Outlook:
        """Return what endless seeds at places would show.

        Args:
            places: points (place, dimension).
            owners: configuration of each point; -1 for a new one (place,).
        """
        each = [model.predict(places, owners) for model in self._models]
        return Outlook(
            standing=np.stack([p.mean for p in each], axis=2),
            sd=np.stack([p.sd for p in each], axis=2),
            step=np.stack([p.step for p in each], axis=2),
            chance=self._collapse.chance(places, owners),
            collapsed=self._collapse.costs,
        )

    def feasible(self, costs: Floats, stands: Floats) -> Booleans:
        """Return whether means keep all floors (...).

        Args:
            costs: means over seeds (..., metric).
            stands: chance that a seed stands (...).
        """
        floored = self.goal.floored
        kept = (costs[..., floored] <= self.goal.limits[floored]).all(axis=-1)
        return np.asarray(kept & (stands >= self.goal.standing))

    @cached_property
    def candidates(self) -> tuple[Integers, Integers]:
        """Configuration and epoch's index of each candidate that keeps all floors."""
        mean = self.outlook.mean
        rows = np.nonzero(self.seen & self.feasible(mean, self.outlook.stands))
        return rows[0], rows[1]

    @cached_property
    def front(self) -> tuple[Integers, Integers]:
        """Configuration and epoch's index of each member of the front.

        No other candidate is better in the posterior means of all objectives, nor is the baseline.
        If the baseline beats all of them (`beaten`), the best among themselves.
        """
        owners, epochs = self.candidates
        kept = self._unbeaten if self._unbeaten.any() else pareto.front(self._objectives)
        return owners[kept], epochs[kept]

    @property
    def beaten(self) -> bool:
        """Whether the baseline is expected to beat every candidate."""
        return len(self._objectives) > 0 and not self._unbeaten.any()

    @property
    def _objectives(self) -> Floats:
        """Posterior means of the objectives' costs of each candidate (candidate, objective)."""
        owners, epochs = self.candidates
        return np.asarray(self.outlook.mean[owners, epochs, : self.goal.objectives])

    @cached_property
    def _unbeaten(self) -> Booleans:
        """Whether neither another candidate nor the baseline beats each (candidate,)."""
        rivals = self.rivals[:, : self.goal.objectives]
        kept = pareto.front(np.vstack([self._objectives, rivals]))
        return kept[: len(self._objectives)]

    @one_thread()
    def draws(self, owners: Integers, normal: Floats) -> Floats:
        """Return joint draws of means over endless standing seeds of configurations.

        Args:
            owners: rows of configurations (configuration,).
            normal: standard normal draws (metric, draw, epoch, configuration).

        Returns:
            Shape (draw, configuration, epoch, metric).
        """
        at = self._lanes.places[owners]
        pairs = zip(self._models, normal, strict=True)
        return np.stack([model.draws(at, owners, each) for model, each in pairs], axis=3)

    @cached_property
    def lane_counts(self) -> tuple[Integers, Integers]:
        """Lanes that trained an epoch, and how many of them stand (configuration, epoch)."""
        trained = np.zeros(self.seen.shape, dtype=np.int64)
        stood = np.zeros_like(trained)
        np.add.at(trained, self._lanes.owners, self._lanes.seen)
        np.add.at(stood, self._lanes.owners, self._collapse.stands)
        return trained, stood

    def _rivals(self) -> Floats:
        """Return the baseline's smoothed mean costs that keep all floors (epoch, metric)."""
        if not len(self.goal.baseline):
            return np.empty((0, len(self.goal.metrics)))
        mean = self.goal.baseline_mean(self.goal.baseline.shape[1])
        level = smooth(mean.T, np.ones_like(mean.T, dtype=np.bool_)).T
        return np.asarray(level[self.feasible(level, np.ones(len(level)))])


def _seen(lanes: Lanes) -> Booleans:
    """Return epochs that the first lane of each configuration trained (configuration, epoch)."""
    seen = np.zeros((len(lanes.places), lanes.costs.shape[1]), dtype=np.bool_)
    owners, firsts = np.unique(lanes.owners, return_index=True)
    seen[owners] = lanes.seen[firsts]
    return seen
