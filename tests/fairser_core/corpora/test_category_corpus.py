import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora.category_corpus import CategoryCorpus, make_category_corpus
from fairser_core.corpora.groups import Grouping
from fairser_core.corpora.problems import CorpusError
from tests.support.audio import noise

CLASSES = ("anger", "neutral", "sadness")


@pytest.fixture
def classes_table(tmp_path: Path) -> pd.DataFrame:
    """Two speakers a split with an utterance of each class; row numbers are lines from 2 on."""
    rows = [
        {
            "id": f"{split}-{speaker}-{label}",
            "speaker": f"{split}-{speaker}",
            "gender": gender,
            "accent": accent,
            "age": age,
            "split": split,
            "emotion": label.upper(),
            "path": noise(tmp_path / f"{split}-{speaker}-{label}.wav"),
        }
        for split in ("train", "dev", "test")
        for speaker, gender, accent, age in (("a", "F", "Scots", 30), ("b", "Diverse", "n/a", 41))
        for label in CLASSES
    ]
    return pd.DataFrame(rows, index=pd.RangeIndex(2, 2 + len(rows), name="line"))


def make(table: pd.DataFrame, **options: object) -> CategoryCorpus:
    given = {"classes": CLASSES, "source": "table.csv", **options}
    return make_category_corpus("test", table, **given)  # type: ignore[arg-type]


def test_attributes_travel_and_unknown_values_are_missing(classes_table: pd.DataFrame) -> None:
    corpus = make(classes_table)
    assert corpus.attributes == ("gender", "accent", "age")
    first = corpus.utterances.iloc[0]
    assert (first["gender"], first["accent"], first["age"]) == ("female", "Scots", 30)
    assert corpus.utterances["gender"].tolist()[3] == "diverse"
    assert corpus.utterances["accent"].isna().sum() == 9
    assert corpus.utterances["emotion"].tolist()[:3] == list(CLASSES)
    assert set(corpus.utterances["split"]) == {"train", "validation", "test"}


def test_without_votes_each_class_has_one(classes_table: pd.DataFrame) -> None:
    votes = make(classes_table).votes
    assert len(votes) == 18
    assert votes.iloc[1].tolist() == ["train-a-neutral", "neutral", 1.0]


def test_votes_elect_the_class_and_ties_elect_none(classes_table: pd.DataFrame) -> None:
    table = classes_table.drop(columns="emotion")
    own = pd.DataFrame({"utterance": table["id"], "label": table["id"].str.rpartition("-")[2]})
    tie = pd.DataFrame({"utterance": ["test-a-anger"], "label": ["Other"]})
    corpus = make(table, votes=pd.concat([own, own, tie, tie]), others=("other",))
    emotions = corpus.utterances.set_index("id")["emotion"]
    assert pd.isna(emotions["test-a-anger"])
    assert emotions["test-b-anger"] == "anger"
    counted = corpus.votes.set_index(["utterance", "label"])["votes"]
    assert counted["test-a-anger", "other"] == counted["test-a-anger", "anger"] == 2.0
    assert any("1 of 18 utterances have no class" in note for note in corpus.notes)


def test_chosen_classes_are_studied_in_the_corpus_order(classes_table: pd.DataFrame) -> None:
    corpus = make(classes_table, chosen=("sadness", "anger"))
    assert corpus.classes == ("anger", "sadness")
    assert corpus.utterances["emotion"].isna().sum() == 6
    for wrong in (("anger",), ("anger", "joy"), ()):
        with pytest.raises(CorpusError, match="classes must be two or more of anger, neutral, sad"):
            make(classes_table, chosen=wrong)


def test_all_problems_are_listed(classes_table: pd.DataFrame) -> None:
    table = classes_table.astype({"emotion": object})
    table.loc[2, "emotion"] = "rage"
    table.loc[3, "id"] = "train-a-anger"
    table.loc[4, "split"] = "evening"
    table.loc[5, "speaker"] = "dev-a"
    table.loc[8:13, "emotion"] = "anger"
    with pytest.raises(CorpusError) as error:
        make(table)
    for message in (
        "line 2: emotion must be empty or one of anger, neutral, sadness, got 'rage'",
        "line 3: id must be unique",
        "line 4: split must be one of",
        "speaker 'dev-a' must be in one split",
        "validation must have utterances of sadness, has none",
    ):
        assert message in str(error.value)


def test_broken_rows_are_left_out_by_choice(classes_table: pd.DataFrame) -> None:
    table = classes_table.astype({"emotion": object})
    table.loc[2, "emotion"] = "rage"
    corpus = make(table, skip_broken=True)
    assert corpus.left_out == ("train-a-anger",)
    assert corpus.notes == ("1 of 18 left out: 1 of unknown class",)
    assert "train-a-anger" not in set(corpus.votes["utterance"])


def test_a_class_without_a_test_utterance_is_noted(classes_table: pd.DataFrame) -> None:
    table = classes_table[~classes_table["id"].str.contains("test-._*.*sadness", regex=True)]
    assert make(table).notes == (
        "no utterance of sadness in the test split: its recall will be undefined in a test",
    )


def test_votes_with_unknown_labels_are_refused_unless_any_may_occur(
    classes_table: pd.DataFrame,
) -> None:
    votes = pd.DataFrame({"utterance": classes_table["id"], "label": "Boredom"})
    with pytest.raises(CorpusError, match=r"votes must name one of anger, .*got 'boredom'"):
        make(classes_table, votes=votes)
    assert make(classes_table, votes=votes, others=None).votes["label"].unique() == ["boredom"]


def test_the_fingerprint_changes_with_labels_votes_and_attributes_not_with_order(
    classes_table: pd.DataFrame,
) -> None:
    whole = make(classes_table)
    assert make(classes_table.iloc[::-1]).fingerprint() == whole.fingerprint()
    other = classes_table.replace({"accent": {"Scots": "Irish"}})
    digits = {whole.fingerprint(), make(other).fingerprint()}
    digits.add(make(classes_table, chosen=("anger", "neutral")).fingerprint())
    digits.add(dataclasses.replace(whole, votes=whole.votes.iloc[1:]).fingerprint())
    assert len(digits) == 4


def test_utterances_can_be_left_out_later(classes_table: pd.DataFrame) -> None:
    corpus = make(classes_table).without(["train-b-neutral"])
    assert len(corpus.utterances) == len(corpus.votes) == 17
    assert corpus.left_out == ("train-b-neutral",)


def test_numbers_of_an_attribute_stay_numbers(classes_table: pd.DataFrame) -> None:
    ages = make(classes_table).utterances["age"]
    assert np.issubdtype(ages.dtype, np.number)


def test_a_split_that_is_learned_from_or_searched_on_has_two_groups(
    classes_table: pd.DataFrame,
) -> None:
    corpus = make(classes_table.assign(studio=classes_table["split"].replace("test", "train")))
    rule = "train must have utterances of two groups or more, has train"
    with pytest.raises(CorpusError, match=rule):
        corpus.grouped(Grouping.parse("studio"))
