"""The benchmark of intervals, in short."""

import os
import subprocess
import sys

import pytest

from tests.support import ROOT


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, list[str]]]:
    """Cells by row, by heading of the table."""
    command = [sys.executable, str(ROOT / "benchmarks" / "calibration.py"), "--short"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, dict[str, list[str]]] = {}
    for part in done.stdout.strip().split("\n\n")[1:]:
        rows = [line.strip("|").split("|") for line in part.splitlines()]
        heading, _, *body = [[cell.strip() for cell in row] for row in rows]
        found[heading[0]] = {name: cells for name, *cells in body}
    return found


def test_intervals_hold_the_truth_as_often_as_they_say(tables: dict) -> None:
    few, *others = tables["metric"].values()
    assert set(few) == {"none"}
    held = [float(cell) for cells in others for cell in cells]
    assert len(held) == 14
    assert min(held) > 0.83  # .95 less four standard errors
    differing = [float(c) for cells in tables["difference, unfair - fair"].values() for c in cells]
    assert len(differing) == 5
    assert min(differing) > 0.83


def test_holm_tells_equal_systems_apart_in_few_tables(tables: dict) -> None:
    ((held, unadjusted, adjusted),) = tables["equal systems"].values()
    assert float(held) > 0.92
    assert float(unadjusted) > 0.2
    assert float(adjusted) < 0.15


def test_the_smallest_difference_is_shown_in_four_of_five_tests(tables: dict) -> None:
    ((smallest, power),) = tables["TPR-low-diff"].values()
    assert 0.05 < float(smallest) < 0.5
    assert 0.6 < float(power) < 0.97  # .8 within four standard errors of 60 repetitions


def test_the_level_by_chance_explains_the_gap_of_a_fair_system(tables: dict) -> None:
    for name, (true, measured, by_chance) in tables["recall gap"].items():
        excess = float(measured) - float(by_chance)
        assert float(measured) > float(true)
        assert excess > 0.1 if name.endswith("unfair") else abs(excess) < 0.1
