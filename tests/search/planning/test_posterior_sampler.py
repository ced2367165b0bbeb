import warnings
from collections.abc import Callable

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from fairser_core.pareto import hypervolume
from search.planning.posterior_sampler import PosteriorSampler, suggested_seed

Objective = Callable[[optuna.Trial], tuple[float, float]]


def costs(trial: optuna.Trial) -> tuple[float, float]:
    """A trade-off along one value, far from which another value leads."""
    share = trial.suggest_float("share", 0, 1)
    rate = trial.suggest_float("rate", 1e-4, 1, log=True)
    kind = trial.suggest_categorical("kind", ["good", "bad"])
    size = trial.suggest_int("size", 1, 7, step=2)
    loss = (np.log10(rate) + 2) ** 2 / 4 + 0.3 * (kind == "bad") + 0.03 * abs(size - 3)
    return share, float(1 - share**0.5 + loss)


def study(sampler: optuna.samplers.BaseSampler, count: int, of: Objective = costs) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    made.optimize(of, n_trials=count)
    return made


def volume(of: optuna.Study) -> float:
    return hypervolume(np.array([t.values for t in of.trials]), np.array([1.2, 1.2]))


def test_it_is_ahead_of_random_search_in_every_repetition() -> None:
    for seed in range(3):
        result = volume(study(PosteriorSampler(seed), 30))
        assert result > volume(study(optuna.samplers.RandomSampler(seed=seed), 30)) + 0.02


def test_the_same_trials_give_the_same_suggestions() -> None:
    first = [t.params for t in study(PosteriorSampler(1), 12).trials]
    assert first == [t.params for t in study(PosteriorSampler(1), 12).trials]
    resumed = study(PosteriorSampler(1), 9)
    resumed.sampler = PosteriorSampler(1)  # a new process, with the study from a storage
    resumed.optimize(costs, n_trials=3)
    assert first == [t.params for t in resumed.trials]
    assert first != [t.params for t in study(PosteriorSampler(2), 12).trials]


def test_maximized_objectives_are_costs_with_another_sign() -> None:
    made = optuna.create_study(directions=["maximize", "maximize"], sampler=PosteriorSampler(1))
    made.optimize(lambda trial: tuple(-value for value in costs(trial)), n_trials=12)
    assert [t.params for t in made.trials] == [
        t.params for t in study(PosteriorSampler(1), 12).trials
    ]


def test_without_seeds_no_parameters_are_tried_twice() -> None:
    params = [tuple(t.params.items()) for t in study(PosteriorSampler(0), 20).trials]
    assert len(set(params)) == 20


def test_noisy_configurations_get_more_seeds_each_once() -> None:
    def noisy(trial: optuna.Trial) -> tuple[float, float]:
        first, second = costs(trial)
        rng = np.random.default_rng([suggested_seed(trial), int(first * 1e6)])
        return first + rng.normal(0, 0.15), second + rng.normal(0, 0.15)

    made = study(PosteriorSampler(0, seeds=3), 30, noisy)
    lanes = [(tuple(t.params.items()), suggested_seed(t)) for t in made.trials]
    assert len(set(lanes)) == 30
    assert len({params for params, _ in lanes}) < 30
    assert {seed for _, seed in lanes} == {0, 1, 2}


def test_constraints_and_courses_are_heeded() -> None:
    """A constraint forbids half of the space, where values go on to its edge alone."""

    def course(trial: optuna.Trial) -> tuple[float, float]:
        first, second = costs(trial)
        missed = 0.5 - trial.params["share"]
        trial.set_constraint("share", missed)
        trial.set_user_attr("epochs", [[first, second + late, missed] for late in (0.2, 0.0, 0.1)])
        return first, second + 0.1

    late = study(PosteriorSampler(0), 30, course).trials[10:]
    assert np.mean([t.params["share"] >= 0.45 for t in late]) > 0.8


def test_pruned_and_failed_trials_do_not_stop_it() -> None:
    def some(trial: optuna.Trial) -> tuple[float, float]:
        values = costs(trial)
        if trial.number % 4 == 1:
            trial.set_user_attr("epochs", [list(values)])
            raise optuna.TrialPruned
        if trial.number % 4 == 2:
            raise RuntimeError
        return values

    made = optuna.create_study(directions=["minimize"] * 2, sampler=PosteriorSampler(0))
    made.optimize(some, n_trials=16, catch=RuntimeError)
    assert {t.state for t in made.trials} == {
        TrialState.COMPLETE,
        TrialState.PRUNED,
        TrialState.FAIL,
    }


@pytest.mark.parametrize("objectives", [1, 3])
def test_any_number_of_objectives(objectives: int) -> None:
    made = optuna.create_study(directions=["minimize"] * objectives, sampler=PosteriorSampler(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.optimize(lambda t: (*costs(t), t.params["rate"])[:objectives], n_trials=14)
    assert len(made.best_trials)
