import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.checks import COLUMNS
from fairser_core.corpora.corpus import Corpus, make_corpus
from fairser_core.corpora.groups import Grouping
from fairser_core.corpora.problems import CorpusError


def result(table: pd.DataFrame, **options: Any) -> Corpus:
    return make_corpus("own", table, **{"scale": (1.0, 7.0), "source": "own.csv"} | options)


def problems(table: pd.DataFrame, **options: Any) -> list[str]:
    with pytest.raises(CorpusError, match="cannot be used") as caught:
        result(table, **options)
    return str(caught.value).splitlines()


def test_a_sound_table_becomes_a_corpus_in_the_order_of_the_documented_columns(
    table: pd.DataFrame,
) -> None:
    corpus = result(table[list(reversed(table.columns))].assign(mood="calm"), notes=["a fact"])
    assert list(corpus.utterances) == [*COLUMNS, "path", "mood"]
    assert corpus.utterances["id"].tolist() == table["id"].tolist()
    assert corpus.utterances["activation"].tolist() == table["activation"].tolist()
    assert corpus.utterances.index.tolist() == list(range(24))
    assert (corpus.name, corpus.scale, corpus.notes) == ("own", (1.0, 7.0), ("a fact",))


def test_labels_and_names_may_be_text_or_numbers(table: pd.DataFrame) -> None:
    numbers = table["speaker"].astype("category").cat.codes
    corpus = result(table.assign(activation=table["activation"].astype(str), speaker=numbers))
    assert corpus.utterances["activation"].dtype == float
    assert corpus.utterances["speaker"].tolist() == [str(number) for number in numbers]


@pytest.mark.parametrize(
    ("scale", "threshold", "expected"),
    [
        ((1.0, 7.0), None, 3.5),
        ((1.0, 9.0), None, 5.0),
        ((0.0, 100.0), 2.5, 2.5),
        ((1.0, 7.0), 4.0, 4.0),
    ],
)
def test_the_threshold_is_the_papers_on_its_scale_else_the_middle_unless_set(
    table: pd.DataFrame, scale: tuple[float, float], threshold: float | None, expected: float
) -> None:
    spread = table.assign(activation=table["activation"].map({2.0: scale[0], 5.0: scale[1]}))
    assert result(spread, scale=scale, threshold=threshold).threshold == expected


def test_an_activation_equal_to_the_threshold_is_low(table: pd.DataFrame) -> None:
    assert result(table, threshold=2.0).threshold == 2.0
    lines = problems(table, threshold=5.0)
    assert "  train must have female utterances of activation > 5" in lines


def test_all_problems_are_reported_at_once_with_their_lines(table: pd.DataFrame) -> None:
    broken = Path(table["path"][20])
    broken.write_text("not audio")
    silent = Path(table["path"][21])
    soundfile.write(silent, np.zeros(0), 8000)
    bad = table.astype(object)
    bad.loc[2, "id"] = ""
    bad.loc[4, "id"] = bad.loc[3, "id"]
    bad.loc[5, "speaker"] = None
    bad.loc[6, "gender"] = "{x}"
    bad.loc[7, "activation"] = "loud"
    bad.loc[8, "activation"] = 7.5
    bad.loc[9, "path"] = "/nowhere/a.wav"
    bad.loc[10, "split"] = "holdout"
    bad.loc[12, "speaker"] = bad.loc[3, "speaker"]
    lines = problems(bad, threshold=9.0)
    assert lines[0] == "own.csv cannot be used:"
    expected = [
        r"line 2: id must not be empty",
        r"line 4: id must be unique, 'train-female1-5.0' is already that of line 3",
        r"line 5: speaker must not be empty",
        r"line 6: gender must be one of female, f, .*, got '\{x\}'",
        r"line 7: activation must be a number on 1\.\.7, got 'loud'",
        r"line 8: activation must be a number on 1\.\.7, got 7\.5",
        r"line 9: /nowhere/a\.wav: cannot be read \(No such file or directory\)",
        rf"line 20: {re.escape(str(broken))}: is not audio that can be read \(.+\)",
        rf"line 21: {re.escape(str(silent))}: has no samples; was its recorder stopped .*",
        r"line 10: split must be one of train, .*, got 'holdout'",
        r"speaker 'train-female1' must be in one split, is in train and validation",
        r"threshold must be on 1\.\.7 and below its end, got 9\.0",
    ]
    for pattern in expected:
        assert any(re.match(rf"  {pattern}", line) for line in lines), pattern
    cells = [line for line in lines if "of activation > 9" in line]
    assert len(lines) == 1 + len(expected) + len(cells)


def test_missing_columns_are_reported_with_the_problems_of_the_others(table: pd.DataFrame) -> None:
    table["gender"] = "x"
    lines = problems(table.drop(columns=["speaker", "path"]))
    assert "  column 'speaker' is missing" in lines
    assert any("'path' (audio) or 'features' (arrays), both are missing" in line for line in lines)
    assert any(line.startswith("  line 2: gender must be one of") for line in lines)


def test_audio_and_features_exclude_each_other(table: pd.DataFrame) -> None:
    lines = problems(table.assign(features=table["path"]))
    assert any("'path' (audio) or 'features' (arrays), not both" in line for line in lines)


def test_an_empty_table_has_problems_of_its_groups(table: pd.DataFrame) -> None:
    lines = problems(table.iloc[:0])
    assert lines[1:] == [
        f"  {split} must have {gender} utterances, has none"
        for split in ("train", "validation", "test")
        for gender in ("female", "male")
    ]


def test_long_lists_are_cut_after_twenty_of_a_kind(table: pd.DataFrame) -> None:
    lines = problems(table.assign(gender="x"))
    assert sum("gender must be one of" in line for line in lines) == 20
    assert "  and 4 more like this" in lines


def test_rows_without_a_file_are_numbered_as_rows(table: pd.DataFrame) -> None:
    table = table.set_axis(range(1, 25)).rename_axis(None)
    table.loc[3, "activation"] = 0.5
    table.loc[5, "id"] = table.loc[4, "id"]
    lines = problems(table)
    assert "  row 3: activation must be a number on 1..7, got 0.5" in lines
    assert any(line.startswith("  row 5: id must be") and "row 4" in line for line in lines)


@pytest.mark.parametrize("split", ["train", "validation"])
@pytest.mark.parametrize("gender", ["female", "male"])
@pytest.mark.parametrize(("kept", "lacks"), [(2.0, "> 3.5"), (5.0, "<= 3.5")])
def test_every_group_of_train_and_validation_must_have_low_and_high_activation(
    table: pd.DataFrame, split: str, gender: str, kept: float, lacks: str
) -> None:
    group = (table["split"] == split) & (table["gender"] == gender)
    lines = problems(table[~group | (table["activation"] == kept)])
    assert lines[1:] == [f"  {split} must have {gender} utterances of activation {lacks}"]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("gender", ["female", "male"])
def test_every_split_must_have_women_and_men(table: pd.DataFrame, split: str, gender: str) -> None:
    lines = problems(table[(table["split"] != split) | (table["gender"] != gender)])
    assert lines[1:] == [f"  {split} must have {gender} utterances, has none"]


def test_the_test_split_may_lack_a_level_of_activation(table: pd.DataFrame) -> None:
    kept = table[(table["split"] != "test") | (table["activation"] == 5.0)]
    assert len(result(kept).utterances) == 20


def test_skip_broken_leaves_unusable_rows_out_and_says_how_many(table: pd.DataFrame) -> None:
    bad = table.astype(object)
    os.remove(bad.loc[2, "path"])
    bad.loc[2, "gender"] = "x"
    bad.loc[6, "activation"] = "loud"
    bad.loc[10, "id"] = bad.loc[11, "id"] = "twin"
    corpus = result(bad, skip_broken=True, notes=["a fact"])
    kept = bad.drop(index=[2, 6, 11])
    assert corpus.utterances["id"].tolist() == kept["id"].tolist()
    assert corpus.notes == (
        "a fact",
        "3 of 24 left out: 1 with an empty or repeated id, 1 of unknown gender, "
        "1 with a label off the scale, 1 whose audio is missing or broken",
    )
    hint = problems(bad)[-1]
    assert "--skip-broken" in hint


def test_skip_broken_does_not_skip_what_is_wrong_with_the_whole(table: pd.DataFrame) -> None:
    bad = table.astype(object)
    bad.loc[2, "activation"] = "loud"
    bad.loc[10, "split"] = "holdout"
    bad.loc[12, "speaker"] = bad.loc[3, "speaker"]
    lines = problems(bad, skip_broken=True)
    assert len(lines) == 3
    assert any("holdout" in line for line in lines)
    assert any("must be in one split" in line for line in lines)
    assert not any("--skip-broken" in line for line in problems(bad))


def test_groups_that_only_broken_rows_filled_are_refused(table: pd.DataFrame) -> None:
    bad = table.astype(object)
    bad.loc[[3, 5], "activation"] = "loud"  # both of the women's high ones in training
    lines = problems(bad, skip_broken=True)
    assert lines[1:] == ["  train must have female utterances of activation > 3.5"]


@pytest.fixture
def features_table(table: pd.DataFrame, tmp_path: Path) -> pd.DataFrame:
    paths = [str(tmp_path / f"{name}.npy") for name in table["id"]]
    for number, path in enumerate(paths):
        np.save(path, np.full((3 + number, 5), number, dtype=np.float32))
    return table.drop(columns="path").assign(features=paths)


def test_features_can_stand_in_for_audio(features_table: pd.DataFrame) -> None:
    corpus = result(features_table)
    assert list(corpus.utterances) == [*COLUMNS, "features"]
    assert corpus.utterances["features"].tolist() == features_table["features"].tolist()


def test_the_fingerprint_does_not_depend_on_folder_or_order(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "audio", tmp_path / "moved")
    moved = table.assign(path=table["path"].str.replace("/audio/", "/moved/"))[::-1]
    assert result(moved).fingerprint() == result(table).fingerprint()
    assert re.fullmatch("[0-9a-f]{16}", result(table).fingerprint())


def test_the_fingerprint_changes_with_the_table_and_with_the_sound(table: pd.DataFrame) -> None:
    before = result(table).fingerprint()
    variants = [
        table.assign(id=table["id"].replace("train-female1-2.0", "other")),
        table.assign(speaker=table["speaker"].replace("train-female1", "other")),
        table.assign(activation=table["activation"].replace(2.0, 2.1)),
        table.assign(
            gender=table["gender"].where(table["speaker"] != "test-male1", "female"),
        ),
        table.assign(split=table["split"].where(table["speaker"] != "train-male1", "test")),
    ]
    prints = [result(variant).fingerprint() for variant in variants]
    prints.append(result(table, threshold=4.0).fingerprint())
    prints.append(result(table, scale=(1.0, 9.0), threshold=3.5).fingerprint())
    samples, rate = soundfile.read(table["path"][2])
    soundfile.write(table["path"][2], samples * 0.5, rate)
    prints.append(result(table).fingerprint())
    assert len({before, *prints}) == 1 + len(prints)


def of_accents(table: pd.DataFrame) -> Corpus:
    """The sound table with an accent of each speaker; the second woman's is unknown."""
    accents = {"female1": "Irish", "female2": "", "male1": "Scots", "male2": "Irish"}
    return result(table.assign(accent=table["speaker"].str.rpartition("-")[2].map(accents)))


def test_groups_of_another_attribute_leave_the_unknown_out_and_count_them(
    table: pd.DataFrame,
) -> None:
    corpus = of_accents(table)
    grouped = corpus.grouped(Grouping.parse("accent"))
    assert grouped.groups == ("Irish", "Scots")
    assert grouped.utterances["group"].value_counts().to_dict() == {"Irish": 12, "Scots": 6}
    assert grouped.notes == ("6 of 24 left out: their accent is unknown",)
    assert grouped.judged("validation") == ["Irish", "Scots"]
    assert grouped.fingerprint() != corpus.fingerprint()
    whole = corpus.grouped(Grouping.parse("accent", unknown=True))
    assert whole.groups == ("Irish", "Scots", "unknown")
    assert len(whole.utterances) == 24
    assert whole.judged("validation") == ["Irish", "Scots"]  # the two with most speakers


def test_gender_stays_as_it_is_and_so_does_the_fingerprint(table: pd.DataFrame) -> None:
    corpus = of_accents(table)
    for fewest in ((5, 50), (1, 1)):
        assert corpus.grouped(Grouping.parse("gender", fewest=fewest)) is corpus
    assert corpus.groups == ("female", "male")
    assert corpus.judged("test") == ["female", "male"]


def test_an_attribute_named_group_groups_nobody_unless_asked_for(table: pd.DataFrame) -> None:
    named = table["speaker"].str[-1].map({"1": "k", "2": "l"})
    corpus = result(table.assign(group=named))
    by_gender = corpus.grouped(Grouping())
    assert by_gender.groups == ("female", "male")
    assert "group" not in by_gender.utterances
    assert by_gender.fingerprint() == result(table).fingerprint()
    assert corpus.grouped(Grouping.parse("group")).groups == ("k", "l")


def test_a_judged_group_needs_low_and_high_activation(table: pd.DataFrame) -> None:
    low = (table["speaker"] == "validation-male1") & (table["activation"] > 3.5)
    corpus = of_accents(table.assign(activation=table["activation"].mask(low, 2.0)))
    rule = "validation must have utterances of group Scots of activation > 3.5"
    with pytest.raises(CorpusError, match=re.escape(rule)):
        corpus.grouped(Grouping.parse("accent"))
    with pytest.raises(CorpusError, match="the attribute 'race', the corpus has gender, accent"):
        corpus.grouped(Grouping.parse("race"))
