"""The benchmark of what the product says of its certainty, in short.

Bounds are those of a binomial count of so many repetitions: an interval that holds the truth in .92
to .98 of the cases leaves them once in 100,000 runs.
"""

import os
import subprocess
import sys

import pytest
from scipy.stats import binom

from tests.support import ROOT

CHANCE = 1e-5
Rows = dict[str, list[float]]


def least(repetitions: int, coverage: float = 0.92) -> float:
    """Share of intervals that hold the truth, below which coverage is worse."""
    return float(binom.ppf(CHANCE, repetitions, coverage)) / repetitions


@pytest.fixture(scope="module")
def tables() -> dict[str, tuple[int, Rows]]:
    """Number of repetitions, and cells by row, by heading of the table; `none` is NaN."""
    command = [sys.executable, str(ROOT / "benchmarks" / "calibration.py"), "--short"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    parts = done.stdout.strip().split("\n\n")
    result: dict[str, tuple[int, Rows]] = {}
    for said, part in zip(parts[::2], parts[1::2], strict=True):
        lines = [line.strip("|").split("|") for line in part.splitlines()]
        heading, _, *body = [[cell.strip() for cell in line] for line in lines]
        rows = {name: [float(c.replace("none", "nan")) for c in cells] for name, *cells in body}
        result[heading[0]] = int(said.split()[0]), rows
    return result


def cells(table: tuple[int, Rows]) -> tuple[int, list[float]]:
    """Return the number of repetitions, and all cells that are not `none`."""
    return table[0], [cell for row in table[1].values() for cell in row if cell == cell]


@pytest.mark.parametrize(
    ("heading", "count"),
    [
        ("activation", 14),
        ("difference, unfair - fair", 5),
        ("emotions", 6),
        ("RAVDESS, CNN", 7),
    ],
)
def test_intervals_hold_the_truth_as_often_as_they_say(
    tables: dict, heading: str, count: int
) -> None:
    repetitions, held = cells(tables[heading])
    assert len(held) == count
    assert min(held) >= least(repetitions)


def test_intervals_over_utterances_do_not_and_this_check_sees_that(tables: dict) -> None:
    repetitions, held = cells(tables["utterances as speakers"])
    assert len(held) == 7
    assert min(held) < least(repetitions)
    repetitions, rows = tables["agreement of raters"]
    few, (over_speakers, wilson) = rows.values()
    assert few[0] != few[0]  # four speakers have no interval
    assert wilson < least(repetitions) <= over_speakers


def test_few_speakers_have_no_interval(tables: dict) -> None:
    for heading in ("activation", "emotions"):
        few, *_ = tables[heading][1].values()
        assert all(cell != cell for cell in few)


def test_holm_tells_equal_systems_apart_in_few_tables(tables: dict) -> None:
    repetitions, rows = tables["equal systems"]
    three_seeds, (held, unadjusted, adjusted) = rows.values()
    assert all(cell != cell for cell in three_seeds[1:])  # no p-values
    assert held >= least(repetitions)
    most = float(binom.isf(CHANCE, repetitions, 0.05)) / repetitions
    assert adjusted <= most
    assert unadjusted > adjusted


def test_the_smallest_difference_is_shown_in_four_of_five_tests(tables: dict) -> None:
    repetitions, rows = tables["TPR-low-diff"]
    ((smallest, power),) = rows.values()
    assert 0.05 < smallest < 0.5
    assert least(repetitions, 0.8) <= power < 0.97


def test_the_level_by_chance_is_the_gap_of_a_system_that_is_fair(tables: dict) -> None:
    for true, measured, by_chance in tables["recall gap"][1].values():
        assert true == 0.0
        assert measured > 0.1
        # The gap's sd is about .1: four standard errors of 60 repetitions.
        assert abs(measured - by_chance) < 0.06


def test_a_front_claims_more_than_endless_seeds_show(tables: dict) -> None:
    ((claimed, true, over_claim, *held),) = tables["front, full trainings"][1].values()
    assert over_claim == pytest.approx(claimed / true - 1, abs=0.02)
    assert min(held) > 0.5


def test_a_fair_classifier_has_no_gap_beyond_chance_between_eight_groups(tables: dict) -> None:
    repetitions, rows = tables["classes, no gap"]
    ((*values,),) = rows.values()
    assert min(values[::2]) >= least(repetitions, 0.95)
    assert all(0.8 < share < 1.25 for share in values[1::2])
