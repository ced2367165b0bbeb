"""Levelling down is said where the figures support it, and only there."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import norm

from fairser_core.metrics.intervals import Interval, no_interval
from search.replication.estimate import Estimate, Estimates
from search.replication.estimates import estimates
from search.replication.levelling import levelling_texts, parted
from search.replication.systems import System
from search.tasks.speaker_metrics import SpeakerMetrics
from tests.support.replication_tests import THRESHOLD, activation_predictions, activation_values

WOMEN, MEN, GAP = "ccc_female", "ccc_male", "ccc_diff"
BASES = {"1@2": "baseline@3"}
SURE, UNSURE = 1e-6, 0.4


def estimate(mean: float, difference: float | None = None, p: float = SURE) -> Estimate:
    if difference is None:
        return Estimate(mean, 0.01, no_interval("none"))
    certain, normal = (0.0, float("inf")), (1.0, float("inf"))
    parts, distance = (certain, normal), float(norm.isf(p / 2))
    ends = Interval(difference - 0.03, difference + 0.03, 0.01, "", distance, parts)
    assert ends.p == pytest.approx(p, nan_ok=True)
    return Estimate(
        mean, 0.01, no_interval("none"), difference=difference, difference_interval=ends
    )


def compared(
    before: tuple[float, float], now: tuple[float, float], p: tuple[float, float, float]
) -> Estimates:
    """Women's and men's CCC of the baseline and of a member; p-values of women, men and gap."""
    women, men = now[0] - before[0], now[1] - before[1]
    apart = before[0] - before[1], now[0] - now[1]
    return {
        "baseline@3": {
            WOMEN: estimate(before[0]), MEN: estimate(before[1]), GAP: estimate(apart[0]),
        },
        "1@2": {
            WOMEN: estimate(now[0], women, p[0]), MEN: estimate(now[1], men, p[1]),
            GAP: estimate(apart[1], apart[1] - apart[0], p[2]),
        },
    }  # fmt: skip


def test_a_gap_that_closed_because_the_better_group_fell_is_named() -> None:
    (text,) = levelling_texts(compared((0.7, 0.5), (0.55, 0.5), (SURE, UNSURE, SURE)), BASES)
    assert text == (
        "Levelling down: CCC-diff of 1@2 is +0.050 where baseline@3 has +0.200, because the CCC of "
        "women fell (-0.150, 95 % [-0.180, -0.120]), not because the CCC of men rose (+0.000, 95 % "
        "[-0.030, +0.030])."
    )
    (text,) = levelling_texts(compared((0.5, 0.7), (0.5, 0.55), (UNSURE, SURE, SURE)), BASES)
    assert "because the CCC of men fell" in text


@pytest.mark.parametrize(
    ("before", "now", "p"),
    [
        ((0.7, 0.5), (0.70, 0.68), (UNSURE, SURE, SURE)),  # the worse group rose
        ((0.7, 0.5), (0.65, 0.60), (SURE, SURE, SURE)),  # both, one down and one up
        ((0.7, 0.5), (0.55, 0.50), (UNSURE, UNSURE, SURE)),  # the fall is not sure
        ((0.7, 0.5), (0.65, 0.50), (SURE, UNSURE, UNSURE)),  # the gap's closing is not sure
        ((0.7, 0.5), (0.60, 0.30), (SURE, SURE, SURE)),  # the gap grew
        ((0.7, 0.5), (0.30, 0.60), (SURE, UNSURE, SURE)),  # it turned round and grew
        ((0.7, 0.5), (0.55, 0.50), (float("nan"),) * 3),  # too few seeds for p-values
    ],
)
def test_nothing_is_said_where_the_figures_do_not_support_it(
    before: tuple[float, float], now: tuple[float, float], p: tuple[float, float, float]
) -> None:
    assert levelling_texts(compared(before, now, p), BASES) == []


def test_p_values_are_adjusted_for_all_that_is_looked_at() -> None:
    known = compared((0.7, 0.5), (0.55, 0.5), (0.03, UNSURE, 0.03))
    assert levelling_texts(known, BASES) == []  # of three, each must be below .05 / 3 at first
    assert levelling_texts(compared((0.7, 0.5), (0.55, 0.5), (0.01, UNSURE, 0.01)), BASES)


def test_a_baseline_alone_and_metrics_without_parts_say_nothing() -> None:
    known = compared((0.7, 0.5), (0.55, 0.5), (SURE, UNSURE, SURE))
    assert levelling_texts({"baseline@3": known["baseline@3"]}, {}) == []
    alone = {name: {"recall_gap": row[GAP]} for name, row in known.items()}
    assert levelling_texts(alone, BASES) == []
    assert parted(["recall_gap", "f1_all", "f1_all_anger"]) == []
    assert parted([GAP]) == [GAP, WOMEN, MEN]


def test_it_is_seen_in_predictions_whose_women_were_made_worse() -> None:
    seeds = list(range(750, 760))
    table = activation_predictions(seeds, 0.1, utterances=400)
    female = (table["gender"] == "female").to_numpy()
    # The baseline hears men less well; the member hears women as badly, and men as before.
    spoilt = {name: table.copy() for name in ("baseline@3", "1@2")}
    for name, rows in (("baseline@3", ~female), ("1@2", np.ones_like(female))):
        for seed in seeds:
            column = spoilt[name][f"prediction-{seed}"].to_numpy().copy()
            noise = np.random.default_rng(seed).normal(0, 0.9, len(table))
            column[rows] += noise[rows]
            spoilt[name][f"prediction-{seed}"] = column
    systems = [system(name, seeds, each) for name, each in spoilt.items()]
    metrics = [GAP, WOMEN, MEN]
    result = estimates(systems, SpeakerMetrics("activation", THRESHOLD), metrics, BASES)
    (text,) = levelling_texts(result, BASES)
    assert "because the CCC of women fell (-0." in text
    fair = [dataclasses.replace(systems[0], name="1@2"), systems[0]]
    same = estimates(fair, SpeakerMetrics("activation", THRESHOLD), metrics, BASES)
    assert levelling_texts(same, BASES) == []


def system(name: str, seeds: list[int], table: object) -> System:
    rows = [activation_values(table, seed) for seed in seeds]  # type: ignore[arg-type]
    metrics = {metric: np.array([row[metric] for row in rows]) for metric in rows[0]}
    return System(name, seeds, 0, metrics, table)  # type: ignore[arg-type]
