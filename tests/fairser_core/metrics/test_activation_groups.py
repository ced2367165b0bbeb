"""Metrics of activation between more than two groups, or others than genders."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, equalized_odds_difference
from sklearn.metrics import recall_score

from fairser_core.metrics.activation import LEVELS, ActivationPredictions
from fairser_core.metrics.activation_fairness import recall_gap, recall_gap_excess
from fairser_core.metrics.activation_table import (
    ACTIVATION,
    activation_metrics,
    activation_values,
    value_names,
)
from fairser_core.metrics.concordance import ccc
from fairser_core.metrics.resampling import Draws

NAMES = ("Irish", "Scots", "Welsh")
ROWS = {metric.name: metric for metric in ACTIVATION}
GENDERED = ("ccc_diff", "tpr_diff", "tpr_low_diff", "ccc_female", "recall_high_male")


def speech(seed: int, rows: int = 300) -> ActivationPredictions:
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, 15, rows) / 2
    prediction = np.clip(truth + rng.integers(-3, 4, rows) / 2, 1, 7)
    group = rng.choice(3, rows, p=[0.5, 0.3, 0.2])
    return ActivationPredictions(truth, prediction, group, 3.5, groups=NAMES)


def value(name: str, of: ActivationPredictions) -> float:
    return float(ROWS[name].of(of))


@pytest.mark.parametrize("seed", range(3))
def test_gaps_of_three_groups_are_those_of_fairlearn_or_of_its_table(seed: int) -> None:
    of = speech(seed)
    high, guess = of.truth > 3.5, of.prediction > 3.5
    names = np.array(NAMES)[of.group]
    assert value("equalized_odds_difference", of) == pytest.approx(
        equalized_odds_difference(high, guess, sensitive_features=names)
    )
    metrics = {
        "low": lambda y, z: recall_score(y, z, pos_label=False),
        "high": lambda y, z: recall_score(y, z, pos_label=True),
    }
    table = MetricFrame(
        metrics=metrics, y_true=high, y_pred=guess, sensitive_features=names
    ).by_group
    gaps = [
        np.sqrt(np.mean([(a - b) ** 2 for a, b in itertools.combinations(table[level], 2)]))
        for level in metrics
    ]
    assert value("recall_gap", of) == pytest.approx(sum(gaps))
    assert value("worst_recall", of) == pytest.approx(table.to_numpy().min())


def root_mean_square(means: pd.Series) -> float:
    """Root mean square of the differences of all pairs; NaN if a mean is missing."""
    pairs = [(a - b) ** 2 for a, b in itertools.combinations(means, 2)]
    return float(np.sqrt(np.mean(pairs)))


@pytest.mark.parametrize("seed", range(3))
def test_gaps_of_means_of_three_groups_are_those_of_pandas(seed: int) -> None:
    of = speech(seed, rows=900)
    table = pd.DataFrame({"truth": of.truth, "guess": of.prediction, "group": of.group})
    error = table["guess"] - table["truth"]
    unit = np.std(of.truth)
    bias = error.groupby(table["group"]).mean()
    assert value("bias_gap", of) == pytest.approx(root_mean_square(bias) / unit)
    size = error.abs().groupby(table["group"]).mean()
    assert value("mae_gap", of) == pytest.approx(root_mean_square(size) / unit)
    table["bin"] = pd.qcut(of.truth, 5, duplicates="drop")
    means = table.groupby(["bin", "group"], observed=True)["guess"].mean().unstack()
    bins = [root_mean_square(row) for _, row in means.iterrows()]
    assert value("separation_gap", of) == pytest.approx(np.mean(bins) / unit)


def test_of_resamples_gaps_of_means_are_those_of_the_rows_drawn() -> None:
    of = speech(3)
    draws = Draws(np.random.default_rng(0).poisson(1.0, (4, 300)).astype(float), np.arange(300))
    drawn = dataclasses.replace(of, draws=draws)
    for name in ("bias_gap", "mae_gap", "separation_gap"):
        values = ROWS[name].of(drawn)
        for number in range(4):
            each = draws.rows(number)
            alone = ActivationPredictions(
                of.truth[each], of.prediction[each], of.group[each], 3.5, groups=NAMES
            )
            assert values[number] == pytest.approx(value(name, alone)), name


def test_every_group_has_its_values_by_name() -> None:
    of = speech(1)
    values = activation_values(of)
    assert tuple(values) == value_names(NAMES)
    for number, name in enumerate(NAMES):
        rows = of.group == number
        assert values[f"ccc_{name}"] == pytest.approx(ccc(of.truth[rows], of.prediction[rows]))
        assert 0 <= values[f"recall_low_{name}"] <= 1
    assert values["worst_ccc"] == min(values[f"ccc_{name}"] for name in NAMES)
    each = [values[f"ccc_{name}"] for name in NAMES]
    assert values["ccc_gap"] == pytest.approx(max(each) - min(each))


def test_differences_of_women_and_men_are_undefined_without_them() -> None:
    of = speech(0)
    for name in GENDERED:
        assert np.isnan(value(name, of)), name
    genders = dataclasses.replace(of, groups=("female", "male", "unknown"))
    assert all(np.isfinite(value(name, genders)) for name in GENDERED)


def test_groups_that_are_not_judged_do_not_count_in_gaps() -> None:
    of = dataclasses.replace(speech(2), judged=(0, 2))
    kept = of.group != 1
    alone = activation_metrics(
        of.truth[kept], of.prediction[kept], of.group[kept] == 0, of.threshold
    )
    for name in ("recall_gap", "equalized_odds_difference", "worst_ccc", "worst_recall"):
        assert value(name, of) == alone[name], name
    units = np.std(of.truth[kept]) / np.std(of.truth)
    for name in ("bias_gap", "mae_gap"):
        assert value(name, of) == pytest.approx(alone[name] * units), name
    assert value("ccc", of) == ccc(of.truth, of.prediction)


def test_names_of_two_genders_are_those_of_the_table() -> None:
    assert value_names(("female", "male")) == tuple(ROWS)
    assert value_names(("female/São (PT)",))[len(ROWS)] == "ccc_female/São__PT_"


def test_a_group_of_no_whole_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="`group` must be of whole numbers, got dtype float64"):
        dataclasses.replace(speech(0), group=np.zeros(300))


def of_speakers(groups: int, seed: int, shift: float = 0.0) -> ActivationPredictions:
    """Predictions of six speakers a group, whose skill differs, and of one group by a shift."""
    rng = np.random.default_rng(seed)
    speaker = np.repeat(np.arange(6 * groups), 20)
    group = speaker // 6
    truth = rng.choice([2.0, 5.0], len(speaker))
    skill = rng.beta(6, 3, 6 * groups)[speaker] - shift * (group == 0)
    right = rng.random(len(speaker)) < skill
    prediction = np.where(right, truth, 7.0 - truth)
    names = tuple(f"g{number}" for number in range(groups))
    return ActivationPredictions(truth, prediction, group, 3.5, groups=names, speaker=speaker)


def test_the_gap_beyond_chance_is_that_of_its_formula() -> None:
    of = of_speakers(2, 0, shift=0.4)
    expected = 0.0
    for level in LEVELS:
        rows = (of.truth > 3.5) == (level == "high")
        right = (of.prediction > 3.5) == (of.truth > 3.5)
        means, variances = [], []
        for number in range(2):
            units = range(6 * number, 6 * number + 6)
            hits = np.array([right[rows & (of.speaker == unit)].sum() for unit in units])
            counts = np.array([(rows & (of.speaker == unit)).sum() for unit in units])
            means.append(hits.sum() / counts.sum())
            residuals = (hits - means[-1] * counts) ** 2
            variances.append(6 / 5 * residuals.sum() / counts.sum() ** 2)
        expected += np.sqrt(max(0.0, (means[0] - means[1]) ** 2 - sum(variances)))
    assert 0 < expected < recall_gap(of)
    assert recall_gap_excess(of) == pytest.approx(expected)


def test_without_a_gap_the_gap_beyond_chance_is_often_0_and_with_one_it_is_not() -> None:
    fair = [of_speakers(8, seed) for seed in range(100)]
    assert np.mean([recall_gap_excess(of) for of in fair]) < 0.5 * np.mean(
        [recall_gap(of) for of in fair]
    )
    assert np.mean([recall_gap_excess(of) == 0 for of in fair]) > 0.2
    assert min(recall_gap_excess(of_speakers(8, seed, shift=0.5)) for seed in range(20)) > 0.1


def test_the_gap_beyond_chance_needs_speakers_two_of_a_level_and_group() -> None:
    of = of_speakers(2, 1)
    assert np.isnan(recall_gap_excess(dataclasses.replace(of, speaker=None)))
    alone = dataclasses.replace(of, speaker=np.where(of.group == 0, 0, of.speaker))
    assert np.isnan(recall_gap_excess(alone))
    with pytest.raises(ValueError, match="`speaker`"):
        dataclasses.replace(of, speaker=of.speaker[:3])
