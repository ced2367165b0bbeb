"""Field of a long search: the newest configurations, and of the others those near the front."""

from typing import Any

import numpy as np
import pytest

from search.front.configurations import Configurations
from search.front.floors import bounds
from search.planning import field as fields
from search.planning.field import field
from search.planning.judge import Judge
from search.planning.planner import Planner
from tests.support.fake_training import FLOOR, OBJECTIVES, space_of, trial_of

SPACE = space_of(trials=40)
GOOD = (3, 11)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "FIELD", 12)
    monkeypatch.setattr(fields, "MOST_LANES", 6)


def trained(count: int = 30) -> list[Any]:
    """Configurations of a lane each, of which two early ones are the front and the last runs."""
    rng, trials = np.random.default_rng(0), []
    for number in range(count):
        gap = 0.1 if number in GOOD else 0.3 + 0.01 * number
        ccc = 0.7 + 0.05 * (number == GOOD[1])
        lanes = [{"ccc": [ccc], "recall_gap": [gap], "worst_recall": [0.5]}] * 2
        values = {"alpha0": float(rng.uniform(0.01, 100)), "adversary_learning_rate": 0.01}
        state = "running" if number == count - 1 else "complete"
        trials.append(trial_of(number, lanes, values=values, seeds=[0], state=state))
    return Configurations().update(trials)


def test_the_field_is_of_all_while_they_are_few() -> None:
    assert field(trained(), OBJECTIVES, bounds([FLOOR])) is None


@pytest.mark.usefixtures("small")
def test_the_field_has_the_newest_those_that_run_and_the_nearest_to_the_front() -> None:
    rows = field(trained(), OBJECTIVES, bounds([FLOOR]))
    assert rows is not None
    assert {*GOOD, *range(23, 30)} <= {*rows.tolist()}  # of the others the gaps grow
    assert rows.tolist() == [0, 1, 2, 3, 4, 11, *range(23, 30)] or len(rows) == 13


@pytest.mark.usefixtures("small")
def test_a_posterior_of_the_field_has_its_front_and_states_nothing_of_others() -> None:
    configurations = trained()
    judge = Judge(SPACE, [FLOOR])
    posterior = judge.posterior(configurations)
    assert posterior is not None
    rows = np.flatnonzero(posterior.stated)
    assert 12 <= len(rows) < 30
    assert set(posterior.front[0].tolist()) <= set(GOOD)
    assert np.isnan(posterior.outlook.mean[~posterior.stated]).all()
    assert np.isfinite(posterior.outlook.mean[rows]).all()
    choice = Planner(SPACE, judge, 0).choose(configurations, 3)
    assert choice is not None
    assert choice.configuration is None or choice.configuration.number in rows
