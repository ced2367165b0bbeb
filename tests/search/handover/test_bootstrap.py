import numpy as np
import pytest

from search.handover.bootstrap import Rows, intervals


def test_the_interval_of_a_mean_is_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    found = intervals(lambda rows: {"mean": float(values[rows].mean())}, np.arange(400))
    error = values.std() / 20
    assert found["mean"] == pytest.approx(
        (values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.2 * error
    )


def test_an_utterance_is_drawn_with_all_of_its_rows() -> None:
    owner = np.array([0, 2, 1, 2, 2, 0])

    def whole(rows: Rows) -> dict[str, float]:
        counts = np.bincount(rows, minlength=6)
        assert counts[0] == counts[5]
        assert counts[1] == counts[3] == counts[4]
        assert counts[0] + counts[1] + counts[2] == 3
        return {"size": float(len(rows))}

    low, high = intervals(whole, owner)["size"] or (0.0, 0.0)
    assert 3 <= low < 6 < high <= 9


def test_the_same_seed_draws_the_same_utterances() -> None:
    values = np.random.default_rng(0).normal(size=30)

    def found(seed: int) -> object:
        rows = np.arange(30)
        return intervals(lambda r: {"mean": float(values[r].mean())}, rows, seed=seed)

    assert found(1) == found(1) != found(2)


@pytest.mark.parametrize(("men", "known"), [(20, True), (2, False), (0, False)])
def test_a_metric_that_is_often_undefined_has_no_interval(men: int, known: bool) -> None:
    male = np.arange(40) < men

    def measure(rows: Rows) -> dict[str, float]:
        chosen = rows[male[rows]]
        return {"of men": float(chosen.mean()) if len(chosen) else float("nan")}

    assert (intervals(measure, np.arange(40))["of men"] is not None) is known
