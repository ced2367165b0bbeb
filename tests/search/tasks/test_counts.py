import pandas as pd
import pytest

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.perception import perceive, sizes
from fairser_core.corpora.rated_corpus import RatedCorpus
from search.corpus.tables import counts_table
from search.tasks.activation_counts import activation_counts
from search.tasks.counts import Counts
from search.tasks.emotion_counts import (
    emotion_counts,
    given_line,
    rater_counts,
    session_counts,
    subset_lines,
)

# session, speaker's gender, given label, votes of the women a and b and of the men c and d
ROWS = [
    ("1", "female", "joy", "joy joy joy -"),
    ("1", "male", "joy", "joy - joy fear"),
    ("1", "male", "fear", "joy fear fear fear"),
    ("2", "female", None, "joy - fear -"),
    ("2", "female", "joy", "fear - - -"),
    ("3", "male", None, "fear fear - fear"),
    ("3", "male", "awe", "awe awe awe awe"),
    ("3", "female", "joy", "joy - - joy"),
]


@pytest.fixture
def corpus() -> RatedCorpus:
    utterances = pd.DataFrame(
        {
            "id": [f"u{number}" for number in range(len(ROWS))],
            "speaker": [f"{session}-{gender}" for session, gender, *_ in ROWS],
            "gender": [gender for _, gender, *_ in ROWS],
            "session": [session for session, *_ in ROWS],
            "emotion": [given for _, _, given, _ in ROWS],
        }
    )
    ratings = [
        (f"u{number}", rater, label)
        for number, (*_, votes) in enumerate(ROWS)
        for rater, label in zip("abcd", votes.split(), strict=True)
        if label != "-"
    ]
    raters = pd.DataFrame({"rater": list("abcd"), "gender": ["female"] * 2 + ["male"] * 2})
    return RatedCorpus(
        "own",
        utterances,
        pd.DataFrame(ratings, columns=["utterance", "rater", "label"]),
        raters,
        ("joy", "fear"),
        (),
    )


@pytest.fixture
def perceived(corpus: RatedCorpus) -> pd.DataFrame:
    # In another order than the utterances', by whose ids the tables must join it.
    return perceive(corpus.ratings, corpus.raters, corpus.emotions)[::-1]


def rows(counts: Counts) -> list[list[str]]:
    columns = [list(column.cells) for column in counts_table(counts).columns]
    return [[str(cell) for cell in row] for row in zip(*columns, strict=True)]


def test_sessions_are_counted_by_gender_and_subset(
    corpus: RatedCorpus, perceived: pd.DataFrame
) -> None:
    assert rows(session_counts(corpus, perceived)) == [
        ["1", "1", "1", "3", "1", "2", "1", "2", "0"],
        ["2", "1", "0", "2", "2", "0", "0", "1", "1"],
        ["3", "1", "1", "3", "1", "2", "2", "0", "1"],
        ["all", "3", "2", "8", "4", "4", "3", "3", "2"],
    ]


def test_emotions_are_counted_by_ground_truth_and_the_poorest_session_is_named(
    corpus: RatedCorpus, perceived: pd.DataFrame
) -> None:
    assert rows(emotion_counts(corpus, perceived)) == [
        ["joy", "3", "2", "1", "2", "1", "0"],
        ["fear", "3", "1", "2", "1", "2", "1"],
    ]


def test_raters_are_counted_with_ties_and_gaps(
    corpus: RatedCorpus, perceived: pd.DataFrame
) -> None:
    assert rows(rater_counts(corpus, sizes(perceived))) == [
        ["women", "2", "12", "6", "1", "0"],
        ["men", "2", "10", "5", "1", "1"],
    ]


def test_what_is_left_out_and_in_the_subsets_is_said(perceived: pd.DataFrame) -> None:
    assert subset_lines(sizes(perceived)) == [
        "6 of 8 utterances have a ground truth that is studied; left out: 1 where no label has "
        "most of the votes, 1 of another emotion",
        "S1 3 (50.0 %): women's and men's consensus are both the ground truth",
        "S2 3 (50.0 %): only women's is in 2, only men's in 1, neither in 0",
    ]


def test_without_any_ground_truth_there_are_no_subsets(corpus: RatedCorpus) -> None:
    result = sizes(perceive(corpus.ratings, corpus.raters, ("calm",)))
    assert subset_lines(result) == [
        "0 of 8 utterances have a ground truth that is studied; left out: 1 where no label has "
        "most of the votes, 7 of another emotion"
    ]


def test_given_labels_are_compared_with_the_ratings(
    corpus: RatedCorpus, perceived: pd.DataFrame
) -> None:
    # All but u4, which is given as joy and rated as fear, and u5, which is not given.
    assert given_line(corpus, perceived) == (
        "the label that the corpus itself gives, if any, is the same in 6 of 8 utterances; in 0 "
        "the ratings have no majority, in 1 the corpus gives none"
    )
    bare = RatedCorpus(
        "own", corpus.utterances.drop(columns="emotion"), corpus.ratings, corpus.raters, (), ()
    )
    assert given_line(bare, perceived) == ""


def test_activation_is_counted_by_split_gender_and_level() -> None:
    utterances = pd.DataFrame(
        {
            "speaker": ["a", "a", "b", "c", "d"],
            "gender": ["female", "female", "male", "female", "male"],
            "split": ["train", "train", "train", "validation", "test"],
            "activation": [2.0, 3.5, 3.6, 7.0, 1.0],
        }
    )
    counts = activation_counts(Corpus("own", utterances, (1.0, 7.0), 3.5, ()))
    assert rows(counts) == [
        ["train", "1", "1", "3", "2", "0", "0", "1"],
        ["validation", "1", "0", "1", "0", "1", "0", "0"],
        ["test", "0", "1", "1", "0", "0", "1", "0"],
        ["all", "2", "2", "5", "2", "1", "1", "1"],
    ]


def test_a_table_of_many_columns_lies_on_its_side() -> None:
    columns = ["split", *(f"{group}, {level}" for group in "abcde" for level in ("low", "high"))]
    counts = Counts("sizes", columns, [("train", list(range(10))), ("test", list(range(10, 20)))])
    table = counts_table(counts)
    assert [column.header for column in table.columns] == ["", "train", "test"]
    assert rows(counts)[0] == ["a, low", "0", "10"]
    assert rows(counts)[-1] == ["e, high", "9", "19"]
