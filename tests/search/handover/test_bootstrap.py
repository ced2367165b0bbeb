import numpy as np
import pytest

from fairser_core.metrics.resampling import Draws, Values, mean, within
from search.handover.bootstrap import intervals


def test_the_interval_of_a_mean_is_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    found = intervals(lambda draws: {"mean": mean(values, draws)}, np.arange(400))
    error = values.std() / 20
    assert found["mean"] == pytest.approx(
        (values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.2 * error
    )


def test_an_utterance_is_drawn_with_all_of_its_rows() -> None:
    owner = np.array([0, 2, 1, 2, 2, 0])

    def whole(draws: Draws) -> dict[str, Values]:
        sizes = []
        for draw in range(len(draws)):
            rows = draws.rows(draw)
            counts = np.bincount(rows, minlength=6)
            assert counts[0] == counts[5]
            assert counts[1] == counts[3] == counts[4]
            assert counts[0] + counts[1] + counts[2] == 3
            sizes.append(float(len(rows)))
        return {"size": np.array(sizes)}

    low, high = intervals(whole, owner)["size"] or (0.0, 0.0)
    assert 3 <= low < 6 < high <= 9


def test_the_same_seed_draws_the_same_utterances() -> None:
    values = np.random.default_rng(0).normal(size=30)

    def found(seed: int) -> object:
        return intervals(lambda draws: {"mean": mean(values, draws)}, np.arange(30), seed=seed)

    assert found(1) == found(1) != found(2)


@pytest.mark.parametrize(("men", "known"), [(20, True), (2, False), (0, False)])
def test_a_metric_that_is_often_undefined_has_no_interval(men: int, known: bool) -> None:
    male = np.arange(40) < men

    def measure(draws: Draws) -> dict[str, Values]:
        return {"of men": mean(np.arange(40)[male], within(draws, male))}

    assert (intervals(measure, np.arange(40))["of men"] is not None) is known
