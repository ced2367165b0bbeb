"""Optuna sampler by the posterior of search/posterior: new values, or one more seed of old ones.

study = optuna.create_study(directions=["maximize", "minimize"], sampler=PosteriorSampler(seeds=4))

def objective(trial):
learning_rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
...  # train with seed `suggested_seed(trial)`
trial.set_user_attr("epochs", [[accuracy, gap], ...])  # a row per epoch, if there are any
return accuracy, gap
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from search.planning.pool import POOL, near_members
from search.posterior.gain import next_lane
from search.posterior.lanes import Floats, Goal, Lanes
from search.posterior.model import Fits
from search.posterior.posterior import Posterior
from search.posterior.start import START, second_seed_due
from search.space.domains import places, sobol

SEED = "posterior:seed"
EPOCHS = "epochs"

Params = dict[str, Any]


def suggested_seed(trial: Trial | FrozenTrial) -> int:
    """Return the number of the seed that a trial should be trained with, counted from 0."""
    if isinstance(trial, Trial):
        return int(trial.storage.get_trial_system_attrs(trial._trial_id)[SEED])
    return int(trial.system_attrs[SEED])


class PosteriorSampler(BaseSampler):
    """Sampler for one objective or several, with constraints, seeds and learning curves.

    A trial is a training with one seed. Trials of equal parameters are seeds of one configuration.
    Constraints are Optuna's, feasible at 0 or less. The user attribute `epochs` may hold the course
    of a trial, a row per epoch: the values of all objectives, then of all constraints. Without it
    a trial has one epoch. Pruned trials count if they have it.

    The same trials always give the same suggestion.
    """

    def __init__(
        self, seed: int = 0, seeds: int = 1, reference: Sequence[float] | None = None
    ) -> None:
        """Make a sampler.

        Args:
            seed: seed of the Sobol points.
            seeds: most seeds of a configuration; with one, no parameters are tried twice.
            reference: worst value of each objective that counts; None for the worst of the trials.
        """
        self._seed, self._seeds, self._reference = seed, seeds, reference
        self._space = IntersectionSearchSpace()
        self._fits = Fits()

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters that all trials have."""
        space = self._space.calculate(study)
        return {name: domain for name, domain in space.items() if not domain.single()}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a random value, always the same for a trial and a parameter."""
        entropy = [self._seed, trial.number, *param_name.encode()]
        state = int(np.random.SeedSequence(entropy).generate_state(1)[0])
        random = RandomSampler(seed=state)
        return random.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Number the trial's seed, in turn unless the posterior decides otherwise."""
        self._set_seed(study, trial, trial.number % self._seeds)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> Params:
        """Return the parameters of the lane that the posterior expects most of."""
        trials = [t for t in study.get_trials(deepcopy=False) if set(search_space) <= set(t.params)]
        if not search_space or len(trials) < START:
            return {}
        configurations = _configurations(trials, search_space)
        lanes = _lanes(study, trials, configurations, search_space)
        if lanes is None:
            return {}
        posterior = Posterior(lanes, self._goal(study, lanes), self._fits)
        known = list(configurations.values())
        members = [known[row] for row in np.unique(posterior.front[0])]
        pool = sobol(search_space, POOL, self._seed)
        pool += near_members(search_space, members, self._seed, trial.number)
        pool = [p for p in pool if p not in known]
        pool = [dict(row) for row in dict.fromkeys(tuple(p.items()) for p in pool)]
        used = self._used_seeds(trials, configurations)
        open_rows = [row for row, seeds in enumerate(used) if 0 < len(seeds) < self._seeds]
        if open_rows and second_seed_due([len(seeds) or 1 for seeds in used]):
            pool = []
        choice = next_lane(
            posterior, places(search_space, pool), np.array(open_rows, dtype=np.int64)
        )
        if choice is None:
            return {}
        if choice.place is not None:
            return dict(pool[choice.place])
        row = choice.configuration
        assert row is not None
        turn = [(trial.number + step) % self._seeds for step in range(self._seeds)]
        self._set_seed(study, trial, next(seed for seed in turn if seed not in used[row]))
        return known[row]

    def _set_seed(self, study: Study, trial: FrozenTrial, seed: int) -> None:
        study._storage.set_trial_system_attr(trial._trial_id, SEED, seed)

    def _used_seeds(
        self, trials: Sequence[FrozenTrial], configurations: Mapping[str, Params]
    ) -> list[set[int]]:
        """Return the seeds of each configuration; none of one that is running."""
        rows = list(configurations)
        used: list[set[int]] = [set() for _ in rows]
        for trial in trials:
            used[rows.index(_key(trial))].add(_seed(trial))
        for trial in trials:
            if trial.state == TrialState.RUNNING:
                used[rows.index(_key(trial))].clear()
        return used

    def _goal(self, study: Study, lanes: Lanes) -> Goal:
        """Return the goal of a study."""
        count, metrics = len(study.directions), lanes.costs.shape[2]
        limits = np.zeros(metrics)
        if self._reference is None:
            limits[:count] = np.nanmax(lanes.costs[..., :count], axis=(0, 1))
        else:
            limits[:count] = _signs(study) * np.array(self._reference)
        return Goal(
            metrics=tuple(f"metric {number}" for number in range(metrics)),
            objectives=count,
            limits=limits,
            floored=np.arange(metrics) >= count,
            baseline=np.empty((0, 1, metrics)),
            repeatable=self._seeds > 1,
        )


def _signs(study: Study) -> Floats:
    """Return the factor that makes each objective a cost (objective,)."""
    return np.array([-1.0 if d == StudyDirection.MAXIMIZE else 1.0 for d in study.directions])


def _seed(trial: FrozenTrial) -> int:
    """Return the seed of a trial; its number, which no other has, where none is noted."""
    return int(trial.user_attrs.get("seed", trial.system_attrs.get(SEED, trial.number)))


def _key(trial: FrozenTrial) -> str:
    """Return what trials of one configuration have in common."""
    return repr(sorted(trial.params.items()))


def _configurations(
    trials: Sequence[FrozenTrial], space: Mapping[str, BaseDistribution]
) -> dict[str, Params]:
    """Return the parameters of each configuration, the oldest first."""
    return {_key(t): {name: t.params[name] for name in space} for t in trials}


def _lanes(
    study: Study,
    trials: Sequence[FrozenTrial],
    configurations: Mapping[str, Params],
    space: Mapping[str, BaseDistribution],
) -> Lanes | None:
    """Return the trials that have values as lanes; None if there are none."""
    rows, courses = list(configurations), [(t, _course(study, t)) for t in trials]
    known = [(t, course) for t, course in courses if course is not None]
    if not known:
        return None
    width = max(course.shape[1] for _, course in known)
    known = [(t, course) for t, course in known if course.shape[1] == width]
    epochs = max(len(course) for _, course in known)
    costs = np.full((len(known), epochs, width), np.nan)
    for lane, (_, course) in enumerate(known):
        costs[lane, : len(course)] = course
    going = [t for t in trials if t.state == TrialState.RUNNING]
    costs = np.concatenate([costs, np.full((len(going), epochs, width), np.nan)])
    known += [(t, np.empty((0, width))) for t in going]
    return Lanes(
        places=places(space, list(configurations.values())),
        owners=np.array([rows.index(_key(t)) for t, _ in known]),
        seeds=np.array([_seed(t) for t, _ in known]),
        costs=costs,
        lengths=np.array([len(course) for _, course in known]),
    )


def _course(study: Study, trial: FrozenTrial) -> Floats | None:
    """Return a trial's costs and constraints (epoch, metric); None if it has none."""
    if EPOCHS in trial.user_attrs and trial.state != TrialState.RUNNING:
        rows = np.array(trial.user_attrs[EPOCHS], dtype=np.float64)
    elif trial.state == TrialState.COMPLETE:
        rows = np.array([[*trial.values, *trial.constraints.values()]], dtype=np.float64)
    else:
        return None
    signs = np.ones(rows.shape[1])
    signs[: len(study.directions)] = _signs(study)
    return np.asarray(rows * signs)
