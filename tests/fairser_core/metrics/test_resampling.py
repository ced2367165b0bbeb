"""The metrics of utterances that are really repeated are the oracle of those of resamples."""

import dataclasses
from typing import TypeVar

import numpy as np
import pytest
from scipy import stats

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.concordance import ccc
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws, within
from tests.support.resamples import draw_units

THRESHOLD = 3.5

Predictions = TypeVar("Predictions", ActivationPredictions, DetectorPredictions)


def speech(count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(4, 1, count)
    return truth, truth + rng.normal(0, 0.8, count), rng.random(count) < 0.4


def detector(seed: int, count: int = 80, decimals: int = 15) -> DetectorPredictions:
    """Few decimals make ties."""
    rng = np.random.default_rng(seed)
    s1 = rng.random(count) < 0.5
    genders = ("female", "male")
    attributes = ("gender", "gender_self", "emotion", "emotion_self")
    return DetectorPredictions(
        truth=rng.random(count) < 0.3,
        score=rng.random(count).round(decimals),
        s1=s1,
        aligned=np.where(s1, np.nan, rng.choice([0.0, 1.0, np.nan], count)),
        perceived={gender: rng.choice([0.0, 1.0, np.nan], count) for gender in genders},
        perspectives={gender: rng.random(count).round(decimals) for gender in genders},
        deviations={
            name: np.where(s1 & (name[0] == "g"), np.nan, rng.random(count).round(decimals))
            for name in attributes
        },
    )


def of_rows(predictions: Predictions, rows: np.ndarray) -> Predictions:
    """The predictions of some rows, which may repeat."""

    def taken(value: object) -> object:
        if isinstance(value, dict):
            return {key: array[rows] for key, array in value.items()}
        return value[rows] if isinstance(value, np.ndarray) else value

    fields = {f.name: taken(getattr(predictions, f.name)) for f in dataclasses.fields(predictions)}
    return dataclasses.replace(predictions, **fields)


def check_against_repeated_rows(predictions: Predictions, draws: Draws) -> dict[str, np.ndarray]:
    """Each metric of each resample is that of its rows; the metrics (draw,)."""
    table = ACTIVATION if isinstance(predictions, ActivationPredictions) else EMOTION
    result = measure(table, dataclasses.replace(predictions, draws=draws))
    for draw in range(len(draws)):
        rows = np.flatnonzero(draws.counts[draw, draws.unit])
        rows = np.repeat(rows, draws.counts[draw, draws.unit][rows].astype(int))
        known = measure(table, of_rows(predictions, rows))
        for name, values in result.items():
            assert values.shape == (len(draws),)
            expected = pytest.approx(float(known[name]), abs=1e-12, nan_ok=True)
            assert values[draw] == expected, name
    return result


@pytest.mark.parametrize("seed", range(5))
def test_activation_of_resamples_is_that_of_repeated_utterances(seed: int) -> None:
    draws = draw_units(np.arange(60), 20, np.random.default_rng(seed))
    check_against_repeated_rows(
        ActivationPredictions.of_genders(*speech(seed=seed), THRESHOLD), draws
    )


@pytest.mark.parametrize("seed", range(5))
def test_of_few_tied_ratings_every_metric_is_that_of_repeated_utterances(seed: int) -> None:
    # Few women, few levels: resamples without a group, and of a constant truth or prediction.
    rng = np.random.default_rng(seed)
    truth, prediction = rng.integers(5, 9, 12) / 2, rng.integers(5, 9, 12) / 2
    female = np.arange(12) % 5 == 1
    draws = draw_units(np.arange(12), 200, rng)
    predictions = ActivationPredictions.of_genders(truth, prediction, female, THRESHOLD)
    result = check_against_repeated_rows(predictions, draws)
    assert np.isnan(result["ccc_female"]).any()
    assert (result["ccc_female"] == 0).any()
    assert np.isfinite(result["ccc_female"]).any()


@pytest.mark.parametrize("constant", [0.1, 1 / 3, 3.5])
def test_of_a_constant_prediction_every_metric_is_that_of_repeated_utterances(
    constant: float,
) -> None:
    truth, _, female = speech(12)
    truth[:9] = constant
    draws = draw_units(np.arange(12), 100, np.random.default_rng(1))
    result = check_against_repeated_rows(
        ActivationPredictions.of_genders(truth, np.full(12, constant), female, THRESHOLD), draws
    )
    assert set(result["ccc"][~np.isnan(result["ccc"])]) == {0.0}


def test_windows_are_drawn_with_their_utterance_in_any_order() -> None:
    rng = np.random.default_rng(2)
    unit = rng.permutation(np.arange(90) % 30)
    draws = draw_units(unit, 20, rng)
    assert draws.counts.shape == (20, 30)
    check_against_repeated_rows(ActivationPredictions.of_genders(*speech(90), THRESHOLD), draws)
    check_against_repeated_rows(detector(2, 90, decimals=1), draws)


def test_what_is_undefined_is_nan_as_in_the_metrics() -> None:
    truth, said = np.array([4.0, 5.0, 6.0, 3.0]), np.array([4.0, 5.5, 5.0, 4.0])
    once = Draws(np.ones((1, 4)), np.arange(4))
    for female in (np.zeros(4, bool), np.array([True, True, False, False])):
        predictions = ActivationPredictions.of_genders(truth, said, female, THRESHOLD)
        result = check_against_repeated_rows(predictions, once)
        assert np.isnan(result["tpr_low_diff"]).all()


@pytest.mark.parametrize("decimals", [15, 1], ids=["no ties", "ties"])
@pytest.mark.parametrize("bias", [0.0, -0.6, 0.6], ids=["fires", "never fires", "always fires"])
def test_detection_of_resamples_is_that_of_repeated_utterances(bias: float, decimals: int) -> None:
    predictions = detector(3, decimals=decimals)
    if bias:
        score = np.where(bias > 0, 0.9, 0.1) * np.ones(80)
        predictions = dataclasses.replace(predictions, score=score)
    draws = draw_units(np.arange(80), 20, np.random.default_rng(3))
    result = check_against_repeated_rows(predictions, draws)
    assert np.isfinite(result["f1_all"]).all()


def test_of_a_few_utterances_undefined_metrics_are_nan_in_the_same_resamples() -> None:
    predictions = detector(5, 12, decimals=1)
    rare = np.where(np.arange(12) < 2, predictions.deviations["emotion"], np.nan)
    predictions = dataclasses.replace(
        predictions, deviations={**predictions.deviations, "gender": rare}
    )
    draws = draw_units(np.arange(12), 200, np.random.default_rng(5))
    result = check_against_repeated_rows(predictions, draws)
    for name in ("parity_s2", "f1_positive_s1", "consistency_gender"):
        assert 0 < np.isnan(result[name]).sum() < 200, name


def test_a_gender_without_a_consensus_has_no_metric() -> None:
    predictions = dataclasses.replace(detector(6), perceived={"female": np.full(80, np.nan)})
    draws = draw_units(np.arange(80), 3, np.random.default_rng(6))
    for of in (predictions, dataclasses.replace(predictions, draws=draws)):
        result = measure(EMOTION, of)
        for name in ("f1_female", "f1_macro_female", "f1_male", "f1_macro_male", "f1_views"):
            assert np.isnan(result[name]).all()


def test_each_draw_has_as_many_units_as_there_are() -> None:
    counts = draw_units(np.arange(30), 4000, np.random.default_rng(0)).counts
    assert (counts.sum(axis=1) == 30).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(30), abs=0.1)
    assert counts.var() == pytest.approx(29 / 30, rel=0.02)  # binomial


def test_resamples_of_some_rows_are_those_of_all() -> None:
    unit = np.array([2, 0, 1, 0, 2])
    draws = draw_units(unit, 50, np.random.default_rng(0))
    rows = np.array([True, False, True, True, False])
    some = within(draws, rows)
    assert some is not None
    for draw in range(50):
        left = [row for row in draws.rows(draw) if rows[row]]
        assert sorted(np.flatnonzero(rows)[some.rows(draw)]) == sorted(left)
        assert len(draws.rows(draw)) == draws.counts[draw] @ [2, 1, 2]
    assert within(None, rows) is None


def test_resamples_of_utterances_are_those_of_scipys_bootstrap() -> None:
    truth, said, female = speech(200)
    draws = draw_units(np.arange(200), 4000, np.random.default_rng(0))
    values = ActivationPredictions.of_genders(truth, said, female, THRESHOLD, draws).cccs["all"]
    result = np.quantile(values, [0.025, 0.975])
    known = stats.bootstrap(
        (truth, said), ccc, paired=True, vectorized=False, n_resamples=4000, method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    width = known.high - known.low
    assert result == pytest.approx((known.low, known.high), abs=0.08 * width)
