"""Choice of what a sweep trains next by its posterior: new values, or one more seed."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.front.configurations import Configuration
from search.planning.judge import Judge
from search.planning.pool import POOL, near_members
from search.planning.start_values import start_values
from search.posterior.gain import next_lane
from search.posterior.lanes import Integers
from search.posterior.start import START, second_seed_due
from search.space.domains import combinations, places, sobol
from search.space.space import Space
from search.space.values import Value

Values = dict[str, Value]


@dataclass(frozen=True)
class Choice:
    """Values to train with one lane more.

    Attributes:
        values: value of each searched key.
        configuration: configuration that gets one more seed; None where the values are new.
    """

    values: Values
    configuration: Configuration | None = None


class Planner:
    """Chooses what a sweep trains next. The same configurations always give the same choice."""

    def __init__(self, space: Space, judge: Judge, seed: int) -> None:
        """Make the planner of a sweep.

        Args:
            space: space that is searched.
            judge: judge of what is trained.
            seed: seed of the sweep.
        """
        self._space, self._judge = space, judge
        self._seed = seed
        first = start_values(space, 0, seed)
        self._first = len(first)
        self._pool = _distinct([*first, *sobol(space.search, POOL, seed), *_all_values(space)])

    def _near(self, trained: Sequence[Configuration], members: Integers) -> list[Values]:
        """Return values near those of the front's members.

        Args:
            trained: configurations of the sweep.
            members: rows of the members.
        """
        rows = [trained[row].values for row in members]
        return near_members(self._space.search, rows, self._seed, len(trained))

    def choose(self, trained: Sequence[Configuration], most_seeds: int) -> Choice | None:
        """Return what to train next.

        Args:
            trained: configurations of the sweep, those that run included.
            most_seeds: most seeds of a configuration.

        Returns:
            None if all values of a finite space were tried and none can have more seeds.
        """
        tried = {frozenset(configuration.values.items()) for configuration in trained}
        pool = [values for values in self._pool if frozenset(values.items()) not in tried]
        posterior = self._judge.posterior(trained, running=True)
        if pool and (posterior is None or len(trained) < max(START, self._first)):
            return Choice(pool[0])
        if posterior is None:
            return None
        near = self._near(trained, np.unique(posterior.front[0]))
        pool = _distinct([*pool, *(v for v in near if frozenset(v.items()) not in tried)])
        further = [
            row
            for row, c in enumerate(trained)
            if posterior.stated[row] and c.settled and len(c.seeds) < most_seeds
        ]
        if further and second_seed_due([sum(len(t.seeds) for t in c.trials) for c in trained]):
            pool = []
        choice = next_lane(
            posterior, places(self._space.search, pool), np.array(further, dtype=np.int64)
        )
        if choice is None:
            return None
        if choice.configuration is None:
            assert choice.place is not None
            return Choice(pool[choice.place])
        chosen = trained[choice.configuration]
        return Choice(chosen.values, chosen)


def _all_values(space: Space) -> list[Values]:
    """Return all values of a space that has no more than `POOL`, in order; else none."""
    rows = list(itertools.islice(combinations(space.search) or (), POOL + 1))
    return rows if len(rows) <= POOL else []


def _distinct(rows: Sequence[Values]) -> list[Values]:
    """Return values without repetitions, in order."""
    return list({repr(sorted(values.items())): values for values in rows}.values())
