import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score
from sklearn.neighbors import NearestNeighbors

from search.replication.estimate import Estimates
from search.replication.estimates import estimates
from search.reporting.blocks import Table
from search.reporting.comparison import Comparison, comparisons
from search.reporting.emotion_layouts import LAYOUTS
from search.reporting.emotion_tables import emotion_table, metrics_of, silent_text
from search.reporting.trivial_detectors import chance, silent
from search.tasks.speaker_metrics import SpeakerMetrics
from tests.support.replication_tests import (
    EMOTIONS,
    add_test,
    emotion_predictions,
    source_of,
    sweep_of,
)

SEEDS = [750, 751, 752]
TOLD = {"DNN": emotion_predictions(SEEDS), "FairRep": emotion_predictions(SEEDS, 0.8)}


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("emotions")
    base, sweep = sweep_of(folder, "base", "dnn"), sweep_of(folder, "fairrep", "fairrep")
    mute = sweep_of(folder, "mute", "nrl")
    add_test(base, "baseline", TOLD["DNN"], SEEDS)
    add_test(sweep, "1@2", TOLD["FairRep"], SEEDS)
    add_test(mute, "1@2", emotion_predictions(SEEDS, 0.1), SEEDS)
    (result,) = comparisons([source_of(sweep, base), source_of(mute, base)])
    return result


@pytest.fixture(scope="module")
def estimated(comparison: Comparison) -> Estimates:
    metrics = metrics_of(EMOTIONS)
    return estimates(comparison.systems, comparison.speaker_metrics, metrics, comparison.baselines)


@pytest.fixture(scope="module")
def tables(comparison: Comparison, estimated: Estimates) -> list[Table]:
    return [emotion_table(layout, "tested", comparison, estimated) for layout in LAYOUTS]


def cell(table: Table, row: str, column: str) -> str:
    (result,) = [cells for cells in table.rows if cells[0] == row]
    return result[list(table.columns).index(column)]


def test_the_papers_tables_have_a_row_an_emotion_and_a_column_a_system(
    tables: list[Table],
) -> None:
    one, two, three, four = tables
    assert list(one.columns) == ["emotion", "DNN", "NRL", "FairRep", "never fires"]
    assert list(two.columns) == ["emotion", "DNN", "NRL", "FairRep"]
    assert list(three.columns) == list(one.columns)
    assert list(four.columns) == ["emotion", "DNN", "NRL", "FairRep", "chance"]
    labels = [row[0] for row in three.rows]
    assert labels == ["anger, M", "anger, F", "sadness, M", "sadness, F", "mean, M", "mean, F"]
    assert [table.name for table in tables] == [f"tested-table-{n}" for n in (1, 2, 3, 4)]
    assert "nan" not in str([table.rows for table in tables])


@pytest.mark.parametrize("system", ["DNN", "FairRep"])
@pytest.mark.parametrize("rows", ["All", "S1", "S2"])
def test_table_1_is_the_weighted_f1_of_the_predictions(
    tables: list[Table], system: str, rows: str
) -> None:
    table = TOLD[system][TOLD[system]["emotion"] == "sadness"]
    table = table if rows == "All" else table[table["s1"] == (rows == "S1")]
    known = [
        f1_score(table["truth"], table[f"score-{seed}"] > 0.5, average="weighted") for seed in SEEDS
    ]
    text = cell(tables[0], f"sadness, {rows}", system)
    mean, spread = 100 * np.mean(known), 100 * np.std(known, ddof=1)
    assert text.startswith(f"{mean:.1f} ± {spread:.1f} [")
    data = tables[0].data.query(f"emotion == 'sadness' and of == '{rows}'").set_index("system")
    assert data.loc[system, "mean"] == pytest.approx(np.mean(known))
    assert data.loc[system, "low"] < np.mean(known) < data.loc[system, "high"]


def test_the_mean_is_over_emotions_and_differences_are_paired_by_seed(
    tables: list[Table],
) -> None:
    each = np.array(
        [
            [
                f1_score(rows["truth"], rows[f"score-{seed}"] > 0.5, average="weighted")
                for _, rows in table.groupby("emotion")
            ]
            for table in TOLD.values()
            for seed in SEEDS
        ]
    ).mean(axis=1)
    row = tables[0].data.query("emotion == 'mean' and of == 'All'").set_index("system")
    assert row.loc["FairRep", "mean"] == pytest.approx(each[3:].mean())
    assert row.loc["FairRep", "difference"] == pytest.approx((each[3:] - each[:3]).mean())
    assert row.loc["FairRep", "baseline"] == "DNN"


def test_parity_is_the_gap_between_rates_on_s2_in_five_readings(tables: list[Table]) -> None:
    table = TOLD["FairRep"][TOLD["FairRep"]["emotion"] == "anger"]
    rates = [
        table.assign(fires=table[f"score-{seed}"] > 0.5).groupby("aligned")["fires"].mean()
        for seed in SEEDS
    ]
    signed = np.array([rate[1.0] - rate[0.0] for rate in rates])
    data = tables[1].data.query("emotion == 'anger' and system == 'FairRep'").set_index("of")
    assert data.loc["|ΔP|", "mean"] == pytest.approx(np.abs(signed).mean())
    assert data.loc["signed", "mean"] == pytest.approx(signed.mean())
    assert set(data.index) == {"|ΔP|", "signed", "of scores", "ratio gap", "rND"}
    assert "[" in cell(tables[1], "anger, signed", "FairRep")
    by_chance = data.loc["|ΔP|", "chance"]
    assert f"({by_chance:.3f})" in cell(tables[1], "anger, |ΔP|", "FairRep")
    for reading in ("|ΔP|", "of scores", "ratio gap", "rND"):
        assert "[" not in cell(tables[1], f"anger, {reading}", "FairRep")


@pytest.mark.parametrize(("letter", "gender"), [("M", "male"), ("F", "female")])
def test_table_3_is_the_weighted_f1_of_what_a_gender_hears_from_its_perspective(
    tables: list[Table], letter: str, gender: str
) -> None:
    table = TOLD["FairRep"][TOLD["FairRep"]["emotion"] == "anger"]
    table = table[table[f"heard_{gender}"].notna()]
    received = table[f"heard_{gender}"] == 1
    known = [
        f1_score(received, table[f"{gender}-{seed}"] > 0.5, average="weighted") for seed in SEEDS
    ]
    data = tables[2].data.query(f"emotion == 'anger' and of == '{letter}'").set_index("system")
    assert data.loc["FairRep", "mean"] == pytest.approx(np.mean(known))
    assert data.loc["FairRep", "low"] < np.mean(known) < data.loc["FairRep", "high"]
    silent = f1_score(received, np.zeros(len(received), bool), average="weighted", zero_division=0)
    assert data.loc["never fires", "mean"] == pytest.approx(silent)


def test_without_what_the_genders_hear_there_is_only_spread_and_the_caption_says_so(
    comparison: Comparison,
) -> None:
    received = ["heard_female", "heard_male"]
    old = [
        dataclasses.replace(
            one,
            system=dataclasses.replace(
                one.system, predictions=one.system.predictions.drop(columns=received)
            ),
        )
        for one in comparison.tested
    ]
    comparison = dataclasses.replace(comparison, tested=old)
    result = estimates(comparison.systems, comparison.speaker_metrics, metrics_of(EMOTIONS))
    one, _, three, _ = (emotion_table(layout, "tested", comparison, result) for layout in LAYOUTS)
    assert "so some intervals are missing" in three.caption
    assert "In brackets" not in three.caption
    assert list(three.columns) == ["emotion", "DNN", "NRL", "FairRep"]
    assert all("[" not in text for row in three.rows for text in row)
    assert three.data["low"].isna().all()
    assert "[" in cell(one, "anger, All", "DNN")


def test_metrics_of_an_emotion_are_those_without_any_other() -> None:
    reported = TOLD["DNN"]
    anger = reported[reported["emotion"] == "anger"]
    metrics = SpeakerMetrics("emotion")
    speakers, own = metrics.speakers(reported), metrics.speakers(anger)
    assert speakers is not None
    assert own is not None
    whole = metrics.without_each(reported, SEEDS, speakers)
    alone = metrics.without_each(anger, SEEDS, own)
    for name in ("f1_all", "parity_s2_signed", "consistency_gender"):
        np.testing.assert_allclose(whole[f"{name}_anger"], alone[name])
        mean = (whole[f"{name}_anger"] + whole[f"{name}_sadness"]) / 2
        np.testing.assert_allclose(whole[name], mean)


def test_the_level_of_parity_by_chance_is_that_of_ratings_permuted_within_speakers(
    estimated: Estimates,
) -> None:
    rows = TOLD["DNN"][TOLD["DNN"]["emotion"] == "anger"]
    rng, levels = np.random.default_rng(1), []
    for _ in range(300):
        given = rows.groupby("speaker")["aligned"].transform(rng.permutation)
        for seed in SEEDS:
            rates = (rows[f"score-{seed}"] > 0.5).groupby(given).mean()
            levels.append(abs(rates[1.0] - rates[0.0]))
    assert estimated["DNN"]["parity_s2_anger"].chance == pytest.approx(np.mean(levels), rel=0.15)
    both = [estimated["DNN"][f"parity_s2_{emotion}"].chance for emotion in EMOTIONS]
    assert estimated["DNN"]["parity_s2"].chance == pytest.approx(np.mean(both))


def test_a_detector_that_never_fires_has_the_f1_that_stands_beside_the_table(
    tables: list[Table],
) -> None:
    rows = TOLD["DNN"][TOLD["DNN"]["emotion"] == "anger"]
    truth, never = rows["truth"].to_numpy(), np.zeros(len(rows), bool)
    result, share = silent(rows), float(truth.mean())
    assert result["f1_all"] == pytest.approx(
        f1_score(truth, never, average="weighted", zero_division=0)
    )
    assert result["f1_all"] == pytest.approx(2 * (1 - share) ** 2 / (2 - share))
    s1 = rows["s1"].to_numpy()
    macro = f1_score(truth[s1], never[s1], average="macro", zero_division=0)
    assert result["f1_macro_s1"] == pytest.approx(macro)
    assert cell(tables[0], "anger, All", "never fires") == f"{100 * result['f1_all']:.1f}"


def test_who_finds_nothing_is_named(comparison: Comparison, estimated: Estimates) -> None:
    text = silent_text(comparison, estimated)
    assert "anger: NRL" in text
    assert "sadness: NRL" in text
    assert "FairRep" not in text


def test_chance_is_the_consistency_of_a_gender_that_has_nothing_to_do_with_neighbours() -> None:
    rng = np.random.default_rng(0)
    count = 400
    table = pd.DataFrame(
        {
            "session": np.where(np.arange(count) < 150, "1", "2"),
            "aligned": (rng.random(count) < 0.3).astype(float),
        }
    )
    table.loc[::7, "aligned"] = np.nan
    result = []
    for _ in range(30):
        deviations = []
        for _, rows in table[table["aligned"].notna()].groupby("session"):
            places = rng.normal(size=(len(rows), 3))
            near = NearestNeighbors(n_neighbors=20).fit(places).kneighbors(return_distance=False)
            own = rows["aligned"].to_numpy()
            deviations.append(np.abs(own - own[near].mean(axis=1)))
        result.append(1 - np.concatenate(deviations).mean())
    error = np.std(result, ddof=1) / np.sqrt(len(result))
    assert chance(table)["consistency_gender"] == pytest.approx(np.mean(result), abs=4 * error)
    assert np.isnan(chance(table[:15])["consistency_gender"])
