import statistics

import numpy as np
import pytest

from search.front.configurations import Configuration, Configurations
from search.store.trials import TrialRecord
from tests.support.fake_training import trial_of

HERE = {"alpha0": 0.5}


def rows(*lanes: list[float | None]) -> list[dict]:
    """Epochs with these lanes of CCC, the gap twice as large."""
    return [
        {"ccc": row, "recall_gap": [None if v is None else 2 * v for v in row]} for row in lanes
    ]


def one(*trials: TrialRecord) -> Configuration:
    (configuration,) = Configurations().update(trials)
    return configuration


def test_trials_with_the_same_values_are_one_configuration() -> None:
    trials = [
        trial_of(0, rows([0.1]), values={"alpha0": 1.0, "b": 2}),
        trial_of(1, rows([0.2]), values={"alpha0": 2.0, "b": 2}),
        trial_of(2, rows([0.3]), values={"b": 2, "alpha0": 1.0}, seeds=[1], purpose="race"),
        trial_of(3, rows([0.4]), values={"b": 2, "alpha0": 2.0}, seeds=[500], purpose="check"),
    ]
    first, second = Configurations().update(trials)
    assert (first.number, second.number) == (0, 1)
    assert [trial.number for trial in first.trials] == [0, 2]
    assert [trial.number for trial in second.trials] == [1]
    assert [trial.number for trial in second.checks] == [3]


def test_a_configuration_is_judged_over_all_of_its_lanes() -> None:
    configuration = one(
        trial_of(0, rows([0.1, 0.2], [0.3, 0.5]), values=HERE, seeds=[0, 1]),
        trial_of(1, rows([0.4, 0.1], [0.7, 0.9]), values=HERE, seeds=[2, 3], purpose="race"),
    )
    assert configuration.seeds == [0, 1, 2, 3]
    assert configuration.lanes("ccc").tolist() == [[0.1, 0.2, 0.4, 0.1], [0.3, 0.5, 0.7, 0.9]]
    metrics = configuration.metrics_at(2)
    assert metrics["ccc"] == pytest.approx(0.6)
    assert metrics["ccc_sd"] == pytest.approx(statistics.stdev([0.3, 0.5, 0.7, 0.9]))
    assert metrics["recall_gap"] == pytest.approx(1.2)


def test_lanes_count_once_their_trial_was_trained_to_its_end() -> None:
    first = trial_of(0, rows([0.1]), values=HERE)
    for state in ("running", "failed", "stopped"):
        other = trial_of(1, rows([0.9]), values=HERE, seeds=[1], purpose="race", state=state)
        assert one(first, other).seeds == [0]
        assert one(first, other).metrics_at(1)["ccc"] == pytest.approx(0.1)
    complete = trial_of(1, rows([0.9]), values=HERE, seeds=[1], purpose="race")
    assert one(first, complete).seeds == [0, 1]


def test_a_configuration_has_the_state_and_the_epochs_of_its_first_trial() -> None:
    for state in ("running", "complete", "stopped"):
        first = trial_of(0, rows([0.1], [0.2]), values=HERE, state=state)
        other = trial_of(1, rows([0.1]), values=HERE, seeds=[1], purpose="race")
        assert one(first, other).state == state
        assert one(first).epochs == 2


def test_failures_before_the_first_success_are_forgotten() -> None:
    failed = trial_of(0, rows([0.9]), values={}, state="failed")
    complete = trial_of(1, rows([0.5]), values={})
    assert one(failed, complete).number == 1
    assert one(failed, complete).metrics_at(1)["ccc"] == 0.5
    assert one(failed).state == "failed"


def test_lanes_that_stopped_by_themselves_stay_at_their_last_epoch() -> None:
    configuration = one(
        trial_of(0, rows([0.1], [0.2], [0.3]), values=HERE),
        trial_of(1, rows([0.5], [0.6]), values=HERE, seeds=[1], purpose="race"),
    )
    assert configuration.lanes("ccc").tolist() == [[0.1, 0.5], [0.2, 0.6], [0.3, 0.6]]


def test_a_lane_without_a_value_is_undefined_and_does_not_count_in_the_mean() -> None:
    configuration = one(trial_of(0, rows([0.4, None, 0.6]), values=HERE))
    assert np.isnan(configuration.lanes("ccc")).tolist() == [[False, True, False]]
    assert configuration.lanes_at(1)["ccc"] == [0.4, None, 0.6]
    assert configuration.metrics_at(1)["ccc"] == pytest.approx(0.5)


def test_fresh_seeds_are_apart_from_those_that_decide() -> None:
    configuration = one(
        trial_of(0, rows([0.8, 0.9], [0.9, 0.9]), values=HERE),
        trial_of(1, rows([0.5, 0.6]), values=HERE, seeds=[500, 501], purpose="check", limit=1),
    )
    assert configuration.seeds == [0, 1]
    assert configuration.check_at(1)["ccc"] == pytest.approx(0.55)
    assert configuration.check_at(2) == {}  # not trained so far


@pytest.mark.parametrize("state", ["running", "failed"])
def test_a_check_that_is_not_complete_tells_nothing(state: str) -> None:
    check = trial_of(1, rows([0.5]), values=HERE, seeds=[500], purpose="check", state=state)
    assert one(trial_of(0, rows([0.8]), values=HERE), check).check_at(1) == {}


def test_fresh_seeds_that_diverged_are_counted() -> None:
    fresh = {"values": HERE, "seeds": [500, 501, 502], "purpose": "check"}
    first = trial_of(0, rows([0.8]), values=HERE)
    some = trial_of(1, rows([0.5, None, None]), **fresh)
    assert one(first, some).check_failed_at(1, ["ccc", "recall_gap"]) == 2
    every = trial_of(1, rows([0.5, 0.5, 0.5]), state="failed", **fresh)
    assert one(first, every).check_failed_at(1, ["ccc", "recall_gap"]) == 3
    none = trial_of(1, rows([0.5, 0.5, 0.5]), **fresh)
    assert one(first, none).check_failed_at(1, ["ccc", "recall_gap"]) == 0
    assert one(first).check_failed_at(1, ["ccc", "recall_gap"]) == 0


def test_fresh_seeds_trained_twice_count_once() -> None:
    # First as far as the front then was, later, with more budget, further.
    near = trial_of(1, rows([0.5, 0.6]), values=HERE, seeds=[500, 501], purpose="check")
    far = trial_of(2, rows([0.5, 0.6], [0.7, 0.8]), values=HERE, seeds=[500, 501], purpose="check")
    configuration = one(trial_of(0, rows([0.8, 0.9], [0.9, 0.9]), values=HERE), near, far)
    assert configuration.check_at(2)["ccc"] == pytest.approx(0.75)
    assert configuration.check_at(1)["ccc"] == pytest.approx(0.55)
    assert configuration.check_at(1)["ccc_sd"] == pytest.approx(statistics.stdev([0.5, 0.6]))


def test_what_changes_in_the_log_is_seen_at_the_next_update() -> None:
    first = trial_of(0, rows([0.1]), values=HERE, state="running")
    known = Configurations()
    (before,) = known.update([first])
    assert (before.state, before.epochs) == ("running", 1)
    (same,) = known.update([first])
    assert same is before  # not made again for nothing
    first.epochs += trial_of(0, rows([0.1], [0.2])).epochs[1:]
    first.state = "complete"
    race = trial_of(1, rows([0.3], [0.4]), values=HERE, seeds=[1], purpose="race")
    (after,) = known.update([first, race])
    assert (after.state, after.epochs, after.seeds) == ("complete", 2, [0, 1])
    (fresh,) = Configurations().update([first, race])
    assert after == fresh
