"""All ways to give the groups are the oracle of the level by chance."""

import itertools

import numpy as np
import pytest

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_fairness import recall_gap
from fairser_core.metrics.chance import PERMUTATIONS, chance_level, gap_by_chance
from fairser_core.metrics.emotion import DetectorPredictions
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
    each = [gap_by_chance(METRICS["recall_gap"], [seed], unit, "group") for seed in seeds]
    result = gap_by_chance(METRICS["recall_gap"], seeds, unit, "group")
    assert result == pytest.approx(np.mean(each))  # of the same permutations
    assert np.isnan(gap_by_chance(METRICS["recall_gap"], [], unit, "group"))


def test_of_a_detector_the_aligned_genders_are_permuted_within_speakers() -> None:
    unit = np.repeat(np.arange(2), 40)
    aligned = np.tile([1.0, 0.0, np.nan, 0.0], 20)
    # One speaker is always detected and the other never, whoever perceives what.
    of = DetectorPredictions(unit == 0, np.where(unit == 0, 0.9, 0.1), np.isnan(aligned), aligned)
    assert gap_by_chance(METRICS["parity_s2"], [of], unit, "aligned") == pytest.approx(0.0)
    assert gap_by_chance(METRICS["parity_s2"], [of], np.zeros(80), "aligned") > 0.05
    assert PERMUTATIONS >= 100
