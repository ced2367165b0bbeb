"""The metrics' own formulas, on utterances that are really repeated, are the oracle."""

import numpy as np
import pytest
from scipy import stats

from fairser_core.metrics.activation import activation_metrics, ccc
from fairser_core.metrics.emotion import detection_metrics, view_metrics
from fairser_core.metrics.resampling import (
    activation_of,
    activation_terms,
    detection_of,
    detection_terms,
    drawn,
    f1s_of,
    interval,
    view_terms,
)

THRESHOLD = 3.5


def speech(count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(4, 1, count)
    return truth, truth + rng.normal(0, 0.8, count), rng.random(count) < 0.4


@pytest.mark.parametrize("seed", range(5))
def test_activation_of_repeated_utterances_is_what_the_metrics_say(seed: int) -> None:
    truth, said, female = speech(seed=seed)
    counts = drawn(len(truth), 20, np.random.default_rng(seed))
    found = activation_of(counts @ activation_terms(truth, said, female, THRESHOLD))
    for draw, count in enumerate(counts.astype(int)):
        rows = np.repeat(np.arange(len(truth)), count)
        known = activation_metrics(truth[rows], said[rows], female[rows], THRESHOLD)
        for name, values in found.items():
            assert values[draw] == pytest.approx(known[name], abs=1e-12, nan_ok=True)


def test_what_is_undefined_is_nan_as_in_the_metrics() -> None:
    truth, said = np.array([4.0, 5.0, 6.0, 3.0]), np.array([4.0, 5.5, 5.0, 4.0])
    for female in (np.zeros(4, bool), np.array([True, True, False, False])):
        found = activation_of(activation_terms(truth, said, female, THRESHOLD).sum(axis=0))
        known = activation_metrics(truth, said, female, THRESHOLD)
        for name, value in found.items():
            assert value == pytest.approx(known[name], abs=1e-12, nan_ok=True)
        assert np.isnan(found["tpr_low_diff"])


@pytest.mark.parametrize("bias", [0.0, -0.6, 0.6], ids=["fires", "never fires", "always fires"])
def test_detection_of_repeated_utterances_is_what_the_metrics_say(bias: float) -> None:
    rng = np.random.default_rng(3)
    truth, s1 = rng.random(80) < 0.3, rng.random(80) < 0.5
    score = np.clip(rng.random(80) + bias, 0, 1)
    if bias:
        score = np.where(bias > 0, 0.9, 0.1) * np.ones(80)
    aligned = np.where(s1, np.nan, rng.choice([0.0, 1.0, np.nan], 80))
    counts = drawn(80, 20, rng)
    found = detection_of(counts @ detection_terms(truth, score, s1, aligned))
    for draw, count in enumerate(counts.astype(int)):
        rows = np.repeat(np.arange(80), count)
        known = detection_metrics(truth[rows], score[rows], s1[rows], aligned[rows])
        for name, values in found.items():
            assert values[draw] == pytest.approx(known[name], abs=1e-12, nan_ok=True)


def test_what_a_gender_hears_is_judged_where_it_has_a_consensus() -> None:
    rng = np.random.default_rng(5)
    heard, score = rng.choice([0.0, 1.0, np.nan], 70), rng.random(70)
    counts = drawn(70, 20, rng)
    found = f1s_of(counts @ view_terms(heard, score), "female")
    for draw, count in enumerate(counts.astype(int)):
        rows = np.repeat(np.arange(70), count)
        known = view_metrics(
            {"female": heard[rows] == 1},
            {"female": ~np.isnan(heard[rows])},
            {"female": score[rows]},
        )
        for name, values in found.items():
            assert values[draw] == pytest.approx(known[name], abs=1e-12)
    nobody = f1s_of(view_terms(np.full(3, np.nan), score[:3]).sum(axis=0), "male")
    assert np.isnan([*nobody.values()]).all()


def test_each_draw_has_as_many_units_as_there_are() -> None:
    counts = drawn(30, 4000, np.random.default_rng(0))
    assert (counts.sum(axis=1) == 30).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(30), abs=0.1)
    assert counts.var() == pytest.approx(29 / 30, rel=0.02)  # binomial


def test_with_one_seed_the_interval_is_scipys_bootstrap_over_utterances() -> None:
    truth, said, female = speech(200)
    counts = drawn(200, 4000, np.random.default_rng(0))
    values = activation_of(counts @ activation_terms(truth, said, female, THRESHOLD))["ccc"]
    found = interval(values[:, None], np.random.default_rng(0))
    known = stats.bootstrap(
        (truth, said), ccc, paired=True, vectorized=False, n_resamples=4000, method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    width = known.high - known.low
    assert found == pytest.approx((known.low, known.high), abs=0.08 * width)


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_means_over_seeds_vary_as_means_of_so_many_do(seeds: int) -> None:
    own = np.random.default_rng(seeds).normal(0, 1, seeds)
    values = np.tile(own, (40_000, 1))
    low, high = interval(values, np.random.default_rng(0))
    error = own.std(ddof=1) / seeds**0.5
    if seeds == 2:  # one of the two is drawn
        assert (low, high) == (own.min(), own.max())
    else:
        assert (high - low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.12)
    assert (low + high) / 2 == pytest.approx(own.mean(), abs=0.25 * error + 1e-9)


def test_seeds_and_utterances_add_up() -> None:
    rng = np.random.default_rng(0)
    seeds, draws = 12, 40_000
    values = rng.normal(0, 0.5, seeds) + rng.normal(0, 0.3, (draws, 1))
    low, high = interval(values, rng)
    own = values[0].std(ddof=1) ** 2 / seeds  # the same in each draw
    assert (high - low) / (2 * 1.96) == pytest.approx((own + 0.3**2) ** 0.5, rel=0.05)


def test_draws_in_which_a_metric_is_undefined_do_not_count_unless_there_are_many() -> None:
    values = np.ones((100, 1))
    values[:5] = np.nan
    assert interval(values, np.random.default_rng(0)) == (1.0, 1.0)
    values[5] = np.nan
    assert np.isnan(interval(values, np.random.default_rng(0))).all()
