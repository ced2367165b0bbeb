"""Tally of trials against sums over all of them."""

import numpy as np

from search.presentation.tally import Tally
from search.store.trials import TrialRecord
from tests.support.fake_training import epoch_record


def test_a_tally_that_grows_has_the_sums_over_all_trials() -> None:
    rng, trials, tally = np.random.default_rng(0), {}, Tally()
    for number in range(30):
        purpose = "check" if number > 20 else "search"
        trials[number] = TrialRecord(number, {}, [0, 1], purpose, 5)
        for trial in trials.values():
            if trial.state == "running" and rng.random() < 0.7:
                trial.epochs.append(epoch_record(len(trial.epochs) + 1, {"ccc": [0.5, 0.6]}))
                trial.redone.update([1] if rng.random() < 0.2 else [])
                ended = "failed" if rng.random() < 0.3 else "complete"
                trial.state = ended if len(trial.epochs) > 3 else "running"
        changed = tally.take(trials)
        assert number in [trial.number for trial in changed]
        for check in (True, False):
            part = [t for t in trials.values() if (t.purpose == "check") == check]
            sums = tally.sums(check)
            assert sums.trials == len(part)
            assert sums.charge == sum(trial.charge for trial in part)
            assert sums.trained == sum(trial.trained for trial in part)
        assert sum(tally.states.values()) == len(trials)
        assert tally.repeated == sum(trial.repeated for trial in trials.values())
        assert set(tally.failed) == {n for n, t in trials.items() if t.state == "failed"}
