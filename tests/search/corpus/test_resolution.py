import dataclasses
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.ravdess import ACTIVATION
from search.corpus.resolution import (
    Resolution,
    assumed_resolutions,
    hopeless,
    measured_resolution,
    resolution_sentence,
)
from search.corpus.resolution_record import FILE, read_resolutions, write_resolutions
from search.corpus.tables import resolution_table
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from search.tasks.fair_model import fair_activation, fair_detectors
from search.tasks.speaker_records import speaker_record

NONE = float("nan")


def ravdess(women: int, men: int, split: str = "test") -> Corpus:
    """Labels of RAVDESS: 60 clips a speaker, of all emotions and intensities but strong neutral."""
    clips = [
        values[intensity]
        for (emotion, values), intensity, _ in product(ACTIVATION.items(), (0, 1), range(4))
        if (emotion, intensity) != ("01", 1)
    ]
    rows = [
        {"speaker": f"{gender}-{n}", "gender": gender, "split": split, "activation": label}
        for gender, count in (("female", women), ("male", men))
        for n in range(count)
        for label in clips
    ]
    table = pd.DataFrame(rows)
    table.insert(0, "id", [f"clip-{number}" for number in range(len(rows))])
    return Corpus("ravdess", table, (1.0, 7.0), 3.5, ())


def one(corpus: Corpus, seeds: int = 10) -> Resolution:
    (result,) = assumed_resolutions("activation", corpus, {"test": seeds})
    return result


def test_the_chance_level_is_that_measured_by_other_simulations() -> None:
    """Of RAVDESS' 3 + 3 test speakers: .20, with a sd of recall between speakers of .15."""
    assert one(ravdess(3, 3)).chance["recall_gap"] == pytest.approx(0.20, abs=0.03)


def test_more_speakers_have_less_chance_by_the_root_of_their_number() -> None:
    few, many = one(ravdess(5, 5)), one(ravdess(20, 20))
    for name in ("recall_gap", "tpr_low_diff", "ccc_diff"):
        assert few.chance[name] / many.chance[name] == pytest.approx(2, rel=0.3)
        assert few.smallest[name] > many.smallest[name]


def test_a_resolution_counts_speakers_and_seeds() -> None:
    result = one(ravdess(4, 6), 7)
    assert (result.split, result.seeds, result.assumed) == ("test", 7, True)
    assert result.sizes == {"women": 4, "men": 6}
    assert not result.has_intervals
    assert set(result.chance) == set(result.smallest)
    assert {"recall_gap", "ccc_diff", "tpr_low_diff", "tpr_high_diff"} <= set(result.chance)


def test_a_corpus_without_the_split_has_none() -> None:
    assert assumed_resolutions("activation", ravdess(3, 3, "train"), {"test": 5}) == []


def test_a_single_seed_shows_no_difference() -> None:
    result = one(ravdess(5, 5), 1)
    assert np.isnan(result.smallest["recall_gap"])
    assert "a single seed" in resolution_sentence(result, "recall_gap")


def test_a_trained_system_is_measured_by_its_predictions() -> None:
    corpus = ravdess(6, 6)
    measured = []
    for seed in range(8):  # draws of those whose mean is assumed
        table = fair_activation(corpus.utterances, range(5), np.random.default_rng(seed))
        record = speaker_record(table, range(5), "activation", 3.5)
        measured.append(measured_resolution("activation", record, "validation", 5))
    assert not measured[0].assumed
    assumed = one(corpus, 5)
    for name in assumed.chance:
        chance = np.mean([result.chance[name] for result in measured])
        smallest = np.mean([result.smallest[name] for result in measured])
        assert chance == pytest.approx(assumed.chance[name], rel=0.5)
        assert smallest == pytest.approx(assumed.smallest[name], rel=0.5)


OF = Resolution(
    "validation", {"women": 4, "men": 4}, 5, True, {"recall_gap": 0.131}, {"recall_gap": 0.214}
)


def test_the_sentence_names_speakers_chance_and_the_smallest_difference() -> None:
    assert resolution_sentence(OF, "recall_gap") == (
        "validation: 4 women, 4 men. A fair model shows a recall gap of .13 by chance here; with 5 "
        "seeds, differences under .21 cannot be seen. No interval over speakers can be had: it "
        "needs 5 in each group."
    )
    enough = dataclasses.replace(OF, sizes={"women": 5, "men": 9})
    assert resolution_sentence(enough, "recall_gap").endswith("cannot be seen.")
    wide = dataclasses.replace(enough, smallest={"recall_gap": 2.4})
    assert "no difference can be seen" in resolution_sentence(wide, "recall_gap")
    whole = dataclasses.replace(OF, sizes={"all": 10})
    assert resolution_sentence(whole, "recall_gap").startswith("validation: 10 speakers. A fair")


@pytest.mark.parametrize(
    ("gap", "reason"), [(0.12, "by chance"), (0.131, "by chance"), (0.2, "without any gap")]
)
def test_a_baseline_without_a_gap_to_see_is_hopeless(gap: float, reason: str) -> None:
    assert reason in hopeless(OF, "recall_gap", gap)


def test_a_baseline_with_a_large_gap_is_not() -> None:
    assert hopeless(OF, "recall_gap", 0.3) == ""


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    assert read_resolutions(folder, "x") == []
    write_resolutions(folder, "x", [OF])
    assert read_resolutions(folder, "x") == [OF]
    single = dataclasses.replace(OF, smallest={"recall_gap": NONE})
    write_resolutions(folder, "x", [single])
    assert np.isnan(read_resolutions(folder, "x")[0].smallest["recall_gap"])


@pytest.mark.parametrize("text", ["{", "[]", '{"resolutions": [{}]}', '{"resolutions": 3}'])
def test_a_forged_record_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StorageError, match=FILE):
        read_resolutions(LocalStorage(tmp_path), "x")


@pytest.mark.parametrize(
    "changes",
    [
        {"sizes": {}},
        {"chance": {"recall_gap": 0.1, "tpr_diff": 0.1}},
        {"chance": {"x": 0.1}, "smallest": {"x": 0.1}},
    ],
)
def test_parts_of_a_record_that_do_not_go_together_are_refused(
    tmp_path: Path, changes: dict[str, dict[str, float]]
) -> None:
    folder = LocalStorage(tmp_path)
    write_resolutions(folder, "x", [dataclasses.replace(OF, **changes)])  # type: ignore[arg-type]
    with pytest.raises(StorageError, match=rf"{FILE} .*resolutions\[0\]"):
        read_resolutions(folder, "x")


def test_the_table_has_a_row_a_difference() -> None:
    table = resolution_table([OF, dataclasses.replace(OF, split="test", seeds=10)])
    cells = [list(column.cells) for column in table.columns]
    assert cells == [["recall gap"], [".13"], [".21"], [".13"], [".21"]]


def test_fair_detectors_have_the_parity_of_chance_draws() -> None:
    """Of a rate q in groups of n and m: √(2/π) √(q (1 - q) (1/n + 1/m)), in the mean over both."""
    rng = np.random.default_rng(0)
    emotions, rows = ("anger", "neutral"), 1200
    studied = pd.DataFrame(
        {
            "id": [f"clip-{number}" for number in range(rows)],
            "speaker": [f"speaker-{number % 60}" for number in range(rows)],
            "truth": rng.choice(emotions, rows, p=[0.3, 0.7]),
            "aligned": rng.choice(["female", "male"], rows, p=[0.25, 0.75]),
            "subset": "S2",
        }
    )
    women = (studied["aligned"] == "female").sum()
    q = (studied["truth"] == "anger").mean()
    by_chance = (2 / np.pi) ** 0.5 * (q * (1 - q) * (1 / women + 1 / (rows - women))) ** 0.5
    table = fair_detectors(studied, emotions, range(3), rng)
    result = speaker_record(table, range(3), "emotion", NONE, permutations=60)
    assert result.chance["parity_s2"] == pytest.approx(by_chance, rel=0.2)
    assert result.sizes == {"all": 60}
