"""Rules for tables of ratings, of raters, and of the rated utterances.

`raw` and `clean` correspond to `table` and `clean` of `checks`. Rows of ratings
with the same index are one vote: a rater may name several labels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.files import Contents
from fairser_core.corpora.problems import (
    Problems,
    broken_rows,
    column_problems,
    name_problems,
    prefix_rows,
    row_unit,
    value_problems,
)

UTTERANCES = ("id", "speaker", "gender", "session")
RATINGS = ("utterance", "rater", "label")
RATERS = ("rater", "gender")
FEWEST_SESSIONS = 3  # one to train on, one to develop on, one to test on


@dataclass(frozen=True)
class Tables:
    """Utterances, their ratings and the raters, with the values of a reader or standard ones.

    The index of each numbers its rows in messages; its name is the unit of the numbers.

    Attributes:
        utterances: `UTTERANCES`, `path` or `features`, perhaps `emotion`: a label already given,
            empty where there is none.
        ratings: `RATINGS`.
        raters: `RATERS`.
    """

    utterances: pd.DataFrame
    ratings: pd.DataFrame
    raters: pd.DataFrame

    @property
    def complete(self) -> bool:
        """Whether all columns that join the tables are there."""
        parts = ((self.utterances, ("id",)), (self.ratings, RATINGS), (self.raters, RATERS))
        return all(name in table for table, columns in parts for name in columns)


def standardise(raw: Tables) -> Tables:
    """Return the tables with standard values."""
    return Tables(
        checks.standardise(raw.utterances, (*UTTERANCES, "emotion")),
        checks.standardise(raw.ratings, RATINGS),
        checks.standardise(raw.raters, RATERS),
    )


def row_problems(
    raw: Tables, clean: Tables, contents: Contents | None, labels: Sequence[str]
) -> dict[str, Problems]:
    """Return problems of single rows by the name of the table.

    Args:
        raw: tables as a reader made them.
        clean: tables with standard values.
        contents: contents of the files of the utterances.
        labels: all labels that a rating may name.

    Returns:
        Problems of `utterances`, `ratings` and `raters`; none of the last two if a column that
        joins the tables is missing.
    """
    return {
        "utterances": _utterance_problems(raw, clean, contents, labels),
        "ratings": _rating_problems(raw, clean, labels) if clean.complete else {},
        "raters": _rater_problems(raw, clean) if clean.complete else {},
    }


def _utterance_problems(
    raw: Tables, clean: Tables, contents: Contents | None, labels: Sequence[str]
) -> Problems:
    table = clean.utterances
    problems = checks.row_problems(raw.utterances, table, contents, columns=UTTERANCES)
    if "emotion" in table:
        good = table["emotion"].isna() | table["emotion"].isin(labels)
        rule = f"be empty or one of {', '.join(labels)}"
        problems["of unknown emotion"] = value_problems(raw.utterances["emotion"], good, rule)
    if clean.complete:
        unrated = table["id"][table["id"].notna() & ~table["id"].isin(clean.ratings["utterance"])]
        messages = unrated.map("utterance {!r} has no rating".format)
        problems["without a rating"] = prefix_rows(messages)
    return problems


def _rater_problems(raw: Tables, clean: Tables) -> Problems:
    good = clean.raters["gender"].notna()
    return {
        "with an empty or repeated name": name_problems(clean.raters["rater"]),
        "of unknown gender": value_problems(raw.raters["gender"], good, checks.GENDER_RULE),
    }


def _rating_problems(raw: Tables, clean: Tables, labels: Sequence[str]) -> Problems:
    """Return problems of ratings; only the first of many rows with a wrong value has a message."""
    votes, ids, raters = clean.ratings, clean.utterances["id"], clean.raters["rater"]
    problems = {}
    for name, kind, allowed, rule in (
        ("utterance", "of an unknown utterance", ids, "be the id of an utterance"),
        ("rater", "by an unknown rater", raters, "be among the raters"),
        ("label", "with an unknown label", labels, f"be one of {', '.join(labels)}"),
    ):
        good = votes[name].notna() & votes[name].isin(allowed)
        messages = value_problems(raw.ratings[name], good, rule)
        problems[kind] = messages.where(~votes[name][~good].duplicated().to_numpy())
    problems["given twice"] = _repeated_votes(votes)
    return problems


def _repeated_votes(votes: pd.DataFrame) -> pd.Series:
    """Return messages for further votes of a rater on the same utterance."""
    votes = votes.dropna(subset=["utterance", "rater"])
    votes = votes.assign(row=votes.index)
    first = votes.groupby(["utterance", "rater"])["row"].transform("first")
    again = votes[votes["row"] != first].assign(first=first[votes["row"] != first])
    unit = row_unit(votes)
    messages = [
        f"rater {row.rater!r} has already rated utterance {row.utterance!r} in {unit} {row.first}"
        for row in again.itertuples()
    ]
    return prefix_rows(pd.Series(messages, again.index, dtype=object))


def table_problems(clean: Tables) -> Iterator[list[str]]:
    """Yield problems of the tables as a whole, one list a kind."""
    table = clean.utterances
    yield [
        *column_problems(table, UTTERANCES),
        *checks.file_column_problems(table),
        *column_problems(clean.ratings, RATINGS, " of the ratings"),
        *column_problems(clean.raters, RATERS, " of the raters"),
    ]
    if "session" in table:
        sessions = sorted(table["session"].dropna().unique())
        if len(sessions) < FEWEST_SESSIONS:
            names = f": {', '.join(sessions)}" if sessions else ""
            yield [f"there must be {FEWEST_SESSIONS} sessions or more, got {len(sessions)}{names}"]
        if "speaker" in table:
            yield checks.speaker_problems(table, "session")
    if clean.complete:
        voted = clean.raters["rater"].isin(clean.ratings["rater"])
        genders = clean.raters["gender"][voted]
        absent = [gender for gender in checks.GENDERS if gender not in genders.array]
        yield [f"there must be ratings by {gender} raters, there are none" for gender in absent]


def usable_rows(clean: Tables, problems: Mapping[str, Problems]) -> Tables:
    """Return the tables without rows that have a problem, and without rows that depend on these.

    Args:
        clean: whole tables.
        problems: problems of rows by the name of the table.
    """
    utterances, ratings, raters = (
        table.drop(index=broken_rows(problems[name])) for name, table in vars(clean).items()
    )
    if clean.complete:
        kept = ratings["rater"].isin(raters["rater"])
        ratings = ratings[kept & ratings["utterance"].isin(utterances["id"])]
        utterances = utterances[utterances["id"].isin(ratings["utterance"])]
    return Tables(utterances, ratings, raters)
