"""What must hold of ratings, of their raters, and of the utterances they are about.

As in `checks`, a clean table has standard values, which are missing (NaN) where the reader's are
not known ones. Rows of ratings that have one index are one vote: a rater may name several labels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from fairser_core.corpora import checks

UTTERANCES = ("id", "speaker", "gender", "session")
RATINGS = ("utterance", "rater", "label")
RATERS = ("rater", "gender")
FEWEST_SESSIONS = 3  # one to train on, one to develop on, one to test on

Problems = dict[str, pd.Series]
"""For each kind the messages, indexed by their rows; see `checks.row_problems`."""


@dataclass(frozen=True)
class Tables:
    """Utterances, their ratings and the raters, before or after they are made clean.

    The index of each numbers its rows in messages; its name says what the numbers are.

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
        """Whether no column is missing of those that join the tables."""
        parts = ((self.utterances, ("id",)), (self.ratings, RATINGS), (self.raters, RATERS))
        return all(name in table for table, columns in parts for name in columns)


def standardised(raw: Tables) -> Tables:
    """The tables with standard values."""
    return Tables(
        checks.standardised(raw.utterances, (*UTTERANCES, "emotion")),
        checks.standardised(raw.ratings, RATINGS),
        checks.standardised(raw.raters, RATERS),
    )


def column_problems(clean: Tables) -> list[str]:
    """Columns that are missing, of all tables."""
    return [
        *checks.column_problems(clean.utterances, UTTERANCES),
        *checks.file_column_problems(clean.utterances),
        *checks.column_problems(clean.ratings, RATINGS, " of the ratings"),
        *checks.column_problems(clean.raters, RATERS, " of the raters"),
    ]


def utterance_problems(raw: Tables, clean: Tables, labels: Sequence[str]) -> Problems:
    """Problems of single utterances."""
    table = clean.utterances
    found = checks.row_problems(raw.utterances, table, columns=UTTERANCES)
    if "emotion" in table:
        good = table["emotion"].isna() | table["emotion"].isin(labels)
        rule = f"be empty or one of {', '.join(labels)}"
        found["of unknown emotion"] = checks.value_problems(raw.utterances["emotion"], good, rule)
    if clean.complete:
        unrated = table["id"][table["id"].notna() & ~table["id"].isin(clean.ratings["utterance"])]
        found["without a rating"] = checks.placed(
            unrated.map("utterance {!r} has no rating".format)
        )
    return found


def rater_problems(raw: Tables, clean: Tables) -> Problems:
    """Problems of single raters; none if a column is missing."""
    if not clean.complete:
        return {}
    known = clean.raters["gender"].notna()
    return {
        "with an empty or repeated name": checks.name_problems(clean.raters["rater"]),
        "of unknown gender": checks.value_problems(raw.raters["gender"], known, checks.GENDER_RULE),
    }


def rating_problems(raw: Tables, clean: Tables, labels: Sequence[str]) -> Problems:
    """Problems of single ratings; none if a column is missing.

    A value that is wrong in many rows has a message in the first of them, and none (NaN) after.
    """
    if not clean.complete:
        return {}
    votes = clean.ratings
    found = {}
    for name, kind, allowed, rule in (
        (
            "utterance",
            "of an unknown utterance",
            clean.utterances["id"],
            "be the id of an utterance",
        ),
        ("rater", "by an unknown rater", clean.raters["rater"], "be among the raters"),
        ("label", "with an unknown label", labels, f"be one of {', '.join(labels)}"),
    ):
        good = votes[name].notna() & votes[name].isin(allowed)
        messages = checks.value_problems(raw.ratings[name], good, rule)
        found[kind] = messages.where(~votes[name][~good].duplicated().to_numpy())
    found["given twice"] = _given_twice(votes)
    return found


def _given_twice(votes: pd.DataFrame) -> pd.Series:
    """Messages for votes of a rater on an utterance that he or she has voted on before."""
    votes = votes.dropna(subset=["utterance", "rater"])
    votes = votes.assign(place=votes.index)
    first = votes.groupby(["utterance", "rater"])["place"].transform("first")
    again = votes[votes["place"] != first].assign(first=first[votes["place"] != first])
    unit = votes.index.name or "row"
    messages = [
        f"rater {row.rater!r} has already rated utterance {row.utterance!r} in {unit} {row.first}"
        for row in again.itertuples()
    ]
    return checks.placed(pd.Series(messages, again.index, dtype=object))


def table_problems(clean: Tables) -> Iterator[list[str]]:
    """Problems of the tables as a whole, one list a kind."""
    table = clean.utterances
    yield column_problems(clean)
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


def usable(clean: Tables, broken: dict[str, Problems]) -> Tables:
    """What is left once broken rows are left out, and all that would then hang in the air.

    Args:
        clean: whole tables.
        broken: problems by the name of the table.
    """
    utterances, ratings, raters = (
        table.drop(
            index=list({row for messages in broken[name].values() for row in messages.index})
        )
        for name, table in vars(clean).items()
    )
    if clean.complete:
        known = ratings["rater"].isin(raters["rater"])
        ratings = ratings[known & ratings["utterance"].isin(utterances["id"])]
        utterances = utterances[utterances["id"].isin(ratings["utterance"])]
    return Tables(utterances, ratings, raters)
