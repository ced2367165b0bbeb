import dataclasses
import warnings

import audmetric
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)

from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.category_table import CATEGORY
from fairser_core.metrics.chance import PERMUTATIONS, gap_p_value, gaps_by_chance
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws

CLASSES = 4
ROWS = {metric.name: metric for metric in CATEGORY}


def predictions(
    seed: int, rows: int = 400, groups: int = 3, bias: float = 0.0
) -> CategoryPredictions:
    """Predictions right in two of three rows; groups of unequal size, five speakers each.

    Args:
        seed: seed of the draws.
        rows: number of rows.
        groups: number of groups.
        bias: what each group's share of right predictions is above the former's.
    """
    rng = np.random.default_rng(seed)
    sizes = np.arange(1, groups + 1)
    speaker = rng.choice(5 * groups, rows, p=np.repeat(sizes / sizes.sum() / 5, 5))
    group = speaker // 5
    truth = rng.integers(0, CLASSES, rows)
    right = rng.random(rows) < 0.6 + bias * group
    favoured = np.where(right, truth, rng.integers(0, CLASSES, rows))
    scores = rng.random((rows, CLASSES)) + 1.5 * np.eye(CLASSES)[favoured]
    return CategoryPredictions(
        truth=truth,
        probability=scores / scores.sum(axis=1, keepdims=True),
        group=group,
        judged=tuple(range(groups)),
        speaker=speaker,
    )


def value(name: str, of: CategoryPredictions) -> float:
    return float(ROWS[name].of(of))


def frame(of: CategoryPredictions) -> MetricFrame:
    """Fairlearn's table of macro F1, UAR and recall of each class by group."""
    labels = list(range(CLASSES))
    metrics = {
        "macro_f1": lambda y, z: f1_score(y, z, average="macro"),
        "uar": lambda y, z: recall_score(y, z, average="macro"),
    }
    for label in labels:
        metrics[f"recall {label}"] = lambda y, z, at=label: recall_score(
            y, z, labels=[at], average="macro"
        )
    return MetricFrame(
        metrics=metrics, y_true=of.truth, y_pred=of.prediction, sensitive_features=of.group
    )


@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_all_rows_are_those_of_other_libraries(seed: int) -> None:
    of = predictions(seed)
    assert value("macro_f1", of) == pytest.approx(
        f1_score(of.truth, of.prediction, average="macro")
    )
    assert value("accuracy", of) == pytest.approx(accuracy_score(of.truth, of.prediction))
    uar = audmetric.unweighted_average_recall(of.truth, of.prediction)
    assert value("uar", of) == pytest.approx(uar)
    fscore = audmetric.unweighted_average_fscore(of.truth, of.prediction)
    assert value("macro_f1", of) == pytest.approx(fscore)


@pytest.mark.parametrize("seed", range(3))
def test_class_by_group_tables_are_sklearns(seed: int) -> None:
    of = predictions(seed)
    for number in of.judged:
        rows = of.group == number
        truth, guess = of.truth[rows], of.prediction[rows]
        matrix = confusion_matrix(truth, guess, labels=range(CLASSES))
        np.testing.assert_array_equal(of.by_group.counts[number], matrix)
        for table, score in (
            (of.by_group.recalls, recall_score),
            (of.by_group.precisions, precision_score),
            (of.by_group.f1, f1_score),
        ):
            np.testing.assert_allclose(table[number], score(truth, guess, average=None))


@pytest.mark.parametrize("seed", range(3))
def test_gaps_and_worst_groups_are_those_of_fairlearn(seed: int) -> None:
    of = predictions(seed, bias=0.1)
    table = frame(of)
    differences = table.difference(method="between_groups")
    assert value("macro_f1_gap", of) == pytest.approx(differences["macro_f1"])
    assert value("uar_gap", of) == pytest.approx(differences["uar"])
    recalls = [f"recall {label}" for label in range(CLASSES)]
    assert value("tpr_gap_largest", of) == pytest.approx(differences[recalls].max())
    assert value("worst_macro_f1", of) == pytest.approx(table.group_min()["macro_f1"])
    assert value("worst_class_recall", of) == pytest.approx(table.group_min()[recalls].min())


@pytest.mark.parametrize("seed", range(3))
def test_the_gap_of_two_groups_is_the_root_mean_square_over_classes(seed: int) -> None:
    of = predictions(seed, groups=2, bias=0.2)
    table = frame(of).by_group
    differences = [table[f"recall {c}"].diff().iloc[-1] for c in range(CLASSES)]
    assert value("tpr_gap", of) == pytest.approx(np.sqrt(np.mean(np.square(differences))))
    of_f1 = f1_score(of.truth[of.group == 1], of.prediction[of.group == 1], average=None)
    of_f1 = of_f1 - f1_score(of.truth[of.group == 0], of.prediction[of.group == 0], average=None)
    assert value("f1_gap", of) == pytest.approx(np.sqrt(np.mean(np.square(of_f1))))


def test_the_gap_of_several_groups_is_over_all_pairs() -> None:
    of = predictions(1, groups=4)
    recalls = of.by_group.recalls
    squares = [np.mean((recalls[a] - recalls[b]) ** 2) for a in range(4) for b in range(a + 1, 4)]
    assert value("tpr_gap", of) == pytest.approx(np.sqrt(np.mean(squares)))


def test_every_metric_of_resamples_is_that_of_their_rows() -> None:
    of = predictions(4, rows=150, groups=3)
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 3, (6, 15)).astype(float)
    draws = Draws(counts, of.speaker)
    together = measure(CATEGORY, dataclasses.replace(of, draws=draws))
    for number in range(6):
        rows = draws.rows(number)
        # A speaker drawn twice stays one speaker: the variance over speakers differs by design.
        alone = dataclasses.replace(
            of,
            truth=of.truth[rows],
            probability=of.probability[rows],
            group=of.group[rows],
            speaker=of.speaker[rows],
        )
        for name, expected in measure(CATEGORY, alone).items():
            np.testing.assert_allclose(together[name][number], expected, err_msg=name)


def second_ece(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error by pandas: ranks cut into deciles, then weighted by hand."""
    table = pd.DataFrame({"confidence": confidence, "right": right}).sort_values("confidence")
    quotient, extra = divmod(len(table), 10)
    sizes = [quotient + (number < extra) for number in range(10)]
    means = table.groupby(np.repeat(range(10), sizes)).mean()
    shares = np.array(sizes) / len(table)
    return float(((means["right"] - means["confidence"]).abs() * shares).sum())


@pytest.mark.parametrize("seed", range(3))
def test_calibration_errors_are_those_of_a_second_formula(seed: int) -> None:
    of = predictions(seed, bias=0.1)
    confidence, right = of.probability.max(axis=1), of.prediction == of.truth
    assert value("ece", of) == pytest.approx(second_ece(confidence, right))
    each = [second_ece(confidence[of.group == n], right[of.group == n]) for n in of.judged]
    assert value("worst_ece", of) == pytest.approx(max(each))
    assert value("ece_gap", of) == pytest.approx(max(each) - min(each))


def test_a_calibrated_model_has_a_small_error_and_an_overconfident_one_has_none() -> None:
    rng = np.random.default_rng(0)
    truth = np.zeros(20000, dtype=int)
    confidence = rng.uniform(0.5, 1.0, 20000)
    probability = np.stack([confidence, 1 - confidence], axis=1)
    truth[rng.random(20000) > confidence] = 1
    group = np.arange(20000) % 2
    of = CategoryPredictions(truth, probability, group, (0, 1), group)
    assert value("ece", of) < 0.015
    sure = dataclasses.replace(of, probability=np.tile([1.0, 0.0], (20000, 1)))
    assert value("ece", sure) == pytest.approx(0.25, abs=0.01)


def no_gap(groups: int, rows: int, seed: int) -> CategoryPredictions:
    """Two classes with recalls of .7 in each group, each row of a speaker of its own."""
    rng = np.random.default_rng(seed)
    count = 2 * groups * rows
    truth, group = np.arange(count) % 2, np.arange(count) // 2 % groups
    guess = np.where(rng.random(count) < 0.7, truth, 1 - truth)
    return CategoryPredictions(
        truth, np.eye(2)[guess], group, tuple(range(groups)), np.arange(count)
    )


def test_the_largest_difference_is_biased_upwards_and_the_excess_is_not() -> None:
    of_groups = [no_gap(8, 50, seed) for seed in range(300)]
    largest = [np.ptp(of.by_group.recalls[:, 0]) for of in of_groups]
    assert np.mean(largest) == pytest.approx(0.182, abs=0.01)
    squares = []
    for of in of_groups:
        recalls, variances = of.by_group.recalls[:, 0], of.recall_variances[:, 0]
        squares.append(recalls.var(ddof=1) - variances.mean())
    error = np.std(squares) / np.sqrt(len(squares))
    assert abs(np.mean(squares)) < 3 * error
    assert np.mean([value("tpr_gap_excess", of) == 0 for of in of_groups]) > 0.4


def test_variances_over_speakers_are_those_of_draws_of_speakers() -> None:
    rng = np.random.default_rng(0)
    recalls, estimates = [], []
    for _ in range(2000):
        skill = rng.beta(4, 2, 12)  # speakers differ: rows of one are alike
        speaker = np.repeat(np.arange(12), 10)
        right = rng.random(120) < skill[speaker]
        guess = np.where(right, 0, 1)
        group = (speaker >= 6).astype(int)
        of = CategoryPredictions(np.zeros(120, int), np.eye(2)[guess], group, (0, 1), speaker)
        recalls.append(of.by_group.recalls[0, 0])
        estimates.append(of.recall_variances[0, 0])
    assert np.mean(estimates) == pytest.approx(np.var(recalls), rel=0.1)
    rows_alone = np.mean(recalls) * (1 - np.mean(recalls)) / 60
    assert np.mean(estimates) > 1.5 * rows_alone


def test_groups_that_are_not_judged_count_in_the_whole_alone() -> None:
    of = predictions(0)
    few = dataclasses.replace(of, judged=(0, 2))
    assert value("macro_f1", few) == value("macro_f1", of)
    kept = of.group != 1
    alone = CategoryPredictions(
        of.truth[kept], of.probability[kept], of.group[kept] // 2, (0, 1), of.speaker[kept]
    )
    for name in ("tpr_gap", "tpr_gap_excess", "worst_macro_f1", "ece_gap", "f1_gap"):
        assert value(name, few) == pytest.approx(value(name, alone)), name
    nobody = dataclasses.replace(of, group=np.where(of.group == 1, -1, of.group), judged=(0, 2))
    assert value("tpr_gap", nobody) == value("tpr_gap", few)


def test_a_class_of_one_group_does_not_count_in_gaps() -> None:
    of = predictions(2, groups=2)
    rows = ~((of.truth == 3) & (of.group == 1))
    of = CategoryPredictions(
        of.truth[rows], of.probability[rows], of.group[rows], (0, 1), of.speaker[rows]
    )
    recalls = of.by_group.recalls
    assert np.isnan(recalls[1, 3])
    expected = np.sqrt(np.mean((recalls[0, :3] - recalls[1, :3]) ** 2))
    assert value("tpr_gap", of) == pytest.approx(expected)
    empty = dataclasses.replace(of, group=np.zeros_like(of.group))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(value("tpr_gap", empty))
        assert np.isnan(value("tpr_gap_excess", empty))
        assert np.isnan(value("ece_gap", empty))
        assert np.isnan(value("worst_macro_f1", empty))


def test_a_gap_by_chance_is_that_of_groups_between_speakers() -> None:
    of = predictions(0, groups=3)
    gap = [ROWS["tpr_gap"]]
    chance = gaps_by_chance(gap, [of], of.speaker, "group")["tpr_gap"]
    assert 0.5 * value("tpr_gap", of) < chance < 2 * value("tpr_gap", of)
    biased = predictions(0, rows=2000, groups=3, bias=0.15)
    chance = gaps_by_chance(gap, [biased], biased.speaker, "group")["tpr_gap"]
    assert value("tpr_gap", biased) > 1.5 * chance


def test_bad_input_is_refused_by_name() -> None:
    of = predictions(0)
    with pytest.raises(ValueError, match=r"two groups or more must be judged, got \(0,\)"):
        dataclasses.replace(of, judged=(0,))
    with pytest.raises(ValueError, match="`truth` has 400, `group` has 3"):
        dataclasses.replace(of, group=of.group[:3])
    with pytest.raises(ValueError, match=r"`probability` must be \(row, class\) of 400 rows"):
        dataclasses.replace(of, probability=of.probability[:7])
    for broken in (2 * of.probability, np.full_like(of.probability, np.nan)):
        with pytest.raises(ValueError, match="probabilities must sum to 1, row 0 sums to"):
            dataclasses.replace(of, probability=broken)


def test_the_p_value_of_a_gap_is_small_where_groups_differ_and_not_where_they_do_not() -> None:
    biased = predictions(0, rows=2000, groups=3, bias=0.15)
    least = 1 / (1 + PERMUTATIONS)
    assert gap_p_value(ROWS["tpr_gap"], [biased], biased.speaker, "group") == least
    fair = [predictions(seed, groups=3) for seed in range(20)]
    values = [gap_p_value(ROWS["tpr_gap"], [of], of.speaker, "group") for of in fair]
    assert min(values) >= least
    assert 0.3 < np.mean(values) < 0.7
    assert np.isnan(gap_p_value(ROWS["tpr_gap"], [], biased.speaker, "group"))
