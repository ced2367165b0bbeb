import dataclasses

import numpy as np
import pytest

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.category_table import CATEGORY
from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import Place, measure, names, shown_in
from fairser_core.metrics.tables import METRICS, metric_of
from tests.support.resamples import draw_units

ROWS = (*ACTIVATION, *CATEGORY, *EMOTION)


def test_names_and_titles_are_unique() -> None:
    assert len(METRICS) == len(ROWS) == len({metric.title for metric in ROWS})
    assert list(METRICS) == list(DIRECTIONS) == [metric.name for metric in ROWS]


@pytest.mark.parametrize("metric", ROWS, ids=lambda metric: metric.name)
def test_a_row_says_what_the_metric_is_in_part_of_a_sentence(metric: object) -> None:
    row = METRICS[metric.name]  # type: ignore[attr-defined]
    assert row.title.strip()
    assert row.explanation.strip()
    assert not row.explanation.endswith((".", ";"))
    assert row.range[0] < row.range[1]


@pytest.mark.parametrize("place", Place)
def test_metrics_of_a_table_have_different_headings(place: Place) -> None:
    shown = [shown_in(table, place) for table in (ACTIVATION, EMOTION)]
    assert any(shown)
    for rows in shown:
        assert len({metric.label or metric.title for metric in rows}) == len(rows)


def test_the_metrics_of_several_tables_come_table_by_table() -> None:
    shown = names(shown_in(EMOTION, Place.RESULTS, Place.REPORT))
    assert shown == (
        "f1_all", "f1_s1", "f1_s2", "f1_macro_s1", "parity_s2", "consistency_gender",
        "consistency_emotion", "f1_macro_views",
    )  # fmt: skip


def test_a_metric_has_a_name_for_all_emotions_and_for_each() -> None:
    assert all(metric_of(name) is metric for name, metric in METRICS.items())
    assert metric_of("parity_s2_signed_anger") is METRICS["parity_s2_signed"]
    with pytest.raises(KeyError, match="unknown metric 'f2'"):
        metric_of("f2")


def test_gaps_are_the_metrics_that_are_never_negative_and_best_at_zero() -> None:
    assert {metric.name for metric in ROWS if metric.gap} == {
        "ccc_gap", "recall_gap", "recall_gap_excess", "equalized_odds_difference", "tpr_gap",
        "tpr_gap_excess",
        "tpr_gap_largest", "f1_gap", "macro_f1_gap", "uar_gap", "ece_gap", "bias_gap", "mae_gap",
        "separation_gap", "parity_s2", "parity_s2_score", "parity_s2_ratio_gap", "parity_s2_rnd",
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_every_metric_lies_in_its_range(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, prediction = rng.normal(4, 1, (2, 40))
    speech = ActivationPredictions.of_genders(
        truth, rng.choice([1, -1]) * prediction, rng.random(40) < 0.5, 3.5,
        draws=draw_units(np.arange(40), 50, rng),
    )  # fmt: skip
    speech = dataclasses.replace(speech, speaker=np.arange(40))
    s1 = rng.random(40) < 0.4
    genders, attributes = ("female", "male"), ("gender", "emotion", "gender_self", "emotion_self")
    detector = DetectorPredictions(
        truth=rng.random(40) < 0.3, score=rng.random(40), s1=s1,
        aligned=np.where(s1, np.nan, rng.integers(0, 2, 40)),
        perceived={gender: rng.choice([0.0, 1.0, np.nan], 40) for gender in genders},
        deviations={name: rng.random(40) for name in attributes},
        draws=draw_units(np.arange(40), 50, rng),
    )  # fmt: skip
    for name, values in (measure(ACTIVATION, speech) | measure(EMOTION, detector)).items():
        low, high = METRICS[name].range
        known = values[~np.isnan(values)]
        assert len(known)
        assert low - 1e-12 <= known.min() <= known.max() <= high + 1e-12, name


def test_a_difference_is_that_of_its_parts() -> None:
    rng = np.random.default_rng(0)
    truth, prediction = rng.normal(4, 1, (2, 40))
    speech = ActivationPredictions.of_genders(truth, prediction, rng.random(40) < 0.3, 3.5)
    values = measure(ACTIVATION, speech)
    parted = [metric for metric in ROWS if metric.parts]
    assert {metric.name for metric in parted} == {"ccc_diff", "tpr_low_diff", "tpr_high_diff"}
    for metric in parted:
        first, second = metric.parts
        assert values[metric.name] == pytest.approx(values[first] - values[second])
