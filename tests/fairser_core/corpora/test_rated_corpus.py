import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.rated_corpus import RatedCorpus, make_rated_corpus
from fairser_core.corpora.rating_checks import RATINGS, UTTERANCES, Tables

LABELS = ("anger", "sad", "other")


def result(tables: Tables, **options: Any) -> RatedCorpus:
    defaults = {"emotions": ["sad", "anger"], "labels": LABELS, "source": "own.csv"}
    return make_rated_corpus("own", tables, **defaults | options)


def problems(tables: Tables, **options: Any) -> list[str]:
    with pytest.raises(CorpusError, match="cannot be used") as caught:
        result(tables, **options)
    return str(caught.value).splitlines()[1:]


def changed(tables: Tables, name: str, **cells: dict[int, object]) -> Tables:
    """The tables with other cells in one of them, by column and line."""
    table = getattr(tables, name).astype(object)
    for column, values in cells.items():
        for line, value in values.items():
            table.loc[line, column] = value
    return replace(tables, **{name: table})


def without(tables: Tables, name: str, rows: pd.Series) -> Tables:
    return replace(tables, **{name: getattr(tables, name)[~rows]})


def test_sound_tables_become_a_corpus_in_the_order_of_the_documented_columns(
    tables: Tables,
) -> None:
    utterances = tables.utterances[list(reversed(tables.utterances.columns))]
    corpus = result(replace(tables, utterances=utterances.assign(mood="calm")), notes=["a fact"])
    assert list(corpus.utterances) == [*UTTERANCES, "path", "mood"]
    assert corpus.utterances["gender"].tolist() == ["female", "female", "male", "male"] * 3
    assert corpus.utterances.index.tolist() == list(range(12))
    assert list(corpus.ratings) == list(RATINGS)
    assert len(corpus.ratings) == 36
    assert corpus.raters["gender"].tolist() == ["female", "female", "male", "male"]
    assert (corpus.name, corpus.emotions, corpus.notes) == ("own", ("sad", "anger"), ("a fact",))


def test_tables_are_joined_by_id_not_by_order(tables: Tables) -> None:
    shuffled = Tables(
        *(t.sample(frac=1, random_state=n) for n, t in enumerate(vars(tables).values()))
    )
    assert result(shuffled).fingerprint() == result(tables).fingerprint()


def test_names_may_be_numbers_and_labels_in_any_case(tables: Tables) -> None:
    numbered = Tables(
        tables.utterances.assign(id=range(12), session=tables.utterances["session"].astype(int)),
        tables.ratings.assign(
            utterance=[n // 3 for n in range(36)], label=tables.ratings["label"].str.title()
        ),
        tables.raters,
    )
    corpus = result(numbered)
    assert corpus.utterances["id"].tolist() == [str(number) for number in range(12)]
    assert corpus.utterances["session"].unique().tolist() == ["1", "2", "3"]
    assert set(corpus.ratings["label"]) == {"anger", "sad"}


def test_all_problems_of_all_tables_are_reported_at_once_with_their_lines(tables: Tables) -> None:
    os.remove(tables.utterances.loc[8, "path"])
    bad = changed(
        tables,
        "utterances",
        id={14: "1F-1", 15: ""},
        speaker={5: None, 14: "1F", 15: "1F"},
        gender={6: "{x}", 14: "F", 15: "F"},
        session={7: "", 14: "1", 15: "1"},
        path={14: tables.utterances.loc[2, "path"], 15: tables.utterances.loc[2, "path"]},
    )
    bad = changed(
        bad,
        "ratings",
        utterance={38: "nobody's", 39: "nobody's", 40: "1F-1", 41: "1F-1"},
        rater={38: "R1", 39: "R2", 40: "R9", 41: "R9"},
        label={38: "sad", 39: "sad", 40: "sad", 41: "sad", 15: "joy", 17: "joy", 16: ""},
    )
    bad = changed(bad, "raters", rater={6: "R1", 7: "", 8: "R7"}, gender={6: "f", 7: "f", 8: "?"})
    expected = [
        r"line 14: id must be unique, '1F-1' is already that of line 2",
        r"line 15: id must not be empty",
        r"line 5: speaker must not be empty, got None",
        r"line 6: gender must be one of female, .*, got '{x}'",
        r"line 7: session must not be empty, got ''",
        r"line 8: .*2M-1\.wav: cannot be read \(No such file or directory\)",
        r"ratings.csv line 38: utterance must be the id of an utterance, got \"nobody's\"",
        r"ratings.csv line 40: rater must be among the raters, got 'R9'",
        r"ratings.csv line 15: label must be one of anger, sad, other, got 'joy'",
        r"ratings.csv line 16: label must be one of anger, sad, other, got ''",
        r"ratings.csv line 41: rater 'R9' has already rated utterance '1F-1' in .* line 40",
        r"raters.csv line 6: rater must be unique, 'R1' is already that of raters.csv line 2",
        r"raters.csv line 7: rater must not be empty",
        r"raters.csv line 8: gender must be one of female, .*, got '\?'",
        r"\(rows like these can be skipped: --skip-broken\)",
    ]
    lines = problems(bad)
    assert len(lines) == len(expected), lines
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(f"  {pattern}", line), line


def test_a_value_that_is_wrong_in_many_ratings_is_reported_once(tables: Tables) -> None:
    without_two = without(tables, "raters", tables.raters["rater"] == "R2")
    assert problems(without_two)[:-1] == [
        "  ratings.csv line 3: rater must be among the raters, got 'R2'"
    ]
    labelled = replace(tables, ratings=tables.ratings.assign(label="joy"))
    assert len(problems(labelled)[:-1]) == 1


@pytest.mark.parametrize("name", ["utterances", "ratings", "raters"])
def test_missing_columns_of_all_tables_are_reported(tables: Tables, name: str) -> None:
    table = getattr(tables, name)
    for column in table:
        lines = problems(replace(tables, **{name: table.drop(columns=column)}))
        of = "" if name == "utterances" else f" of the {name}"
        wanted = (
            "there must be a column 'path'" if column == "path" else f"column '{column}'{of} is"
        )
        assert any(line.startswith(f"  {wanted}") for line in lines), lines


def test_several_missing_columns_are_reported_with_the_problems_of_others(tables: Tables) -> None:
    bad = Tables(
        tables.utterances.drop(columns="id").assign(gender="x"),
        tables.ratings.drop(columns="rater"),
        tables.raters.drop(columns="gender"),
    )
    lines = problems(bad)
    assert {
        "  column 'id' is missing",
        "  column 'rater' of the ratings is missing",
        "  column 'gender' of the raters is missing",
    } <= set(lines)
    assert sum("gender must be one of" in line for line in lines) == 12


def test_a_rater_votes_once_on_an_utterance(tables: Tables) -> None:
    again = changed(tables, "ratings", rater={4: "R1"})
    assert problems(again)[:-1] == [
        "  ratings.csv line 4: rater 'R1' has already rated utterance '1F-1' in ratings.csv line 2"
    ]


def test_but_a_vote_may_name_several_labels_each_once(tables: Tables) -> None:
    vote = tables.ratings.loc[[2]]
    more = pd.concat([vote.assign(label="sad"), vote.assign(label="sad"), tables.ratings])
    corpus = result(replace(tables, ratings=more.rename_axis("ratings.csv line")))
    votes = corpus.ratings[
        (corpus.ratings["utterance"] == "1F-1") & (corpus.ratings["rater"] == "R1")
    ]
    assert votes["label"].tolist() == ["sad", "anger"]
    assert len(corpus.ratings) == 37


def test_every_utterance_must_have_a_rating(tables: Tables) -> None:
    gap = without(tables, "ratings", tables.ratings["utterance"] == "2M-1")
    assert problems(gap)[:-1] == ["  line 8: utterance '2M-1' has no rating"]


@pytest.mark.parametrize(("gender", "other"), [("female", "male"), ("male", "female")])
def test_both_genders_must_rate(tables: Tables, gender: str, other: str) -> None:
    alone = replace(tables, raters=tables.raters.assign(gender=gender))
    assert problems(alone) == [f"  there must be ratings by {other} raters, there are none"]
    # A rater who rated nothing does not help.
    idle = pd.DataFrame({"rater": ["R9"], "gender": [other]}, index=[9])
    assert problems(replace(alone, raters=pd.concat([alone.raters, idle])))


def test_there_must_be_three_sessions(tables: Tables) -> None:
    joined = tables.utterances["session"].replace("3", "2")
    lines = problems(replace(tables, utterances=tables.utterances.assign(session=joined)))
    assert lines == ["  there must be 3 sessions or more, got 2: 1, 2"]


def test_a_speaker_must_be_in_one_session(tables: Tables) -> None:
    moved = changed(tables, "utterances", speaker={8: "1F"})
    assert problems(moved) == ["  speaker '1F' must be in one session, is in 1 and 2"]


def test_a_given_emotion_is_a_known_one_or_missing(tables: Tables) -> None:
    given = tables.utterances.assign(emotion=["Anger", "", None] * 4)
    corpus = result(replace(tables, utterances=given))
    assert corpus.utterances["emotion"].dropna().tolist() == ["anger"] * 4
    assert list(corpus.utterances)[4] == "emotion"
    lines = problems(replace(tables, utterances=given.replace("Anger", "joy")))
    assert "  line 2: emotion must be empty or one of anger, sad, other, got 'joy'" in lines


def test_empty_tables_are_refused(tables: Tables) -> None:
    lines = problems(Tables(*(table.iloc[:0] for table in vars(tables).values())))
    assert lines == [
        "  there must be 3 sessions or more, got 0",
        "  there must be ratings by female raters, there are none",
        "  there must be ratings by male raters, there are none",
    ]


def test_skip_broken_leaves_out_what_is_broken_and_what_belongs_to_it(tables: Tables) -> None:
    os.remove(tables.utterances.loc[2, "path"])
    bad = changed(tables, "utterances", gender={3: "x"})
    bad = changed(bad, "ratings", label={8: "joy", 9: "joy", 10: "joy"}, rater={13: "R9"})
    bad = changed(bad, "raters", gender={5: ""})
    corpus = result(bad, skip_broken=True, notes=["a fact"])
    # R4's ratings: one in each utterance but every fourth, the first of which is 1F-1.
    by_four = tables.ratings["rater"] == "R4"
    assert corpus.utterances["id"].tolist() == tables.utterances["id"].tolist()[3:]
    assert len(corpus.ratings) == 36 - 3 - 6 - 1 - by_four.loc[11:].drop(13).sum()
    assert corpus.raters["rater"].tolist() == ["R1", "R2", "R3"]
    assert corpus.notes == (
        "a fact",
        "3 of 12 utterances left out: 1 of unknown gender, 1 whose audio is missing or broken, "
        "1 all of whose ratings were left out",
        f"{36 - len(corpus.ratings)} of 36 ratings left out: 1 by an unknown rater, 3 with an "
        f"unknown label, {36 - len(corpus.ratings) - 4} of an utterance or by a rater left out",
        "1 of 4 raters left out: 1 of unknown gender",
    )
    assert "--skip-broken" in problems(bad)[-1]


def test_skip_broken_does_not_skip_what_is_wrong_with_the_whole(tables: Tables) -> None:
    bad = changed(tables, "raters", gender={4: "?", 5: "?"})
    assert problems(bad, skip_broken=True) == [
        "  there must be ratings by male raters, there are none"
    ]


def test_the_fingerprint_does_not_depend_on_folder_or_order(tables: Tables, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "audio", tmp_path / "moved")
    paths = tables.utterances["path"].str.replace("/audio/", "/moved/")
    moved = replace(tables, utterances=tables.utterances.assign(path=paths)[::-1])
    assert result(moved).fingerprint() == result(tables).fingerprint()
    assert re.fullmatch("[0-9a-f]{16}", result(tables).fingerprint())


def test_the_fingerprint_changes_with_every_table_and_the_files(tables: Tables) -> None:
    prints = [
        result(variant).fingerprint()
        for variant in (
            tables,
            changed(tables, "utterances", gender={2: "male"}),
            changed(tables, "utterances", speaker={2: "other"}),
            replace(tables, utterances=tables.utterances.assign(emotion="anger")),
            changed(tables, "ratings", label={2: "other"}),
            changed(tables, "raters", gender={2: "male"}),
        )
    ]
    prints.append(result(tables, emotions=["anger"]).fingerprint())
    shutil.copy(tables.utterances.loc[2, "path"], tables.utterances.loc[3, "path"])
    prints.append(result(tables).fingerprint())
    assert len(set(prints)) == len(prints)
