from collections.abc import Callable

import pytest

from search.log import TrialRecord
from search.progress import duration, progress

MakeTrial = Callable[..., TrialRecord]


def test_trials_not_begun_are_expected_to_train_as_long_as_those_over(
    make_trial: MakeTrial,
) -> None:
    trials = {
        0: make_trial(0, epochs=10),
        1: make_trial(1, epochs=4, state="stopped"),
        2: make_trial(2, epochs=3, state="running"),
    }
    state = progress(trials, total=5, epochs=10)
    assert state.over == 2
    assert state.trained == 17
    assert state.left == (10 - 3) + 2 * 7
    assert state.share == pytest.approx(17 / 38)
    assert str(state) == "2/5 done: 1 complete, 1 stopped, 0 failed, 1 running"


def test_before_the_first_trial_is_over_all_epochs_are_expected(make_trial: MakeTrial) -> None:
    assert progress({}, total=3, epochs=10).left == 30
    running = {0: make_trial(0, epochs=4, state="running")}
    assert progress(running, total=3, epochs=10).left == 26


def test_a_finished_sweep_has_nothing_left(make_trial: MakeTrial) -> None:
    state = progress({0: make_trial(0, epochs=10)}, total=1, epochs=10)
    assert (state.left, state.share) == (0, 1)


def test_a_sweep_whose_only_trial_failed_at_once_is_done(make_trial: MakeTrial) -> None:
    state = progress({0: make_trial(0, epochs=0, state="failed")}, total=1, epochs=10)
    assert (state.left, state.share) == (0, 1)


def test_time_left_follows_the_pace_of_this_run_only(make_trial: MakeTrial) -> None:
    trials = {
        0: make_trial(0, epochs=10),
        1: make_trial(1, epochs=5, state="running"),
    }
    state = progress(trials, total=2, epochs=10)
    assert state.seconds_left(20.0, trained_before=10) == pytest.approx(5 * 20.0 / 5)
    assert state.seconds_left(20.0, trained_before=15) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (150, "2 min"), (3599, "1 h 0 min")],
)
def test_durations_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
