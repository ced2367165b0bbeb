import re
from pathlib import Path

import numpy as np
import pytest
from audmetric import concordance_cc

from search.replication.estimates import SHOWN, estimates
from search.reporting.blocks import Table
from search.reporting.comparison import Comparison, comparisons
from search.reporting.system_tables import extent_text, main_table, systems_table
from tests.support.replication_tests import (
    activation_predictions,
    activation_values,
    add_test,
    source_of,
    sweep_of,
)

SEEDS = [750, 751, 752, 753]
BASE, OWN = activation_predictions(SEEDS, 0.30), activation_predictions(SEEDS[1:], 0.45)


def compared(folder: Path) -> Comparison:
    base = sweep_of(folder, "baseline-1", "baseline")
    add_test(base, "baseline", BASE, SEEDS)
    sources = []
    for name, reported, seeds in (("adversarial", OWN, SEEDS[1:]), ("nonadversarial", BASE, [750])):
        sweep = sweep_of(folder, name, name)
        add_test(sweep, "1@2", reported, seeds, diverged=[760])
        sources.append(source_of(sweep, base))
    (result,) = comparisons(sources)
    return result


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compared(tmp_path_factory.mktemp("systems"))


@pytest.fixture(scope="module")
def table(comparison: Comparison) -> Table:
    names = SHOWN["activation"]
    result = estimates(
        comparison.systems,
        comparison.speaker_metrics,
        metrics=names,
        bases=comparison.baselines,
    )
    return main_table("main", comparison, result, names)


def cells(table: Table, row: str) -> dict[str, str]:
    (result,) = [cells for cells in table.rows if cells[0] == row]
    return dict(zip(table.columns, result, strict=True))


def test_table_1_has_the_papers_systems_and_columns(table: Table) -> None:
    assert [row[0] for row in table.rows] == [
        "None", "Adversarial", "Non-adversarial", "Adversarial - None", "Non-adversarial - None",
    ]  # fmt: skip
    assert list(table.columns) == [
        "system", "CCC", "CCC-diff", "TPR-low-diff", "TPR-high-diff", "TPR-diff", "recall gap",
    ]  # fmt: skip
    assert "on test data of toy" in table.caption
    assert "-0.234" not in table.caption  # the paper's figures are not ours


def test_cells_are_mean_spread_and_interval_over_seeds(table: Table) -> None:
    truth = OWN["truth"].to_numpy()
    known = [concordance_cc(truth, OWN[f"prediction-{seed}"].to_numpy()) for seed in SEEDS[1:]]
    reported = cells(table, "Adversarial")["CCC"]
    match = re.fullmatch(r"(\S+) ± (\S+) \[(\S+), (\S+)\]", reported)
    assert match
    mean, sd, low, high = map(float, match.groups())
    assert mean == pytest.approx(np.mean(known), abs=5e-4)
    assert sd == pytest.approx(np.std(known, ddof=1), abs=5e-4)
    assert low < mean < high
    row = table.data.query("system == 'Adversarial' and metric == 'ccc'").iloc[0]
    assert row["mean"] == pytest.approx(np.mean(known))
    assert row["sd"] == pytest.approx(np.std(known, ddof=1))


def test_differences_are_paired_by_the_seeds_that_both_have(table: Table) -> None:
    each = [
        activation_values(OWN, seed)["ccc_diff"] - activation_values(BASE, seed)["ccc_diff"]
        for seed in SEEDS[1:]
    ]
    reported = cells(table, "Adversarial - None")["CCC-diff"]
    match = re.fullmatch(r"([+-]\S+) \[([+-]\S+), ([+-]\S+)\]", reported)
    assert match
    assert float(match[1]) == pytest.approx(np.mean(each), abs=5e-4)
    assert float(match[2]) < np.mean(each) < float(match[3])
    row = table.data.query("system == 'Adversarial' and metric == 'ccc_diff'").iloc[0]
    assert row["difference"] == pytest.approx(np.mean(each))
    assert row["baseline"] == "None"
    # One seed of the same predictions: nothing is told from nothing.
    assert cells(table, "Non-adversarial - None")["CCC"] == "+0.000 [+0.000, +0.000]"


def test_a_single_seed_has_no_spread_and_a_baseline_no_difference(table: Table) -> None:
    assert "±" not in cells(table, "Non-adversarial")["CCC"]
    assert table.data.query("system == 'None'")["difference"].isna().all()
    assert "nan" not in str(table.rows)


def test_the_systems_are_listed_with_their_origins(comparison: Comparison) -> None:
    table = systems_table("systems", comparison)
    none, adversarial, _ = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert none["member"] == "baseline of adversarial, nonadversarial"
    assert adversarial["member"] == "1@2"
    assert adversarial["settings"] == "alpha0 0.5"
    assert (adversarial["seeds"], adversarial["diverged"]) == ("3", "1")
    assert list(table.data["seeds"]) == [4, 3, 1]
    assert extent_text(comparison).startswith("3 systems, tested on 80 utterances of the test")
