import csv
import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairser_core.metrics.activation_table import activation_metrics
from fairser_core.metrics.intervals import interval
from fairser_core.metrics.multiple_comparisons import holm
from search.replication.estimate import adjusted, significant
from search.replication.estimates import GAP, SHOWN, UNNAMED, estimates
from search.replication.estimates_csv import estimates_csv
from search.replication.estimates_png import estimates_png
from search.tasks.speaker_metrics import SpeakerMetrics
from tests.support.tested_systems import (
    DETECTORS,
    SPEECH,
    THRESHOLD,
    detectors,
    predictions_of,
    shown,
    system,
)


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
