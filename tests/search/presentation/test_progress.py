from collections.abc import Callable, Sequence

import pytest

from search.presentation.progress import duration, progress
from search.presentation.tally import Tally
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]


def tally(trials: Sequence[TrialRecord]) -> Tally:
    """Return the tally of trials that are taken at once."""
    result = Tally()
    result.take({trial.number: trial for trial in trials})
    return result


def test_what_is_left_is_the_rest_of_the_budget_and_of_the_trials_that_run(
    make_trial: MakeTrial,
) -> None:
    # Three lanes each; a budget of five whole trials of ten epochs.
    trials = [
        make_trial(0, epochs=10),
        make_trial(1, epochs=4, state="stopped"),  # leaves 18 lane-epochs for others
        make_trial(2, epochs=3, state="running"),
        make_trial(3, epochs=2, state="failed"),  # charged in full
    ]
    state = progress(tally(trials), budget=5 * 3 * 10, checks=0)
    assert state.trained == 3 * (10 + 4 + 3 + 2)
    assert state.left == 150 - 3 * (10 + 4 + 10 + 10) + 3 * (10 - 3)
    assert state.share == pytest.approx(57 / (57 + 69))
    assert str(state) == "4 trials: 1 complete, 1 stopped, 1 failed, 1 running"


def test_before_the_first_trial_all_of_the_budget_is_left() -> None:
    state = progress(tally([]), budget=90, checks=12)
    assert (state.trained, state.left, state.share, state.checking) == (0, 90, 0, False)


def test_once_the_front_is_checked_what_is_left_of_the_budget_is_not_trained(
    make_trial: MakeTrial,
) -> None:
    search = [make_trial(0, epochs=10), make_trial(1, epochs=4, state="stopped")]
    seeds = [500, 501]
    check = make_trial(2, epochs=6, of=0, seeds=seeds, purpose="check", limit=10, state="running")
    state = progress(tally([*search, check]), budget=90, checks=2 * 10)
    assert (state.trained, state.left, state.checking) == (2 * 6, 2 * 4, True)
    check.epochs += make_trial(2, epochs=10).epochs[6:]
    check.state = "complete"
    state = progress(tally([*search, check]), budget=90, checks=2 * 10)
    assert (state.left, state.share) == (0, 1)


def test_checks_still_to_come_are_left(make_trial: MakeTrial) -> None:
    check = make_trial(1, epochs=10, of=0, seeds=[500, 501], purpose="check")
    state = progress(tally([make_trial(0, epochs=10), check]), budget=30, checks=2 * (10 + 7))
    assert state.left == 2 * 7


def test_a_finished_sweep_has_nothing_left(make_trial: MakeTrial) -> None:
    state = progress(tally([make_trial(0, epochs=10)]), budget=30, checks=0)
    assert (state.left, state.share) == (0, 1)


def test_a_sweep_whose_only_trial_failed_at_once_is_done(make_trial: MakeTrial) -> None:
    state = progress(tally([make_trial(0, epochs=0, state="failed")]), budget=30, checks=0)
    assert (state.left, state.share) == (0, 1)


def test_time_left_follows_the_pace_of_this_run_only(make_trial: MakeTrial) -> None:
    trials = [make_trial(0, epochs=10), make_trial(1, epochs=5, state="running")]
    state = progress(tally(trials), budget=60, checks=0)
    assert state.seconds_left(20.0, trained_before=30) == pytest.approx(15 * 20.0 / 15)
    assert state.seconds_left(20.0, trained_before=45) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (150, "2 min"), (3599, "1 h 0 min")],
)
def test_durations_are_in_the_units_that_people_use(seconds: float, text: str) -> None:
    assert duration(seconds) == text
