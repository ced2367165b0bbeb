import numpy as np

from search.front.configurations import Configurations
from search.planning.lanes import lanes_of
from search.space.load import load
from search.store.trials import TrialRecord
from tests.support.fake_training import trial_of

SPACE = load("adversarial")
VALUES = {"alpha0": 1.0, "adversary_learning_rate": 1e-4}  # the middle of one scale, an end of one
OTHERS = {"alpha0": 100.0, "adversary_learning_rate": 1e-1}


def trial(number: int, ccc: list[list[float | None]], **options: object) -> TrialRecord:
    """Trial with these lanes of CCC at each epoch, and a gap of .1."""
    lanes = [{"ccc": row, "recall_gap": [0.1] * len(row)} for row in ccc]
    return trial_of(number, lanes, **options)


def test_lanes_are_those_that_count_in_order_of_their_trials() -> None:
    trials = [
        trial(0, [[0.5, 0.6], [0.7, None]], values=VALUES, seeds=[4, 7]),
        trial(1, [[0.3]], values=OTHERS, seeds=[4], state="stopped"),
        trial(2, [[0.8]], values=VALUES, seeds=[9], purpose="race"),
        trial(3, [[0.9]], values=VALUES, seeds=[500], purpose="check"),
        trial(4, [[0.9]], values={**OTHERS, "alpha0": 2.0}, state="running", seeds=[1]),
    ]
    lanes = lanes_of(Configurations().update(trials), SPACE, ("ccc", "recall_gap"))
    assert lanes is not None
    np.testing.assert_allclose(lanes.places[:2], [[0.5, 0], [1, 1]], atol=1e-12)
    assert len(lanes.places) == 3  # with the running one
    assert lanes.owners.tolist() == [0, 0, 1, 0]
    assert lanes.seeds.tolist() == [4, 7, 4, 9]
    assert lanes.lengths.tolist() == [2, 2, 1, 1]
    np.testing.assert_array_equal(
        lanes.costs[..., 0], [[-0.5, -0.7], [-0.6, np.nan], [-0.3, np.nan], [-0.8, np.nan]]
    )
    assert lanes.costs[0, 0, 1] == 0.1


def test_without_an_ended_trial_there_are_no_lanes() -> None:
    running = Configurations().update([trial(0, [[0.5]], values=VALUES, state="running")])
    assert lanes_of(running, SPACE, ("ccc",)) is None
