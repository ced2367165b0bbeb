from pathlib import Path

import numpy as np
import pytest

from search.front.configurations import Configurations
from search.posterior.lanes import Floats
from search.store.local_storage import LocalStorage
from search.store.trials import TrialRecord
from search.sweep.head import SweepHead
from search.sweep.policy import SearchPolicy
from tests.support.facts import made_facts
from tests.support.fake_training import FLOOR, space_of, trial_of

BASELINE: dict[str, Floats] = {
    "ccc": np.array([[0.8] * 2, [0.81] * 2, [0.79] * 2]),
    "recall_gap": np.array([[0.6] * 2, [0.62] * 2, [0.58] * 2]),
}


def trial(number: int, *pairs: tuple[float, float]) -> TrialRecord:
    """Return a trial of three lanes that hardly differ, at each epoch."""
    rng, lanes = np.random.default_rng(number), []
    for ccc, gap in pairs:
        luck = rng.normal(0, 1e-3, (2, 3))
        lanes.append({"ccc": (ccc + luck[0]).tolist(), "recall_gap": (gap + luck[1]).tolist()})
    values = {"alpha0": 0.01 * 10.0**number, "adversary_learning_rate": 0.01}
    return trial_of(number, lanes, values=values)


@pytest.mark.parametrize("judged", [True, False])
def test_models_are_needed_of_epochs_that_are_not_far_from_the_front(
    tmp_path: Path, judged: bool
) -> None:
    """The third is beaten everywhere, the second at its first epoch, the last misses a floor."""
    trained = Configurations().update(
        [
            trial(0, (0.75, 0.4), (0.78, 0.5)),
            trial(1, (0.62, 0.45), (0.7, 0.1)),
            trial(2, (0.61, 0.8), (0.62, 0.9)),
            trial(3, (0.3, 0.0), (0.3, 0.0)),
        ]
    )
    head = SweepHead("x", LocalStorage(tmp_path), space_of(), made_facts("x"))
    policy = SearchPolicy(floors=(FLOOR,), baseline_lanes=BASELINE)
    judge = policy.judge(head)
    assert judge is not None
    needed = policy.needed(head, trained, judge.posterior(trained) if judged else None)
    assert needed[0] == {1, 2}
    assert 2 in needed[1]
    assert needed[2:] == [set(), set()]
