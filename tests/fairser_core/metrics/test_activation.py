import math

import audmetric
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, equalized_odds_difference
from sklearn.metrics import mean_absolute_error, recall_score

from fairser_core.metrics.activation_table import activation_metrics
from fairser_core.metrics.concordance import ccc
from fairser_core.metrics.directions import DIRECTIONS, cost
from fairser_core.metrics.recall import recall

THRESHOLD = 3.5

Activations = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]


def activations(seed: int, size: int = 200) -> Activations:
    # Halves between 1 and 7, so that many values lie exactly on the threshold.
    generator = np.random.default_rng(seed)
    truth = generator.integers(2, 15, size) / 2
    prediction = np.clip(truth + generator.integers(-3, 4, size) / 2, 1, 7)
    return truth, prediction, generator.random(size) < 0.3


@pytest.mark.parametrize("seed", range(3))
def test_ccc_is_audmetrics(seed: int) -> None:
    truth, prediction, _ = activations(seed)
    assert ccc(truth, prediction) == pytest.approx(
        audmetric.concordance_cc(truth, prediction), abs=1e-12
    )


def test_ccc_of_three_values_by_hand() -> None:
    # means 2 and 3, population variances 2/3 and 8/3, covariance 4/3
    value = ccc(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 5.0]))
    assert value == pytest.approx(2 * (4 / 3) / (2 / 3 + 8 / 3 + 1))


@pytest.mark.parametrize("constant", [0.1, 3.5, 1 / 3])
def test_ccc_of_equal_constants_is_undefined(constant: float) -> None:
    assert math.isnan(ccc(np.full(7, constant), np.full(7, constant)))


def test_ccc_of_different_constants_is_zero() -> None:
    assert ccc(np.full(7, 0.1), np.full(7, 0.3)) == 0.0


def test_ccc_of_a_constant_prediction_is_zero() -> None:
    truth, _, _ = activations(0)
    assert ccc(truth, np.full(len(truth), 0.1)) == 0.0
    assert ccc(truth, np.full(len(truth), truth.mean())) == 0.0


@pytest.mark.parametrize("size", [0, 1])
def test_ccc_of_fewer_than_two_values_is_undefined(size: int) -> None:
    assert math.isnan(ccc(np.ones(size), np.zeros(size)))


def test_ccc_of_float32_is_computed_in_float64() -> None:
    truth, prediction, _ = activations(0)
    single = truth.astype(np.float32), prediction.astype(np.float32)
    assert ccc(*single) == ccc(truth, prediction)


def test_ccc_refuses_arrays_of_different_length() -> None:
    with pytest.raises(ValueError, match="`truth` has 3, `prediction` has 4 values"):
        ccc(np.zeros(3), np.zeros(4))


def test_ccc_refuses_a_matrix() -> None:
    with pytest.raises(ValueError, match=r"`truth` must be one-dimensional, got shape \(3, 1\)"):
        ccc(np.zeros((3, 1)), np.zeros(3))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_ccc_refuses_values_that_are_not_finite(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"`prediction` must be finite, got {bad} at index 1"):
        ccc(np.zeros(3), np.array([0.0, bad, bad]))


@pytest.mark.parametrize("level", [False, True])
def test_recall_is_audmetrics(level: bool) -> None:
    truth, prediction, _ = activations(1)
    high, predicted_high = truth > THRESHOLD, prediction > THRESHOLD
    expected = audmetric.recall_per_class(high, predicted_high)[level]
    assert recall(high, predicted_high, level) == pytest.approx(expected)


def test_recall_of_a_level_nobody_has_is_undefined() -> None:
    high = np.zeros(3, dtype=bool)
    assert math.isnan(recall(high, ~high, True))
    assert recall(high, ~high, False) == 0.0


def test_recall_refuses_ratings() -> None:
    with pytest.raises(ValueError, match="`prediction` must be boolean, got dtype float64"):
        recall(np.zeros(3, dtype=bool), np.zeros(3), True)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(3))
def test_recalls_and_equalized_odds_are_fairlearns(seed: int) -> None:
    truth, prediction, female = activations(seed)
    metrics = activation_metrics(truth, prediction, female, THRESHOLD)
    binary = {"y_true": truth > THRESHOLD, "y_pred": prediction > THRESHOLD}
    for level, value in {"low": False, "high": True}.items():
        by_group = MetricFrame(
            metrics=lambda y_true, y_pred, value=value: recall_score(
                y_true, y_pred, pos_label=value
            ),
            **binary,
            sensitive_features=female,
        ).by_group
        assert metrics[f"recall_{level}_female"] == pytest.approx(by_group[True])
        assert metrics[f"recall_{level}_male"] == pytest.approx(by_group[False])
        difference = by_group[True] - by_group[False]
        assert metrics[f"tpr_{level}_diff"] == pytest.approx(difference)
    assert metrics["equalized_odds_difference"] == pytest.approx(
        equalized_odds_difference(**binary, sensitive_features=female)
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_worst_ccc_is_the_lesser_of_a_transcription_over_genders(seed: int) -> None:
    truth, prediction, female = activations(seed)
    result = activation_metrics(truth, prediction, female, THRESHOLD)["worst_ccc"]
    each = []
    for group in (female, ~female):
        x, y = truth[group], prediction[group]
        covariance = np.mean((x - x.mean()) * (y - y.mean()))
        each.append(2 * covariance / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))
    assert result == pytest.approx(min(each))
    assert result < max(each)


def test_the_worst_ccc_is_undefined_where_a_gender_is_missing() -> None:
    truth, prediction, female = activations(0)
    alone = activation_metrics(truth, prediction, np.ones_like(female), THRESHOLD)
    assert np.isnan(alone["worst_ccc"])


@pytest.mark.parametrize("seed", range(5))
def test_the_worst_recall_is_scikit_learns_least_over_genders_and_levels(seed: int) -> None:
    truth, prediction, female = activations(seed)
    result = activation_metrics(truth, prediction, female, THRESHOLD)["worst_recall"]
    recalls = [
        recall_score(truth[group] > THRESHOLD, prediction[group] > THRESHOLD, pos_label=level)
        for group in (female, ~female)
        for level in (False, True)
    ]
    assert result == pytest.approx(min(recalls))
    assert 0 < result < max(recalls)


def test_a_collapse_has_no_gap_and_the_worst_recall() -> None:
    # Ordered as the truth is, but nobody is predicted to be low.
    truth = np.array([1.0, 3.0, 5.0, 6.0, 1.5, 3.4, 4.5, 7.0])
    female = np.array([True] * 4 + [False] * 4)
    metrics = activation_metrics(truth, 3.6 + truth / 2, female, THRESHOLD)
    assert metrics["ccc"] > 0.5
    assert metrics["recall_gap"] == metrics["worst_recall"] == 0.0


def test_metrics_of_six_speakers_by_hand() -> None:
    truth = np.array([2.0, 3.5, 5.0, 3.0, 4.0, 6.0])
    prediction = np.array([3.5, 3.6, 3.5, 1.0, 4.0, 6.0])
    female = np.array([True, True, True, False, False, False])
    metrics = activation_metrics(truth, prediction, female, THRESHOLD)
    # women: of two low one is found, of one high none; men: everything is
    assert metrics["tpr_low_diff"] == 0.5 - 1
    assert metrics["tpr_high_diff"] == 0 - 1
    assert metrics["tpr_diff"] == -1.5
    assert metrics["recall_gap"] == 1.5
    assert metrics["equalized_odds_difference"] == 1.0


def test_ccc_by_gender_is_that_of_the_gender_alone() -> None:
    truth, prediction, female = activations(2)
    metrics = activation_metrics(truth, prediction, female, THRESHOLD)
    women = audmetric.concordance_cc(truth[female], prediction[female])
    men = audmetric.concordance_cc(truth[~female], prediction[~female])
    assert metrics["ccc"] == pytest.approx(audmetric.concordance_cc(truth, prediction))
    assert metrics["ccc_female"] == pytest.approx(women)
    assert metrics["ccc_male"] == pytest.approx(men)
    assert metrics["ccc_diff"] == pytest.approx(women - men)


def test_the_signed_sum_cancels_where_the_gap_does_not() -> None:
    # every woman is predicted high, every man low
    truth = np.array([1.0, 6.0, 1.0, 6.0])
    female = np.array([True, True, False, False])
    metrics = activation_metrics(truth, np.where(female, 6.0, 1.0), female, THRESHOLD)
    assert metrics["tpr_diff"] == 0.0
    assert metrics["recall_gap"] == 2.0


def test_the_threshold_itself_is_low_in_truth_and_prediction() -> None:
    truth = np.array([3.5, 3.5 + 1e-9, 3.5, 3.5 + 1e-9])
    female = np.array([True, True, False, False])
    metrics = activation_metrics(truth, truth, female, THRESHOLD)
    assert metrics["recall_low_female"] == metrics["recall_high_female"] == 1.0
    assert metrics["recall_low_male"] == metrics["recall_high_male"] == 1.0


def test_swapping_the_genders_turns_the_differences_and_keeps_the_gaps() -> None:
    truth, prediction, female = activations(3)
    metrics = activation_metrics(truth, prediction, female, THRESHOLD)
    swapped = activation_metrics(truth, prediction, ~female, THRESHOLD)
    for name in ("ccc_diff", "tpr_low_diff", "tpr_high_diff", "tpr_diff"):
        assert metrics[name] != 0.0
        assert swapped[name] == -metrics[name]
    for name in ("ccc", "recall_gap", "equalized_odds_difference"):
        assert swapped[name] == metrics[name]


def test_an_empty_cell_leaves_undefined_what_needs_it() -> None:
    truth = np.array([5.0, 6.0, 1.0, 6.0])
    female = np.array([True, True, False, False])
    metrics = activation_metrics(truth, truth[::-1].copy(), female, THRESHOLD)
    undefined = {name for name, value in metrics.items() if math.isnan(value)}
    assert undefined == {
        "recall_low_female",
        "tpr_low_diff",
        "tpr_diff",
        "recall_gap",
        "recall_gap_excess",
        "equalized_odds_difference",
        "worst_recall",
    }


def test_without_women_every_comparison_is_undefined() -> None:
    truth, prediction, female = activations(0)
    metrics = activation_metrics(truth, prediction, np.zeros_like(female), THRESHOLD)
    defined = {name for name, value in metrics.items() if not math.isnan(value)}
    assert defined == {"ccc", "ccc_male", "recall_low_male", "recall_high_male"}


def test_metrics_refuse_a_group_of_another_length() -> None:
    with pytest.raises(ValueError, match="`prediction` has 3, `female` has 2 values"):
        activation_metrics(np.zeros(3), np.zeros(3), np.zeros(2, dtype=bool), THRESHOLD)


def test_metrics_refuse_gender_names() -> None:
    with pytest.raises(ValueError, match="`female` must be boolean, got dtype <U1"):
        activation_metrics(np.zeros(2), np.zeros(2), np.array(["f", "m"]), THRESHOLD)


def test_every_metric_has_a_direction() -> None:
    assert activation_metrics(*activations(0), THRESHOLD).keys() <= DIRECTIONS.keys()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ccc", 0.7, -0.7),
        ("recall_gap", 0.2, 0.2),
        ("tpr_diff", -0.3, 0.3),
        ("tpr_diff", 0.3, 0.3),
    ],
)
def test_lower_cost_is_better(name: str, value: float, expected: float) -> None:
    assert cost(name, value) == expected


@pytest.mark.parametrize("name", DIRECTIONS)
def test_the_cost_of_an_undefined_metric_is_undefined(name: str) -> None:
    assert math.isnan(cost(name, float("nan")))


def test_the_cost_of_an_unknown_metric_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="unknown metric 'cc'; the metrics are ccc, ccc_female"):
        cost("cc", 0.7)


@pytest.mark.parametrize("seed", range(3))
def test_gaps_of_errors_are_fairlearns_differences(seed: int) -> None:
    truth, prediction, female = activations(seed)
    metrics = activation_metrics(truth, prediction, female, THRESHOLD)
    errors = {
        "bias": lambda y_true, y_pred: np.mean(y_pred - y_true),
        "mae": mean_absolute_error,
    }
    for name, error in errors.items():
        frame = MetricFrame(
            metrics=error, y_true=truth, y_pred=prediction, sensitive_features=female
        )
        signed = (frame.by_group[True] - frame.by_group[False]) / np.std(truth)
        assert metrics[f"{name}_diff"] == pytest.approx(signed)
        assert metrics[f"{name}_gap"] == pytest.approx(frame.difference() / np.std(truth))


@pytest.mark.parametrize("seed", range(3))
def test_the_ccc_gap_is_the_difference_of_audmetrics_cccs(seed: int) -> None:
    truth, prediction, female = activations(seed)
    metrics = activation_metrics(truth, prediction, female, THRESHOLD)
    women, men = (audmetric.concordance_cc(truth[at], prediction[at]) for at in (female, ~female))
    assert metrics["ccc_gap"] == pytest.approx(abs(women - men))


@pytest.mark.parametrize("seed", range(3))
def test_separation_is_pandas_mean_over_fifths_of_the_truth(seed: int) -> None:
    truth, prediction, female = activations(seed)
    metrics = activation_metrics(truth, prediction, female, THRESHOLD)
    table = pd.DataFrame({"prediction": prediction, "female": female})
    table["bin"] = pd.qcut(truth, 5, duplicates="drop")
    means = table.groupby(["bin", "female"], observed=True)["prediction"].mean().unstack()
    differences = (means[True] - means[False]).dropna() / np.std(truth)
    assert metrics["separation_diff"] == pytest.approx(differences.mean())
    assert metrics["separation_gap"] == pytest.approx(differences.abs().mean())


def test_separation_by_hand_and_where_a_fifth_lacks_a_gender() -> None:
    truth = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 2)
    female = np.tile([True, False], 5)
    prediction = truth + np.where(female, [1, 0] * 4 + [-1, 0], 0.0)
    unit = np.std(truth)
    metrics = activation_metrics(truth, prediction, female, 3.0)
    assert metrics["separation_diff"] == pytest.approx((4 - 1) / 5 / unit)
    assert metrics["separation_gap"] == pytest.approx(1.0 / unit)
    kept = np.arange(10) != 9  # no man in the highest fifth
    metrics = activation_metrics(truth[kept], prediction[kept], female[kept], 3.0)
    assert metrics["separation_gap"] == pytest.approx(1.0 / np.std(truth[kept]))


def test_a_scale_of_the_ratings_does_not_change_gaps_without_a_threshold() -> None:
    truth, prediction, female = activations(0)
    first = activation_metrics(truth, prediction, female, THRESHOLD)
    second = activation_metrics(10 * truth - 3, 10 * prediction - 3, female, 10 * THRESHOLD - 3)
    for name in ("ccc_gap", "bias_gap", "mae_gap", "separation_gap"):
        assert second[name] == pytest.approx(first[name])
