import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora.groups import Grouping, groups_of, judged
from fairser_core.corpora.problems import CorpusError


def utterances() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": list("abcdef"),
            "speaker": list("UVWWXY"),
            "gender": ["male", "female", "male", "male", "female", None],
            "age": ["29", "30", "44,5", "44,5", "45", "unknown"],
            "accent": ["Irish", "Scots", "Irish", "Irish", "Scots", "Welsh"],
        }
    )


def test_gender_is_the_default_and_women_come_first() -> None:
    groups = groups_of(utterances(), Grouping())
    assert groups.names == ("female", "male")
    assert groups.index.tolist() == [1, 0, 1, 1, 0, -1]


def test_numbers_are_banded_by_edges_that_belong_to_the_upper_band() -> None:
    groups = groups_of(utterances(), Grouping.parse("age:30:45"))
    assert groups.names == ("under 30", "30 to under 45", "from 45")
    assert groups.index.tolist() == [0, 1, 1, 1, 2, -1]


def test_several_attributes_give_the_products_that_occur() -> None:
    groups = groups_of(utterances(), Grouping.parse("gender, accent"))
    assert groups.names == ("female/Scots", "male/Irish")
    assert groups.index.tolist() == [1, 0, 1, 1, 0, -1]


def test_unknown_values_are_a_group_by_choice() -> None:
    groups = groups_of(utterances(), Grouping.parse("gender", unknown=True))
    assert groups.names == ("female", "male", "unknown")
    assert groups.index.tolist() == [1, 0, 1, 1, 0, 2]


def test_edges_keep_all_their_digits() -> None:
    grouping = Grouping.parse("born:19900101:20000101")
    assert str(grouping) == "born:19900101:20000101"
    table = utterances()[["speaker"]].assign(born=[19900100, 19900101, *[20000100] * 3, 20000101])
    assert groups_of(table, grouping).names == (
        "under 19900101",
        "19900101 to under 20000101",
        "from 20000101",
    )


@pytest.mark.parametrize(
    ("columns", "got"),
    [
        ({"a": ["x/y", "x"], "b": ["z", "y/z"]}, "'x/y/z' and 'x/y/z'"),
        ({"a": ["<30", ">30"]}, "'<30' and '>30'"),  # metrics of both would end with _30
    ],
)
def test_groups_that_would_be_taken_for_one_are_refused(
    columns: dict[str, list[str]], got: str
) -> None:
    table = pd.DataFrame({"speaker": ["U", "V"], **columns})
    with pytest.raises(CorpusError, match=f"groups must differ in letters.*got {got}"):
        groups_of(table, Grouping.parse(",".join(columns)))


@pytest.mark.parametrize("name", ["gap", "sd", "valence"])
def test_a_group_that_would_be_taken_for_a_metric_is_refused(name: str) -> None:
    table = pd.DataFrame({"speaker": ["U", "V"], "accent": [name, "north"]})
    with pytest.raises(CorpusError, match=f"end those of metrics, got '{name}'"):
        groups_of(table, Grouping.parse("accent"))


def test_a_speaker_of_two_groups_is_refused_in_any_split() -> None:
    table = utterances().assign(split="test")
    table.loc[3, "gender"] = None  # of no group, no contradiction
    assert groups_of(table, Grouping()).names == ("female", "male")
    table.loc[3, "gender"] = "female"
    with pytest.raises(CorpusError, match="must be of one group, 'W' is of male and female"):
        groups_of(table, Grouping())


def test_sizes_count_speakers_and_utterances() -> None:
    table = utterances()
    sizes = groups_of(table, Grouping()).sizes(table["speaker"].tolist())
    assert sizes.to_dict("index") == {
        "female": {"speakers": 2, "utterances": 2},
        "male": {"speakers": 2, "utterances": 3},
    }


@pytest.mark.parametrize(
    ("speakers", "counts", "expected"),
    [
        ((9, 5, 4), (90, 50, 80), ["a", "b"]),
        ((9, 5, 5), (90, 49, 50), ["a", "c"]),
        ((2, 3, 4), (10, 10, 10), ["b", "c"]),  # a gap needs two
        ((2, 2, 2), (10, 12, 10), ["a", "b"]),
    ],
)
def test_small_groups_are_not_judged_but_two_always_are(
    speakers: tuple[int, ...], counts: tuple[int, ...], expected: list[str]
) -> None:
    sizes = pd.DataFrame({"speakers": speakers, "utterances": counts}, index=list("abc"))
    assert judged(sizes, Grouping()) == expected


def test_the_text_of_a_grouping_reads_back() -> None:
    grouping = Grouping.parse("gender,age:30:45.5", unknown=True, fewest=(3, 10))
    assert grouping.edges == {"age": (30.0, 45.5)}
    assert str(grouping) == "gender,age:30:45.5"
    assert Grouping.parse(str(grouping), unknown=True, fewest=(3, 10)) == grouping


@pytest.mark.parametrize("text", ["", "gender,", "gender,gender", "age:45:30", "age:x", "age:nan"])
def test_a_wrong_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="groups must name each attribute once"):
        Grouping.parse(text)


def test_impossible_groups_are_refused() -> None:
    table = utterances().assign(
        empty=None, height=np.arange(6.0), many=pd.Series([f"v{n}" for n in range(6)])
    )
    with pytest.raises(CorpusError, match="attribute 'race', the corpus has gender, age, accent"):
        groups_of(table, Grouping.parse("race"))
    with pytest.raises(CorpusError, match="no value of the attribute 'empty' is known"):
        groups_of(table, Grouping.parse("empty"))
    with pytest.raises(CorpusError, match="bands need numbers of the attribute 'accent', got 'Ir"):
        groups_of(table, Grouping.parse("accent:3"))
    wide = pd.DataFrame({"name": [f"v{n}" for n in range(41)]})
    with pytest.raises(CorpusError, match="must have at most 40 values, or bands"):
        groups_of(wide, Grouping.parse("name"))
