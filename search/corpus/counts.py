"""Counts of a corpus: contents of the tables of `describe` and of a report."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fairser_core.corpora.checks import GENDERS, SPLITS
from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.rating_checks import UTTERANCES

PEOPLE = {"female": "women", "male": "men"}
BY_SPEAKER = ("by women", "by men")
Row = tuple[str, list[int]]


@dataclass(frozen=True)
class Counts:
    """Table of counts.

    Attributes:
        title: name of the counted things.
        columns: headings; the first is that of the rows' names.
        rows: name and numbers of each row.
        summed: whether the last row is the sum of the others.
        note: meanings of words in the table; empty if none need an explanation.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    summed: bool = False
    note: str = ""


def activation_counts(corpus: Corpus) -> Counts:
    """Return counts by split, speakers' gender, and low or high activation."""
    utterances = corpus.utterances
    high = utterances["activation"] > corpus.threshold
    rows: list[Row] = []
    for split in (*SPLITS, "all"):
        chosen = (utterances["split"] == split) | (split == "all")
        cells = [
            int((chosen & (utterances["gender"] == gender) & (high == level)).sum())
            for gender in GENDERS
            for level in (False, True)
        ]
        speakers = int(utterances["speaker"][chosen].nunique())
        rows.append((split, [speakers, int(chosen.sum()), *cells]))
    levels = [f"{PEOPLE[gender]}, {level}" for gender in GENDERS for level in ("low", "high")]
    return Counts(
        f"utterances of {corpus.name}, activation high above {corpus.threshold:g}",
        ["split", "speakers", "utterances", *levels],
        rows,
        summed=True,
    )


def session_counts(corpus: RatedCorpus, perceived: pd.DataFrame) -> Counts:
    """Return counts by session, speakers' gender, and S1 and S2.

    Args:
        corpus: corpus to count.
        perceived: table of `perceive`.
    """
    utterances = joined(corpus, perceived)
    sessions = sorted(utterances["session"].unique(), key=lambda name: (len(name), name))
    rows: list[Row] = []
    for session in (*sessions, "all"):
        chosen = utterances[(utterances["session"] == session) | (session == "all")]
        out = int(chosen["subset"].isna().sum())
        rows.append((session, [int(chosen["speaker"].nunique()), *_numbers(chosen), out]))
    return Counts(
        f"utterances of {corpus.name}",
        ["session", "speakers", "in all", *BY_SPEAKER, "S1", "S2", "left out"],
        rows,
        summed=True,
    )


def emotion_counts(corpus: RatedCorpus, perceived: pd.DataFrame) -> Counts:
    """Return counts by ground truth, speakers' gender, and S1 and S2.

    Args:
        corpus: corpus to count.
        perceived: table of `perceive`.
    """
    utterances = joined(corpus, perceived)
    kept = utterances[utterances["subset"].notna()]
    sessions = utterances["session"].unique()
    rows: list[Row] = []
    for emotion in corpus.emotions:
        chosen = kept[kept["truth"] == emotion]
        fewest = chosen["session"].value_counts().reindex(sessions, fill_value=0).min()
        rows.append((emotion, [*_numbers(chosen), int(fewest)]))
    return Counts(
        "ground truth: the label that most ratings name",
        ["emotion", "in all", *BY_SPEAKER, "S1", "S2", "fewest in a session"],
        rows,
    )


def rater_counts(corpus: RatedCorpus, sizes: dict[str, int]) -> Counts:
    """Return counts of ratings and ties by the raters' gender.

    Args:
        corpus: corpus to count.
        sizes: sizes of the subsets by perception.
    """
    kept = sizes["S1"] + sizes["S2"]
    rows: list[Row] = []
    for gender in GENDERS:
        people = corpus.raters["rater"][corpus.raters["gender"] == gender]
        ratings = corpus.ratings[corpus.ratings["rater"].isin(people)]
        unrated, tied = sizes[f"unrated_{gender}"], sizes[f"tied_{gender}"]
        cells = [int(ratings["rater"].nunique()), len(ratings), kept - unrated, tied, unrated]
        rows.append((PEOPLE[gender], cells))
    return Counts(
        "raters",
        ["", "raters", "ratings", "rated", "of them tied", "not rated"],
        rows,
        note="rated: utterances of S1 and S2; tied: without a consensus",
    )


def joined(corpus: RatedCorpus, perceived: pd.DataFrame) -> pd.DataFrame:
    """Return the utterances with their perception.

    Further columns of the corpus are dropped, because they may have the same names.
    """
    utterances = corpus.utterances[list(UTTERANCES)]
    return utterances.join(perceived, on="id", validate="one_to_one")


def _numbers(chosen: pd.DataFrame) -> list[int]:
    """Return numbers of utterances: all, by women, by men, in S1 and in S2."""
    speakers = [int((chosen["gender"] == gender).sum()) for gender in GENDERS]
    return [len(chosen), *speakers, *(int((chosen["subset"] == s).sum()) for s in ("S1", "S2"))]
