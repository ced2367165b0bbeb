from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fairser_core.metrics.intervals import interval
from fairser_core.metrics.tables import metric_of
from search.front.front import Front
from search.front.speakers import FILE, read_speakers, speaker_figures, write_speakers
from search.store.local_storage import LocalStorage
from search.store.sealed_document import write_sealed
from search.store.storage import StorageError
from search.store.trials import TrialRecord
from search.tasks.speaker_metrics import SpeakerMetrics
from search.tasks.speaker_record import SpeakerRecord
from search.tasks.speaker_records import speaker_record

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
GROUP = [0] * 5 + [1] * 6


def record(seeds: int = 3, group: list[int] = GROUP) -> SpeakerRecord:
    rng = np.random.default_rng(0)
    return SpeakerRecord(
        sizes={"women": group.count(0), "men": group.count(1)},
        group=group,
        seeds=list(range(seeds)),
        per_seed={"ccc": [0.69, 0.70, 0.71][:seeds], "recall_gap": [0.28, 0.3, 0.32][:seeds]},
        without={"ccc": (0.7 + 0.02 * rng.normal(size=len(group))).tolist()},
        chance={"recall_gap": 0.13},
    )


def test_the_interval_is_that_over_speakers_and_seeds() -> None:
    held, values = record(), np.array([0.69, 0.70, 0.71])
    without = np.repeat(np.array(held.without["ccc"])[:, None], 3, axis=1)
    expected = interval(values, without, np.array(GROUP), (-1, 1))
    figures = speaker_figures(held, {"ccc": [0.69, 0.70, 0.71]})
    assert figures.intervals["ccc"] == pytest.approx((expected.low, expected.high))
    assert figures.chance == {"recall_gap": 0.13}
    assert figures.reasons == {}


def test_seeds_without_a_model_count_too() -> None:
    """The speakers' part is of the seeds with models, around the mean of all seeds."""
    some = record(seeds=2)
    shift = 0.75 - 0.695
    without = np.repeat(np.array(some.without["ccc"])[:, None] + shift, 4, axis=1)
    values = np.array([0.7, 0.75, 0.75, 0.8])
    expected = interval(values, without, np.array(GROUP), (-1, 1))
    figures = speaker_figures(some, {"ccc": values.tolist()})
    assert figures.intervals["ccc"] == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("metric", ["ccc", "tpr_low_diff"])
def test_what_speakers_and_seeds_share_counts_once(metric: str) -> None:
    """Records hold means over seeds, and yet have the interval of all values of all seeds."""
    table = speakers_of_luck(seeds=3, speakers=6)
    held = speaker_record(table, range(3), "activation", 4.0, permutations=1)
    measured = SpeakerMetrics("activation", 4.0)
    speakers = measured.speakers(table)
    assert speakers is not None
    without = measured.without_each(table, range(3), speakers)[metric]
    values, within = np.array(held.per_seed[metric]), metric_of(metric).range
    found = held.interval(metric, values, within)
    expected = interval(values, without, speakers.group, within)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    twice = replace(held, shared={}).interval(metric, values, within)
    assert twice.high - twice.low > 1.02 * (found.high - found.low)


def speakers_of_luck(seeds: int, speakers: int) -> pd.DataFrame:
    """Predictions of seeds that err with each speaker in their own way."""
    rng, rows = np.random.default_rng(2), []
    for speaker, gender in product(range(speakers), ("female", "male")):
        luck = rng.normal(0, 0.5, seeds)
        for label in rng.uniform(1, 7, 20):
            noise = rng.normal(0, 0.5, seeds)
            rows.append({"speaker": f"{gender}{speaker}", "gender": gender, "truth": label})
            rows[-1] |= {f"prediction-{n}": label + luck[n] + noise[n] for n in range(seeds)}
    return pd.DataFrame(rows)


def test_few_speakers_have_no_interval_but_a_reason() -> None:
    figures = speaker_figures(record(group=[0] * 4 + [1] * 4), {"ccc": [0.69, 0.70, 0.71]})
    assert figures.intervals == {}
    assert "fewer than 5 speakers" in figures.reasons["ccc"]


def test_a_front_takes_the_records_of_its_candidates(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    front = make_front([make_trial(0, 0.70, 0.30), make_trial(1, 0.75, 0.40)])
    figured = front.with_speakers({"0@2": record()})
    raced, member = figured.members
    assert raced.speakers is None
    assert member.speakers is not None
    assert member.speakers.intervals["ccc"][0] < 0.7 < member.speakers.intervals["ccc"][1]
    low, high = member.intervals["ccc"]
    assert member.speakers.intervals["ccc"] != (low, high)


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    assert read_speakers(folder, "x") == {}
    write_speakers(folder, "x", {"0@2": record()})
    assert read_speakers(folder, "x") == {"0@2": record()}


def test_undefined_values_are_kept(tmp_path: Path) -> None:
    folder, held = LocalStorage(tmp_path), record()
    held.per_seed["ccc"][1] = held.chance["recall_gap"] = float("nan")
    write_speakers(folder, "x", {"0@2": held})
    result = read_speakers(folder, "x")["0@2"]
    assert np.isnan(result.per_seed["ccc"][1])
    assert np.isnan(result.chance["recall_gap"])


@pytest.mark.parametrize("text", ["{", "[]", '{"candidates": {"0@2": {}}}', '{"candidates": 3}'])
def test_a_forged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StorageError, match=FILE):
        read_speakers(LocalStorage(tmp_path), "x")


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("per_seed", {"recall_gap": [0.1, 0.2, 0.3]}, r"per_seed\.ccc` is missing"),
        ("sizes", {"women": 5, "men": 7}, r"sizes\.men` must be the number of its speakers"),
        ("sizes", {"women": 5, "men": 6, "none": 1}, r"sizes\.none` must be the number"),
    ],
)
def test_parts_of_a_record_that_do_not_go_together_are_refused(
    tmp_path: Path, field: str, value: object, rule: str
) -> None:
    folder = LocalStorage(tmp_path)
    forged = {"candidates": {"0@2": {**record().to_json(), field: value}}}
    write_sealed(folder, FILE, "sweep", forged)
    with pytest.raises(StorageError, match=rf"speakers\.json .*{rule}"):
        read_speakers(folder, "sweep")
