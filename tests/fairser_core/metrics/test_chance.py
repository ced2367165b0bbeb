"""All ways to give the groups are the oracle of the level by chance."""

import dataclasses
import itertools
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_fairness import recall_gap
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.category_table import CATEGORY
from fairser_core.metrics.chance import PERMUTATIONS, chance_level, gaps_by_chance
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import Metric
from fairser_core.metrics.tables import METRICS


def test_the_level_by_chance_is_the_mean_over_all_ways_to_give_the_groups() -> None:
    rng = np.random.default_rng(6)
    unit = np.repeat(np.arange(6), 8)
    truth = rng.normal(4, 1, 48)
    prediction = truth + rng.normal(0, 0.6, 6)[unit] + rng.normal(0, 0.5, 48)

    def gap(female: np.ndarray) -> float:
        return float(recall_gap(ActivationPredictions.of_genders(truth, prediction, female, 4.0)))

    women = itertools.combinations(range(6), 3)
    every = [gap(np.isin(unit, chosen)) for chosen in women]
    result = chance_level(gap, unit, unit < 3, 2000, np.random.default_rng(0))
    assert result == pytest.approx(np.mean(every), abs=4 * np.std(every) / 2000**0.5)


def test_groups_of_rows_are_given_anew_within_each_speaker() -> None:
    rng = np.random.default_rng(7)
    unit = rng.permutation(np.repeat(np.arange(3), 10))
    group = np.where(unit == 0, 1.0, rng.choice([0.0, 1.0, np.nan], 30))
    seen = []

    def gap(given: np.ndarray) -> float:
        for speaker in range(3):
            of_speaker = unit == speaker
            np.testing.assert_array_equal(np.sort(given[of_speaker]), np.sort(group[of_speaker]))
        seen.append(given)
        return float(len(seen))

    assert chance_level(gap, unit, group, 50, rng) == 25.5
    varying = np.stack(seen)[:, unit > 0]
    assert all(len(set(column.tolist())) > 1 for column in varying.T)


def test_permutations_without_a_gap_do_not_count() -> None:
    gaps = iter([np.nan, 0.2, np.nan, 0.4])
    unit = np.arange(4)
    result = chance_level(lambda _: next(gaps), unit, unit < 2, 4, np.random.default_rng(0))
    assert result == pytest.approx(0.3)
    assert np.isnan(chance_level(lambda _: np.nan, unit, unit < 2, 3, np.random.default_rng(0)))


def test_of_several_seeds_it_is_the_level_of_the_mean_gap() -> None:
    rng = np.random.default_rng(9)
    unit = np.repeat(np.arange(10), 6)
    truth, female = rng.normal(4, 1, 60), unit < 5
    seeds = [
        ActivationPredictions.of_genders(truth, truth + rng.normal(0, 0.8, 60), female, 4.0)
        for _ in range(3)
    ]
    gap = [METRICS["recall_gap"]]
    each = [gaps_by_chance(gap, [seed], unit, "group")["recall_gap"] for seed in seeds]
    result = gaps_by_chance(gap, seeds, unit, "group")["recall_gap"]
    assert result == pytest.approx(np.mean(each))  # of the same permutations
    assert np.isnan(gaps_by_chance(gap, [], unit, "group")["recall_gap"])


def test_of_a_detector_the_aligned_genders_are_permuted_within_speakers() -> None:
    unit = np.repeat(np.arange(2), 40)
    aligned = np.tile([1.0, 0.0, np.nan, 0.0], 20)
    # One speaker is always detected and the other never, whoever perceives what.
    of = DetectorPredictions(unit == 0, np.where(unit == 0, 0.9, 0.1), np.isnan(aligned), aligned)
    gap = [METRICS["parity_s2"]]
    assert gaps_by_chance(gap, [of], unit, "aligned")["parity_s2"] == pytest.approx(0.0)
    assert gaps_by_chance(gap, [of], np.zeros(80), "aligned")["parity_s2"] > 0.05
    assert PERMUTATIONS >= 100


def activations(unit: np.ndarray, groups: int) -> ActivationPredictions:
    """Predictions of speakers of several groups."""
    rng, names = np.random.default_rng(groups), tuple("abcd"[:groups])
    truth = rng.normal(4, 1, len(unit))
    prediction = truth + rng.normal(0, 0.8, len(unit))
    return ActivationPredictions(truth, prediction, unit % groups, 4.0, groups=names, speaker=unit)


def classes(unit: np.ndarray, groups: int) -> CategoryPredictions:
    """Classes predicted for speakers of several groups and of one that is not judged."""
    rng = np.random.default_rng(groups)
    truth, scores = rng.integers(0, 3, len(unit)), rng.random((len(unit), 3)) ** 2
    probability = scores / scores.sum(axis=1, keepdims=True)
    return CategoryPredictions(truth, probability, unit % (groups + 1) - 1, (*range(groups),), unit)


def detections(unit: np.ndarray, groups: int) -> DetectorPredictions:
    """A detector's predictions, whose groups are of the rows and not of the speakers."""
    rng = np.random.default_rng(groups)
    score, aligned = rng.random(len(unit)).round(1), rng.choice([0.0, 1.0, np.nan], len(unit))
    perceived = {"female": aligned, "male": 1 - aligned}
    return DetectorPredictions(score > 0.6, score, np.isnan(aligned), aligned, perceived)


@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize(
    ("table", "made", "field"),
    [
        (ACTIVATION, activations, "group"),
        (CATEGORY, classes, "group"),
        (EMOTION, detections, "aligned"),
    ],
)
def test_all_permutations_at_once_give_what_each_alone_gives(
    table: Sequence[Metric[Any]], made: Callable[[np.ndarray, int], Any], field: str, groups: int
) -> None:
    unit = np.random.default_rng(1).permutation(np.repeat(np.arange(9), 7))
    predictions = made(unit, groups)
    gaps = [metric for metric in table if metric.gap]
    assert gaps
    for metric in gaps:

        def gap(labels: np.ndarray, metric: Metric[Any] = metric) -> float:
            return float(metric.of(dataclasses.replace(predictions, **{field: labels})))

        rng = np.random.default_rng(0)
        each = chance_level(gap, unit, getattr(predictions, field), PERMUTATIONS, rng)
        result = gaps_by_chance([metric], [predictions], unit, field)[metric.name]
        assert result > 0
        assert result == pytest.approx(each, rel=1e-12)


def test_counts_of_many_speakers_by_draw_take_little_memory() -> None:
    unit = np.repeat(np.arange(1500), 2)
    tracemalloc.start()
    gaps_by_chance([METRICS["tpr_gap_excess"]], [classes(unit, 2)], unit, "group")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e8  # a product of all units and all speakers would hold a gigabyte
