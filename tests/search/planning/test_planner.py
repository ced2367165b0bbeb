import dataclasses
from typing import Any

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution

from search.front.configurations import Configurations
from search.front.floors import Floor
from search.planning.judge import Judge
from search.planning.lanes import goal_of
from search.planning.planner import START, Choice, Planner
from search.space.domains import contains
from search.space.load import load
from search.space.space import Space
from search.store.trials import TrialRecord
from tests.support.fake_training import FLOOR, tradeoff, trial_of

SPACE = load("adversarial")
SPACE_VALUES = {"alpha0": 1.0, "adversary_learning_rate": 0.01}
BASELINE = {
    "ccc": np.array([[0.8] * 4, [0.81] * 4, [0.79] * 4]),
    "recall_gap": np.array([[0.6] * 4, [0.62] * 4, [0.58] * 4]),
}


def planner(space: Space = SPACE, seed: int = 0) -> Planner:
    return Planner(space, Judge(space, [FLOOR], BASELINE), seed)


def trained(number: int, choice: Choice, **options: Any) -> TrialRecord:
    """The choice's values, trained for four epochs with one more seed."""
    seed = 1 if choice.configuration is None else 1 + len(choice.configuration.seeds)
    epochs = [tradeoff(choice.values, seed, epoch + 1) for epoch in range(4)]
    lanes = [{"ccc": [ccc], "recall_gap": [gap]} for ccc, gap in epochs]
    purpose = "search" if choice.configuration is None else "race"
    return trial_of(number, lanes, values=choice.values, seeds=[seed], purpose=purpose, **options)


def grown(made: Planner, count: int, most_seeds: int = 3) -> list[TrialRecord]:
    trials: list[TrialRecord] = []
    while len(trials) < count:
        choice = made.choose(Configurations().update(trials), most_seeds)
        assert choice is not None
        trials.append(trained(len(trials), choice))
    return trials


def test_the_same_trials_give_the_same_choices() -> None:
    trials = grown(planner(), 14)
    for count in (3, 9, 14):
        configurations = Configurations().update(trials[:count])
        assert planner().choose(configurations, 3) == planner().choose(configurations, 3)
    assert [t.values for t in grown(planner(), 14)] == [t.values for t in trials]
    assert [t.values for t in grown(planner(seed=1), 14)] != [t.values for t in trials]
    assert all(contains(SPACE.search[k], v) for t in trials for k, v in t.values.items())


def test_values_that_waste_accuracy_and_fairness_are_left() -> None:
    """The adversary's learning rate is best where it is lowest."""
    trials = grown(planner(), 26)
    rates = [np.log10(float(t.values["adversary_learning_rate"])) for t in trials]
    assert np.median(rates[START:]) < np.median(rates[:START]) - 0.5
    assert np.median(rates[START:]) < -3.3  # of -4 to -1


def test_first_values_are_tried_first() -> None:
    first = ({"alpha0": 0.5}, {"alpha0": 3.0, "adversary_learning_rate": 0.01})
    trials = grown(planner(dataclasses.replace(SPACE, first=first)), 2)
    assert trials[0].values["alpha0"] == 0.5
    assert trials[1].values == first[1]


def test_a_running_configuration_gets_no_second_seed() -> None:
    trials = grown(planner(), 12)
    for trial in trials:
        trial.state = "running"
    trials[0].state = "complete"
    choice = planner().choose(Configurations().update(trials), 3)
    assert choice is not None
    assert choice.configuration is None or choice.configuration.number == 0


@pytest.mark.parametrize("most_seeds", [1, 2])
def test_a_finite_space_ends_when_all_is_trained(most_seeds: int) -> None:
    search = {
        "alpha0": CategoricalDistribution([0.1, 1.0, 10.0]),
        "adversary_learning_rate": CategoricalDistribution([1e-4, 1e-3]),
    }
    space = dataclasses.replace(SPACE, search=search, first=())
    trials: list[TrialRecord] = []
    while choice := planner(space).choose(Configurations().update(trials), most_seeds):
        trials.append(trained(len(trials), choice))
        assert len(trials) <= 12
    assert len(trials) == 6 * most_seeds


def test_a_space_without_values_gets_seeds() -> None:
    space = dataclasses.replace(SPACE, search={}, first=())
    made = planner(space)
    values = {"alpha0": 1.0, "adversary_learning_rate": 1e-3}
    one = trained(0, Choice(values))
    one.values.clear()
    choice = made.choose(Configurations().update([one]), 2)
    assert choice is not None
    assert choice.configuration is not None


def test_whole_numbers_are_chosen_as_such() -> None:
    search = {**SPACE.search, "filters": IntDistribution(4, 8)}
    trials = grown(planner(dataclasses.replace(SPACE, search=search, first=())), 10)
    assert all(type(t.values["filters"]) is int for t in trials)


def test_floors_are_those_of_the_sweep() -> None:
    floor = Floor("worst_recall", of_baseline=0.5, baseline=0.6)
    goal = goal_of(SPACE, [FLOOR, floor], None)
    assert goal.metrics == ("ccc", "recall_gap", "worst_recall")
    np.testing.assert_allclose(goal.limits, [-0.6, 1.0, -0.3])
    assert goal.floored.tolist() == [True, False, True]


def test_all_epochs_above_the_floors_are_offered_unless_fronts_alone_were_kept() -> None:
    curve = [(0.5, 0.1), (0.7, 0.3), (0.65, 0.4), (0.75, 0.5)]  # the first is below the floor
    lanes = [{"ccc": [ccc], "recall_gap": [gap]} for ccc, gap in curve]
    first = Configurations().update([trial_of(0, lanes, values=SPACE_VALUES, seeds=[0])])
    for fronts_alone, expected in ((False, [1, 2, 3]), (True, [1, 3])):
        judge = Judge(SPACE, [FLOOR], BASELINE, fronts_alone)
        posterior = judge.posterior(first)
        assert posterior is not None
        assert np.flatnonzero(posterior.seen[0]).tolist() == expected
