"""Tables and picture of the estimates of systems."""

import csv
import io

import numpy as np
import pytest
from rich.console import Console

from fairser_core.metrics.intervals import no_interval
from search.replication.estimate import Estimate
from search.replication.estimates import GROUPS, SHOWN, estimates
from search.replication.estimates_csv import estimates_csv
from search.replication.estimates_png import estimates_png
from search.replication.estimates_table import estimates_table, groups_table
from search.replication.systems import System
from tests.support.tested_systems import DETECTORS, SPEECH, detectors, shown, system


def test_the_table_fits_a_plain_terminal_and_shows_all() -> None:
    seeds = [750, 751, 752]
    base, own = system("baseline", seeds, 0.3), system("112@34", seeds[:2], 0.5, diverged=1)
    text = shown([base, own])
    assert "s on [test]" in text
    for word in ("baseline", "112@34", "3 seeds", "2 seeds", "1 diverged", "± spread", "95 %"):
        assert word in text
    assert "…" not in text
    assert f"{own.metrics['ccc'].mean():.3f}" in text
    assert text.count("- baseline") == 2  # the row, and what it means


def test_the_table_of_groups_cuts_no_name_of_a_metric() -> None:
    seeds = [750, 751, 752, 753, 754]
    tested = [system("baseline@3", seeds, 0.3), system("112@34", seeds, 0.5)]
    values = estimates(tested, SPEECH, GROUPS["activation"], {"112@34": "baseline@3"})
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(groups_table(tested, values))
    text = console.export_text()
    assert "…" not in text
    assert text.count("-diff") == 2 * 3  # of bias, MAE and separation
    assert max(map(len, text.splitlines())) <= 80


def test_the_table_of_emotions_fits_too() -> None:
    seeds = list(range(750, 760))
    predictions = detectors(seeds)
    values = {name: np.full(len(seeds), -0.5) for name in SHOWN["emotion"]}
    result = [System(name, seeds, 0, values, predictions) for name in ("baseline", "112@34")]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(estimates_table(result, estimates(result, DETECTORS), "s"))
    text = console.export_text()
    assert "…" not in text
    for word in ("parity", "consis-", "predic-", "- baseline", "10 seeds"):
        assert word in text


def test_a_single_seed_has_no_spread_in_the_table() -> None:
    assert "nan" not in shown([system("1@2", [750], 0.3)])


def test_the_csv_holds_a_row_a_system_and_metric() -> None:
    base, own = system("baseline", [750, 751], 0.3), system("1@2", [750, 751], 0.5)
    result = estimates([base, own], SPEECH)
    rows = list(csv.DictReader(io.StringIO(estimates_csv(result, {"baseline": 2, "1@2": 2}))))
    assert len(rows) == 2 * len(SHOWN["activation"])
    (row,) = [r for r in rows if (r["system"], r["metric"]) == ("1@2", "ccc")]
    one = result["1@2"]["ccc"]
    assert float(row["mean"]) == one.mean
    assert one.difference_interval is not None
    assert float(row["difference_high"]) == one.difference_interval.high
    assert row["difference_p"] == ""  # of two seeds
    assert {r["difference"] for r in rows if r["system"] == "baseline"} == {""}
    assert "difference_p: fewer than five seeds in common" in row["why_empty"]
    assert all("difference: a baseline itself" in r["why_empty"] for r in rows[: len(rows) // 2])
    for each in rows:  # an empty cell has a reason, which names its column or all
        for column in (name for name, value in each.items() if value == ""):
            named = "difference" if column.startswith("difference") else column
            assert (
                column == "why_empty" or named in each["why_empty"] or "all: " in each["why_empty"]
            )


def test_the_csv_says_which_group_a_metric_lacks() -> None:
    nothing = Estimate(float("nan"), float("nan"), no_interval(""))
    text = estimates_csv({"1@2": {"ccc": nothing}}, {"1@2": 2}, {"1@2": "no women"})
    assert next(csv.DictReader(io.StringIO(text)))["why_empty"] == "all: no women"


@pytest.mark.parametrize("count", [1, 5])
def test_the_picture_is_drawn_also_of_one_system_and_of_one_seed(count: int) -> None:
    result = [system(f"{n}@2 $", [750, 751][: 1 + n % 2], 0.3) for n in range(count)]
    assert estimates_png(result, "activation", "a $ of it").startswith(b"\x89PNG")
