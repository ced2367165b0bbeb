"""Counts of a corpus with ratings: sessions, emotions, raters, and the subsets S1 and S2."""

import pandas as pd

from fairser_core.corpora.checks import GENDERS
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.rating_checks import UTTERANCES
from search.tasks.counts import PEOPLE, Counts, Row

BY_SPEAKER = ("by women", "by men")
BY_GENDER = tuple(f"speakers, {PEOPLE[gender]}" for gender in GENDERS)


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
        speakers = [
            int(chosen["speaker"][chosen["gender"] == gender].nunique()) for gender in GENDERS
        ]
        rows.append((session, [*speakers, *_numbers(chosen), out]))
    return Counts(
        f"utterances of {corpus.name}",
        ["session", *BY_GENDER, "in all", *BY_SPEAKER, "S1", "S2", "left out"],
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


def subset_lines(sizes: dict[str, int]) -> list[str]:
    """Return sentences on the numbers of utterances left out, in S1 and in S2."""
    kept = sizes["S1"] + sizes["S2"]
    out = [
        f"{sizes[name]:,} {why}"
        for name, why in (
            ("no_plurality", "where no label has most of the votes"),
            ("another_emotion", "of another emotion"),
        )
        if sizes[name]
    ]
    lines = [
        f"{kept:,} of {sizes['utterances']:,} utterances have a ground truth that is studied"
        + (f"; left out: {', '.join(out)}" if out else "")
    ]
    if kept:
        first, second = (f"{s} {sizes[s]:,} ({_percent(sizes[s] / kept)})" for s in ("S1", "S2"))
        lines += [
            f"{first}: women's and men's consensus are both the ground truth",
            f"{second}: only women's is in "
            f"{sizes['aligned_female']:,}, only men's in {sizes['aligned_male']:,}, neither in "
            f"{sizes['aligned_with_none']:,}",
        ]
    return lines


def given_line(corpus: RatedCorpus, perceived: pd.DataFrame) -> str:
    """Return a sentence on how often the corpus' labels are those of most raters, or nothing."""
    if "emotion" not in corpus.utterances:
        return ""
    given = corpus.utterances["emotion"]
    truth = joined(corpus, perceived)["truth"]
    alike = int(((given == truth) | (given.isna() & truth.isna())).sum())
    return (
        f"the label that the corpus itself gives, if any, is the same in {alike:,} of "
        f"{len(given):,} utterances; in {int((given.notna() & truth.isna()).sum()):,} the ratings "
        f"have no majority, in {int((given.isna() & truth.notna()).sum()):,} the corpus gives none"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
