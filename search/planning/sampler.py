"""Sampler of new values: Optuna's samplers on a study that is rebuilt for each trial.

The study is made of the configurations as they stand, with all their lanes, and the sampler is
seeded by the number of the trial. The same log therefore gives the same values, and no state must
be kept in step with it.
"""

from collections.abc import Sequence

import numpy as np
import optuna

from search.front.configurations import Configuration
from search.front.floors import Floor
from search.planning.optuna_study import frozen_trial
from search.planning.sampler_names import SamplerName
from search.planning.start_values import start_values
from search.space.domains import combinations
from search.space.space import Space
from search.space.values import Value

STARTUP = 8  # configurations from a Sobol sequence before a model can be fitted
ATTEMPTS = 20  # to find values that were not tried before


def make_sampler(name: SamplerName, seed: int) -> optuna.samplers.BaseSampler:
    """Return the Optuna sampler of a name."""
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, multivariate=True)
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


class Sampler:
    """Sampler of values for new configurations of a space."""

    def __init__(self, space: Space, floors: Sequence[Floor], seed: int, name: SamplerName) -> None:
        """Make the sampler of a sweep.

        Args:
            space: space that is searched.
            floors: floors of the sweep, which become Optuna's constraints.
            seed: seed of the sweep.
            name: name of Optuna's sampler.
        """
        self._space, self._floors, self._seed, self._name = space, tuple(floors), seed, name
        self._start = start_values(space, STARTUP, seed)
        optuna.logging.set_verbosity(optuna.logging.ERROR)

    def exhausted(self, trained: Sequence[Configuration]) -> bool:
        """Return whether all values of a finite space are tried."""
        if not self._space.search:  # a single configuration, which is tried again if it fails
            return any(configuration.state != "failed" for configuration in trained)
        finite = combinations(self._space.search) is not None
        return finite and self._untried([c.values for c in trained]) is None

    def _untried(self, tried: Sequence[dict[str, Value]]) -> dict[str, Value] | None:
        """Return the first values of a finite space, in order, that are not tried; else None."""
        rows = combinations(self._space.search) or ()
        return next((values for values in rows if values not in tried), None)

    def suggest(self, trained: Sequence[Configuration]) -> dict[str, Value]:
        """Return values for one more configuration.

        Values that were tried before are replaced by random ones, and after `ATTEMPTS` by the first
        untried values in order. The space must not be `exhausted`.
        """
        if not self._space.search:
            return {}
        tried = [configuration.values for configuration in trained]
        for attempt in range(ATTEMPTS):
            values = self._propose(trained, attempt)
            if values not in tried:
                return values
        return self._untried(tried) or values

    def _propose(self, trained: Sequence[Configuration], attempt: int) -> dict[str, Value]:
        number = len(trained)
        start = len(self._space.first) if self._name == "random" else len(self._start)
        if not attempt and number < start:
            return self._start[number]
        entropy = [self._seed, number, attempt]
        seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
        study = optuna.create_study(
            directions=["minimize"] * len(self._space.objectives),
            sampler=make_sampler("random" if attempt else self._name, seed),
        )
        study.add_trials([frozen_trial(c, self._space, self._floors) for c in trained])
        return dict(study.ask(self._space.search).params)
