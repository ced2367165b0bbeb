import csv
import io
import json
import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from fairser_core.metrics.activation_table import activation_metrics
from fairser_core.metrics.intervals import interval
from fairser_core.metrics.multiple_comparisons import holm
from search.replication import test_record, test_tables
from search.replication.estimate import adjusted, significant
from search.replication.estimates import GAP, SHOWN, UNNAMED, estimates
from search.replication.estimates_csv import estimates_csv
from search.replication.estimates_png import estimates_png
from search.replication.estimates_table import estimates_table
from search.replication.systems import System, systems
from search.replication.test_record import RecordedTest
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from search.tasks.speaker_metrics import SpeakerMetrics
from tests.support.replication_tests import log_trial

THRESHOLD = 3.5
SPEECH, DETECTORS = SpeakerMetrics("activation", THRESHOLD), SpeakerMetrics("emotion")


def predictions_of(seeds: list[int], noise: float, utterances: int = 150) -> pd.DataFrame:
    """Predictions whose error is a seed's own and an utterance's own, alike for all systems."""
    rng = np.random.default_rng(0)
    truth = rng.normal(4, 1, utterances)
    base = truth + rng.normal(0, 0.4, utterances)
    columns = {
        f"prediction-{seed}": base + np.random.default_rng(seed).normal(0, noise, utterances)
        for seed in seeds
    }
    gender = np.where(rng.random(utterances) < 0.4, "female", "male")
    ids = [f"u{number:03d}" for number in range(utterances)]
    speaker = [f"{whose}-{number % 6}" for number, whose in enumerate(gender)]
    about = {"utterance": ids, "speaker": speaker, "gender": gender, "truth": truth}
    return pd.DataFrame({**about, **columns})


def system(name: str, seeds: list[int], noise: float, diverged: int = 0) -> System:
    table = predictions_of(seeds, noise)
    female = (table["gender"] == "female").to_numpy()
    rows = [
        activation_metrics(
            table["truth"].to_numpy(),
            table[f"prediction-{seed}"].to_numpy(),
            female,
            THRESHOLD,
        )
        for seed in seeds
    ]
    metrics = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return System(name, seeds, diverged, metrics, table)


def test_means_and_spreads_are_those_of_the_seeds() -> None:
    own = system("1@2", [750, 751, 752], 0.5)
    result = estimates([own], SPEECH)["1@2"]
    assert tuple(result) == SHOWN["activation"]
    for name, one in result.items():
        assert one.mean == pytest.approx(own.metrics[name].mean())
        assert one.sd == pytest.approx(own.metrics[name].std(ddof=1))
        assert one.difference is None
        if name != "recall_gap":
            assert one.interval.low <= one.mean <= one.interval.high
            assert one.interval.reason == ""
            assert np.isnan(one.chance)


def test_an_absolute_gap_has_its_level_by_chance_in_place_of_an_interval() -> None:
    own = system("1@2", [750, 751, 752], 0.5)
    one = estimates([own], SPEECH)["1@2"]["recall_gap"]
    assert np.isnan([one.interval.low, one.interval.high]).all()
    assert one.interval.reason == GAP
    table, rng, levels = own.predictions, np.random.default_rng(1), []
    genders = table.groupby("speaker")["gender"].first()
    for _ in range(100):
        given = dict(zip(genders.index, rng.permutation(genders), strict=True))
        female = (table["speaker"].map(given) == "female").to_numpy()
        for seed in own.seeds:
            of_seed = table[f"prediction-{seed}"].to_numpy()
            values = activation_metrics(table["truth"].to_numpy(), of_seed, female, THRESHOLD)
            levels.append(values["recall_gap"])
    assert one.chance == pytest.approx(np.mean(levels), rel=0.15)


def test_intervals_are_those_of_speakers_left_out_and_of_seeds() -> None:
    own = system("1@2", [750, 751, 752], 0.5)
    one = estimates([own], SPEECH)["1@2"]["tpr_diff"]
    table, left, group = own.predictions, [], []
    for speaker, rows in table.groupby("speaker"):
        rest = table[table["speaker"] != speaker]
        female = (rest["gender"] == "female").to_numpy()
        columns = (rest[f"prediction-{seed}"].to_numpy() for seed in own.seeds)
        truth = rest["truth"].to_numpy()
        each = [activation_metrics(truth, c, female, THRESHOLD)["tpr_diff"] for c in columns]
        left.append(each)
        group.append(int(rows["gender"].iloc[0] == "male"))
    known = interval(own.metrics["tpr_diff"], np.array(left), np.array(group), (-2, 2))
    assert (one.interval.low, one.interval.high) == pytest.approx((known.low, known.high))


def test_a_record_that_does_not_name_the_speakers_has_no_interval_and_says_so() -> None:
    seeds = [750, 751]
    base, own = system("baseline", seeds, 0.3), system("1@2", seeds, 0.5)
    older = replace(base, predictions=base.predictions.drop(columns="speaker"))
    result = estimates([older, own], SPEECH)
    assert result["baseline"]["ccc"].interval.reason == UNNAMED
    assert np.isnan(result["baseline"]["recall_gap"].chance)
    one = result["1@2"]["ccc"]
    assert one.interval.reason == ""
    assert one.difference == pytest.approx((own.metrics["ccc"] - base.metrics["ccc"]).mean())
    assert one.difference_interval is not None
    assert one.difference_interval.reason == UNNAMED
    assert np.isnan(one.difference_p)
    text = shown([older, own])
    assert UNNAMED in " ".join(text.split())
    assert "nan" not in text


def test_p_values_are_adjusted_for_all_differences_of_the_table() -> None:
    seeds = list(range(750, 758))
    systems = [system("baseline", seeds, 0.3), system("1@2", seeds, 0.5), system("3@4", seeds, 0.3)]
    result = estimates(systems, SPEECH, ["ccc", "tpr_diff"])
    pairs = [(name, metric) for name in ("1@2", "3@4") for metric in ("ccc", "tpr_diff")]
    raw = [result[name][metric].difference_interval.p for name, metric in pairs]  # type: ignore
    for (name, metric), known in zip(pairs, holm(raw), strict=True):
        assert result[name][metric].difference_p == pytest.approx(known)
    assert result["baseline"]["ccc"].difference_p is None
    assert significant(result) == {"1@2": ["ccc"]}
    assert adjusted(result, ["ccc"])["1@2"]["ccc"].difference_p == pytest.approx(2 * raw[0])
    text = " ".join(shown(systems).split())
    assert "1@2 differs from the baseline in CCC" in text
    assert "3@4 differs" not in text
    few = [system(name, seeds[:4], noise) for name, noise in (("baseline", 0.3), ("1@2", 0.5))]
    one = estimates(few, SPEECH, ["ccc"])["1@2"]["ccc"]
    assert np.isnan(one.difference_p)
    assert one.difference_interval is not None
    assert one.difference_interval.high < 0
    many = [system(each.name, seeds[:5], 0.3 + 0.2 * (each.name != "baseline")) for each in few]
    of = estimates(many, SPEECH, ["ccc"])
    assert significant(of) == {"1@2": ["ccc"]}
    reported = estimates_csv(of, {"baseline": 5, "1@2": 5})
    (row,) = [r for r in csv.DictReader(io.StringIO(reported)) if r["system"] == "1@2"]
    assert float(row["difference_p"]) == of["1@2"]["ccc"].difference_p


def test_differences_are_paired_by_seed_and_speaker() -> None:
    seeds = list(range(750, 758))
    base, own = system("baseline", seeds, 0.30), system("1@2", seeds, 0.31)
    result = estimates([base, own], SPEECH)
    one = result["1@2"]["ccc"]
    assert result["baseline"]["ccc"].difference is None
    assert one.difference == pytest.approx((own.metrics["ccc"] - base.metrics["ccc"]).mean())
    assert one.difference_interval is not None
    low, high = one.difference_interval.low, one.difference_interval.high
    assert low < one.difference < high < 0  # a hundredth is distinguished from nothing
    assert high - low < 0.2 * (one.interval.high - one.interval.low)


def test_only_seeds_that_both_have_are_compared() -> None:
    base, own = system("baseline", [750, 751, 752], 0.3), system("1@2", [751, 752, 753], 0.5)
    one = estimates([base, own], SPEECH)["1@2"]["ccc"]
    pairs = own.metrics["ccc"][:2] - base.metrics["ccc"][1:]
    assert one.difference == pytest.approx(pairs.mean())
    apart = system("1@2", [760, 761], 0.5)
    assert estimates([base, apart], SPEECH)["1@2"]["ccc"].difference is None


def test_systems_tested_on_other_utterances_are_refused() -> None:
    base, own = system("baseline", [750], 0.3), system("1@2", [750], 0.5)
    own.predictions.loc[0, "utterance"] = "another"
    with pytest.raises(ValueError, match="1@2 and baseline were tested on different utterances"):
        estimates([base, own], SPEECH)


def without_each(
    table: pd.DataFrame, seeds: list[int], metrics: SpeakerMetrics
) -> dict[str, np.ndarray]:
    speakers = metrics.speakers(table)
    assert speakers is not None
    return metrics.without_each(table, seeds, speakers)


def test_windows_are_left_out_with_their_speaker() -> None:
    predictions = predictions_of([750], 0.3, utterances=40)
    twice = pd.concat([predictions, predictions], ignore_index=True)
    once = without_each(predictions, [750], SPEECH)
    both = without_each(twice, [750], SPEECH)
    for name, values in once.items():
        assert values.shape == (predictions["speaker"].nunique(), 1)
        np.testing.assert_allclose(both[name], values, equal_nan=True)


def detectors(seeds: list[int]) -> pd.DataFrame:
    rng, rows = np.random.default_rng(0), []
    for emotion in ("anger", "sadness"):
        for number in range(90):
            s1 = bool(rng.random() < 0.5)
            row = {"utterance": f"u{number}", "session": "1", "emotion": emotion, "s1": s1}
            row["speaker"] = f"s{number % 9}"
            row["truth"] = bool(rng.random() < 0.4)
            row["aligned"] = np.nan if s1 else float(rng.random() < 0.5)
            for seed in seeds:
                row[f"score-{seed}"] = rng.random()
                row[f"deviation_gender-{seed}"] = np.nan if s1 else rng.random()
                row[f"deviation_emotion-{seed}"] = rng.random()
            rows.append(row)
    return pd.DataFrame(rows)


def test_of_emotions_a_speaker_is_left_out_of_all_detectors_and_neighbours_stay() -> None:
    predictions = detectors([750, 751])
    result = without_each(predictions, [750, 751], DETECTORS)
    assert {*SHOWN["emotion"], "parity_s2_signed"} - {"parity_s2"} <= set(result)
    means = predictions.groupby("emotion")["deviation_gender-750"].mean()
    assert result["consistency_gender"][:, 0].mean() == pytest.approx(1 - means.mean(), abs=0.01)
    rest = predictions[predictions["speaker"] != "s3"]
    left = rest.groupby("emotion")["deviation_gender-751"].mean().mean()
    assert result["consistency_gender"][3, 1] == pytest.approx(1 - left)
    assert result["consistency_gender"].shape == (9, 2)
    # This table has no perceived columns.
    of_genders = re.compile("f1_(macro_)?(female|male|views)(_anger|_sadness)?")
    assert sum(bool(of_genders.fullmatch(name)) for name in result) == 18
    for name, values in result.items():
        assert (np.isnan if of_genders.fullmatch(name) else np.isfinite)(values).all()


def test_a_seed_whose_predictions_are_not_finite_has_no_resampled_metric() -> None:
    table = predictions_of([750, 751], 0.3, utterances=40)
    table.loc[3, "prediction-751"] = np.nan
    result = without_each(table, [750, 751], SPEECH)
    detected = detectors([750, 751])
    detected.loc[detected["emotion"] == "anger", "score-751"] = np.nan
    for values in (result["ccc"], without_each(detected, [750, 751], DETECTORS)["f1_all"]):
        assert np.isfinite(values[:, 0]).all()
        assert np.isnan(values[:, 1]).all()


def test_a_metric_that_an_older_record_lacks_has_no_estimate() -> None:
    seeds = [750, 751]
    base, own = system("baseline", seeds, 0.3), system("1@2", seeds, 0.5)
    del own.metrics["recall_gap"]
    one = estimates([base, own], SPEECH)["1@2"]["recall_gap"]
    assert np.isnan([one.mean, one.sd, one.chance, one.interval.low, one.interval.high]).all()
    assert one.difference is not None
    assert np.isnan(one.difference)
    assert one.difference_interval is not None
    assert np.isnan([one.difference_interval.low, one.difference_interval.high]).all()
    assert "nan" not in shown([base, own])
    assert estimates_png([base, own], "activation", "older").startswith(b"\x89PNG")


def record(folder: LocalStorage, trial: int, seeds: list[int], name: str = "1@2") -> System:
    own = system(name, seeds, 0.4)
    metrics = {key: values.tolist() for key, values in own.metrics.items()}
    metrics["recall_gap"][0] = None
    path = f"trials/{trial:04d}/test.parquet"
    test = RecordedTest(name, trial, {"a": 1.0}, 2, seeds, [799], metrics, path, "now", "python x")
    log_trial(folder, test)
    test_record.add(folder, test, own.predictions)
    return own


def test_a_recorded_test_is_read_back_and_further_seeds_are_joined(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    assert systems(folder) == []
    first, other, more = (
        record(folder, 0, [750, 751]),
        record(folder, 1, [750], "3@4"),
        record(folder, 2, [752]),
    )
    result = {one.name: one for one in systems(folder)}
    assert list(result) == ["1@2", "3@4"]
    assert (result["1@2"].seeds, result["1@2"].diverged) == ([750, 751, 752], 2)
    both = np.concatenate([first.metrics["ccc"], more.metrics["ccc"]])
    np.testing.assert_array_equal(result["1@2"].metrics["ccc"], both)
    assert np.isnan(result["1@2"].metrics["recall_gap"][0])
    pd.testing.assert_series_equal(
        result["1@2"].predictions["prediction-752"], more.predictions["prediction-752"]
    )
    pd.testing.assert_frame_equal(result["3@4"].predictions, other.predictions)
    assert '"tested": 3' in (tmp_path / "test.json").read_text()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"models": [{"trial": 1}]}', b'{"models": 3}'])
def test_a_record_that_is_not_whole_is_an_error_that_names_it(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "test.json").write_bytes(content)
    with pytest.raises(StorageError, match=r"test\.json cannot be read.*nothing is tested before"):
        test_record.read(LocalStorage(tmp_path))


def test_missing_or_torn_predictions_are_an_error_that_names_the_file(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    record(folder, 0, [750])
    place = tmp_path / "trials" / "0000" / "test.parquet"
    place.write_bytes(place.read_bytes()[:100])
    with pytest.raises(StorageError, match=r"test\.parquet cannot be read"):
        systems(folder)
    place.unlink()
    with pytest.raises(StorageError, match=r"there is no .*test\.parquet, which holds"):
        systems(folder)


def test_representations_are_kept_beside_predictions_and_read_back_without_pickle(
    tmp_path: Path,
) -> None:
    folder, predictions = LocalStorage(tmp_path), predictions_of([750], 0.3)
    units = pd.DataFrame(
        {"utterance": ["u1", "u2"], "unit-0": np.array([0.1, 60000.0], dtype=np.float16)}
    )
    kept = ("1@2", 0, {"a": 1.0}, 2, [750], [], {"ccc": [0.5]}, "t/test.parquet", "now", "python x")
    one = RecordedTest(*kept, representations_file="t/represented.parquet")
    log_trial(folder, one)
    test_record.add(folder, one, predictions, units)
    (result,) = test_record.read(folder)
    assert result == one
    pd.testing.assert_frame_equal(test_tables.read_representations(folder, result), units)
    assert (tmp_path / "t" / "represented.parquet").read_bytes().startswith(b"PAR1")
    (tmp_path / "t" / "represented.parquet").write_bytes(pickle.dumps(units))
    with pytest.raises(StorageError, match=r"represented\.parquet cannot be read"):
        test_tables.read_representations(folder, result)
    assert test_tables.read_representations(folder, RecordedTest(*kept)) is None


def test_a_record_from_before_representations_were_kept_is_read(tmp_path: Path) -> None:
    record(LocalStorage(tmp_path), 0, [750])
    place = tmp_path / "test.json"
    document = json.loads(place.read_text())
    for key in ("represented", "digests", "seal"):
        del document["models"][0][key]
    place.write_text(json.dumps(document))
    (one,) = test_record.read(LocalStorage(tmp_path))
    assert one.representations_file == ""


def test_systems_are_each_compared_with_their_baseline() -> None:
    seeds = [750, 751, 752]
    noises = {"a": 0.3, "b": 0.6, "of a": 0.4, "of b": 0.4, "alone": 0.4}
    result = {name: system(name, seeds, noise) for name, noise in noises.items()}
    bases = {"of a": "a", "of b": "b"}
    table = estimates([*result.values()], SPEECH, ["ccc", "ccc_female"], bases)
    for own, base in bases.items():
        for metric in ("ccc", "ccc_female"):
            known = (result[own].metrics[metric] - result[base].metrics[metric]).mean()
            assert table[own][metric].difference == pytest.approx(known)
    assert table["alone"]["ccc"].difference is None
    one = estimates([*result.values()], SPEECH, ["equalized_odds_difference"], bases)["of a"][
        "equalized_odds_difference"
    ]  # which is not resampled
    assert np.isnan([one.interval.low, one.interval.high]).all()
    assert one.difference_interval is not None
    assert np.isnan([one.difference_interval.low, one.difference_interval.high]).all()


def shown(systems: list[System]) -> str:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(estimates_table(systems, estimates(systems, SPEECH), "s on [test]"))
    return console.export_text()


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


@pytest.mark.parametrize("count", [1, 5])
def test_the_picture_is_drawn_also_of_one_system_and_of_one_seed(count: int) -> None:
    result = [system(f"{n}@2 $", [750, 751][: 1 + n % 2], 0.3) for n in range(count)]
    assert estimates_png(result, "activation", "a $ of it").startswith(b"\x89PNG")
