import dataclasses

import numpy as np
import pytest
from scipy import stats

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws, Values, mean
from fairser_core.metrics.speakers import Speakers
from search.handover.certainty import Certain, certain
from search.tasks.measurement import Measurement


def test_the_interval_of_a_metric_is_that_of_the_speakers_on_its_scale() -> None:
    rng = np.random.default_rng(0)
    share = rng.uniform(0.5, 0.8, 8)
    speakers = Speakers.of(np.arange(8))

    def measured(draws: Draws | None) -> dict[str, Values]:
        return {"ccc": mean(share, draws), "recall_gap": np.asarray(0.2)}

    result = certain(Measurement(measured, {"recall_gap": 0.1}, speakers))
    assert result["recall_gap"] == Certain(0.2, chance=0.1)
    left = np.array([np.delete(share, place).mean() for place in range(8)])
    scale = np.arcsin  # the angle of [-1, 1], less a quarter of a turn
    assert stats.kurtosis(scale(left), bias=False) < 0  # no fewer than 7 degrees of freedom
    error = np.sqrt(7 * scale(left).var())
    ends = np.sin(scale(share.mean()) + error * stats.t.ppf([0.025, 0.975], 7))
    assert result["ccc"].value == share.mean()
    assert (result["ccc"].low, result["ccc"].high) == pytest.approx(tuple(ends))


@pytest.mark.parametrize(("women", "known"), [(5, True), (4, False)])
def test_fewer_than_five_speakers_of_a_group_have_no_interval(women: int, known: bool) -> None:
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(12), 20)
    truth, female = rng.normal(4, 1, 240), unit < women
    of = ActivationPredictions.of_genders(
        truth, truth + female + rng.normal(0, 0.7, 240), female, 4.0
    )
    of = dataclasses.replace(of, speaker=unit)

    def measured(draws: Draws | None) -> dict[str, Values]:
        return measure(ACTIVATION, dataclasses.replace(of, draws=draws))

    result = certain(Measurement(measured, {}, Speakers.of(unit, female)))
    assert set(result) == {metric.name for metric in ACTIVATION}
    for each in result.values():
        assert np.isfinite(each.value)
        assert (each.low is not None) == (each.high is not None) == known


def test_what_is_undefined_is_null_in_the_bundle() -> None:
    assert Certain(float("nan")).to_json() == {"value": None, "low": None, "high": None}
    assert Certain(0.1, chance=float("nan")).to_json()["chance"] is None
    assert Certain(0.1, 0.0, 0.2).to_json() == {"value": 0.1, "low": 0.0, "high": 0.2}
