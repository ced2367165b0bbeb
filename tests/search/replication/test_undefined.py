"""Why a metric has no value is said where it is shown."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from search.replication.estimates import GROUPS, SHOWN, estimates
from search.replication.systems import System
from search.replication.undefined import OTHERWISE, lacking, undefined_metrics, undefined_text
from search.tasks.speaker_metrics import SpeakerMetrics
from search.tasks.tasks import TASKS
from tests.support.replication_tests import THRESHOLD, activation_predictions, activation_values

SPEECH = SpeakerMetrics("activation", THRESHOLD)
METRICS = [*SHOWN["activation"], *GROUPS["activation"]]


def system(table: pd.DataFrame, seeds: list[int]) -> System:
    rows = [activation_values(table, seed) for seed in seeds]
    metrics = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return System("1@2", seeds, 0, metrics, table)


def test_a_group_without_a_level_is_named_with_the_metrics_that_need_it() -> None:
    seeds = [750, 751]
    table = activation_predictions(seeds, 0.3)
    whole = system(table, seeds)
    assert undefined_text(estimates([whole], SPEECH, METRICS), [whole], SPEECH) == ""
    table = table[~((table["gender"] == "female") & (table["truth"] > THRESHOLD))]
    part = system(table.reset_index(drop=True), seeds)
    text = undefined_text(estimates([part], SPEECH, METRICS), [part], SPEECH)
    assert text == (
        "No value of TPR-high-diff, TPR-diff, recall gap, recall of women, high, "
        "recall gap beyond chance, equalized odds "
        "difference, worst recall: no women of high activation."
    )
    values = {name: list(values) for name, values in part.metrics.items()}
    assert set(undefined_metrics(values)) == {
        *("tpr_high_diff", "tpr_diff", "recall_gap", "recall_high_female"),
        *("recall_gap_excess", "equalized_odds_difference", "worst_recall"),
    }
    assert lacking(part, SPEECH) == "no women of high activation"


def test_values_of_seeds_that_diverged_have_another_reason() -> None:
    seeds = [750]
    one = system(activation_predictions(seeds, 0.3), seeds)
    one = dataclasses.replace(one, metrics={**one.metrics, "ccc": np.array([np.nan])})
    text = undefined_text(estimates([one], SPEECH, ["ccc"]), [one], SPEECH)
    assert text == f"No value of CCC: {OTHERWISE}."


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({}, []),
        ({"s1": True}, ["no utterance of S2"]),
        ({"s1": False}, ["no utterance of S1"]),
        ({"aligned": 0.0}, ["no utterance whose truth only women perceive"]),
        ({"aligned": np.nan}, ["no utterance whose truth only women perceive",
                               "no utterance whose truth only men perceive"]),
        ({"truth": False}, ["no utterance of joy", "no utterance of fear"]),
    ],
)  # fmt: skip
def test_what_detectors_lack_is_named(change: dict[str, object], lacks: list[str]) -> None:
    table = pd.DataFrame(
        {
            "emotion": ["joy"] * 3 + ["fear"] * 3,
            "truth": [True, False, False, False, True, False],
            "s1": [True, False, False] * 2,
            "aligned": [np.nan, 1.0, 0.0] * 2,
        }
    ).assign(**change)
    assert TASKS["emotion"].lacks(table, np.nan) == lacks
