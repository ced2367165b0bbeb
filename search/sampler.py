"""New values to try: Optuna's samplers, asked as if the study had only just been replayed.

The study is made anew for each question from the configurations as they stand, with all their
lanes, and the sampler is seeded by the number of the trial. So there is nothing to keep in step:
the same log gives the same values.
"""

import warnings
from collections.abc import Sequence
from typing import Literal

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState, create_trial

from fairser_core.metrics import cost
from search.configurations import Configuration
from search.domain import sobol
from search.front import Floor, diverged_lanes
from search.log import Value
from search.space import Space

SamplerName = Literal["auto", "gp", "tpe", "random"]
SAMPLERS: tuple[SamplerName, ...] = ("auto", "gp", "tpe", "random")
STARTUP = 8  # configurations from a Sobol sequence before a model has something to go by
ATTEMPTS = 50  # to find values that were not tried before
GP_TRIALS = 250  # beyond, a Gaussian process is slow and no longer better


def make_sampler(
    name: SamplerName, space: Space, trials: int, seed: int
) -> optuna.samplers.BaseSampler:
    """Optuna's sampler of a name; `auto` takes a Gaussian process for few trials and numbers."""
    if name == "auto":
        words = any(isinstance(d, CategoricalDistribution) for d in space.search.values())
        name = "tpe" if words or trials > GP_TRIALS else "gp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        if name == "gp":
            return optuna.samplers.GPSampler(seed=seed)
        if name == "tpe":
            return optuna.samplers.TPESampler(seed=seed, multivariate=True)
        return optuna.samplers.RandomSampler(seed=seed)


class Sampler:
    """Suggests values for new configurations of a space."""

    def __init__(self, space: Space, floor: Floor | None, seed: int, name: SamplerName) -> None:
        """A sampler; `floor` becomes Optuna's constraint, `seed` is the sweep's."""
        self._space, self._floor, self._seed, self._name = space, floor, seed, name
        self._start = [
            {**point, **given}
            for point, given in zip(
                sobol(space.search, max(STARTUP, len(space.first)), seed),
                [*space.first, *[{}] * STARTUP],
                strict=False,
            )
        ]
        optuna.logging.set_verbosity(optuna.logging.ERROR)

    def suggest(self, trained: Sequence[Configuration]) -> dict[str, Value] | None:
        """Values for one more configuration beside those there are; None if there are no others.

        What was tried before is asked for again with other seeds of the sampler, until chance
        itself finds nothing new: then a space of few values is exhausted.
        """
        if not self._space.search:
            failed = all(configuration.state == "failed" for configuration in trained)
            return {} if failed else None
        known = [configuration.values for configuration in trained]
        for attempt in range(ATTEMPTS):
            values = self._propose(trained, attempt)
            if values not in known:
                return values
        return None

    def _propose(self, trained: Sequence[Configuration], attempt: int) -> dict[str, Value]:
        number = len(trained)
        if not attempt and number < len(self._start) and self._name != "random":
            return self._start[number]
        entropy = [self._seed, number, attempt]
        seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
        study = optuna.create_study(
            directions=["minimize"] * len(self._space.objectives),
            sampler=make_sampler("random" if attempt else self._name, self._space, number, seed),
        )
        study.add_trials([self._told(configuration) for configuration in trained])
        return dict(study.ask(self._space.search).params)

    def _told(self, configuration: Configuration) -> optuna.trial.FrozenTrial:
        """A configuration as the study holds it."""
        state, values, constraints = _STATES[configuration.state], None, None
        if state == TrialState.COMPLETE:
            metrics = configuration.metrics_at(configuration.epochs)
            values = [cost(name, metrics[name]) for name in self._space.objectives]
            lanes = configuration.lanes_at(configuration.epochs)
            constraints = {"diverged_lanes": float(diverged_lanes(lanes))}
            if self._floor:
                constraints["floor"] = self._floor.violation(metrics)
        return create_trial(
            state=state,
            params=dict(configuration.values),
            distributions=dict(self._space.search),
            values=values,
            constraints=constraints,
        )


_STATES = {
    "running": TrialState.RUNNING,
    "complete": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}
