"""Rules for a table of utterances with classes of emotion, and for their votes.

`table` and `clean` are those of `checks`.
"""

from collections.abc import Collection, Sequence

import pandas as pd

from fairser_core.corpora import checks, times
from fairser_core.corpora.files import Contents
from fairser_core.corpora.problems import CorpusError, Problems, column_problems, value_problems

COLUMNS = ("id", "speaker", "split")
VOTES = ("utterance", "label", "votes")
STRUCTURE = (
    *COLUMNS,
    "emotion",
    "path",
    "features",
    "session",
    "activation",
    "valence",
    "dominance",
    "channel",
    *times.NAMES,
)
"""Columns that are no attributes of a speaker or an utterance."""
NOTHING = ("", "unknown", "nan", "none", "<na>", "n/a")
"""Texts of an attribute, in lower case, that say that its value is unknown."""


def chosen_classes(classes: Sequence[str], chosen: Sequence[str] | None) -> tuple[str, ...]:
    """Return the classes to study, in the order of the corpus.

    Raises:
        CorpusError: a class is not of the corpus, or there are fewer than two.
    """
    names = classes if chosen is None else chosen
    strangers = [name for name in names if name not in classes]
    if strangers or len(set(names)) < 2:
        got = ", ".join(names) or "none"
        raise CorpusError(f"classes must be two or more of {', '.join(classes)}, got {got}")
    return tuple(name for name in classes if name in names)


def standardise(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with standard values; attributes without a value are missing (NaN).

    `gender` is "female" or "male" in any of `checks.SPELLINGS`, another gender is kept as it is
    written, in lower case. Numbers stay numbers.
    """
    clean = checks.standardise(table, (*COLUMNS, "emotion"))
    if "emotion" not in clean:
        clean["emotion"] = pd.Series(None, clean.index, dtype=object)
    for name in [column for column in clean if column not in STRUCTURE]:
        if pd.api.types.is_numeric_dtype(clean[name]):
            continue
        text = checks.as_text(clean[name])
        text = text.mask(text.str.lower().isin(NOTHING), None)
        if name == "gender":
            lower = text.str.lower()
            text = lower.map(checks.SPELLINGS["gender"]).fillna(lower)
        clean[name] = text
    return clean


def row_problems(
    table: pd.DataFrame,
    clean: pd.DataFrame,
    contents: Contents | None,
    labels: Collection[str] | None,
) -> Problems:
    """Return problems of single rows.

    Args:
        table: table of a reader.
        clean: the same with standard values.
        contents: contents of the files.
        labels: labels that `emotion` may name; None for any.
    """
    problems = checks.row_problems(table, clean, contents, columns=("id", "speaker"))
    if labels is not None and "emotion" in table:
        good = clean["emotion"].isna() | clean["emotion"].isin([*labels])
        rule = f"be empty or one of {', '.join(sorted(labels))}"
        problems["of unknown class"] = value_problems(table["emotion"], good, rule)
    return problems


def table_problems(
    table: pd.DataFrame, clean: pd.DataFrame, classes: Sequence[str]
) -> list[Sequence[str]]:
    """Return problems of the table as a whole, one sequence a kind."""
    problems: list[Sequence[str]] = [
        column_problems(table, COLUMNS),
        checks.file_column_problems(table),
        times.time_problems(table),
    ]
    if "split" in clean:
        rule = f"be one of {', '.join(checks.SPELLINGS['split'])}"
        splits = table["split"].loc[clean.index]
        problems.append(value_problems(splits, clean["split"].notna(), rule).tolist())
        if "speaker" in clean:
            problems.append(checks.speaker_problems(clean, "split"))
        problems.append(
            [
                f"{split} must have utterances of {name}, has none"
                for split in ("train", "validation")
                for name in absent(clean, split, classes)
            ]
        )
    return problems


def undefined_notes(table: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    """Return notes on utterances without a class, and on classes that the test split lacks."""
    notes = []
    nameless = int(table["emotion"].isna().sum())
    if nameless:
        notes.append(
            f"{nameless:,} of {len(table):,} utterances have no class among those studied: they "
            "count in soft targets alone"
        )
    if (table["split"] == "test").any():
        notes += [
            f"no utterance of {name} in the test split: its recall will be undefined in a test"
            for name in absent(table, "test", classes)
        ]
    return notes


def absent(table: pd.DataFrame, split: str, classes: Sequence[str]) -> list[str]:
    """Return the classes that a split has no utterance of."""
    present = set(table["emotion"][table["split"] == split])
    return [name for name in classes if name not in present]


def summed_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each utterance and label with its votes, labels in lower case.

    Args:
        votes: `utterance`, `label`, and perhaps `votes`, 1 by default.
    """
    ballots = votes if "votes" in votes else votes.assign(votes=1.0)
    ballots = ballots.assign(label=checks.as_text(ballots["label"]).str.lower())
    keys = ["utterance", "label"]
    summed = ballots.groupby(keys, sort=False)["votes"].sum().astype(float).reset_index()
    return summed[summed["votes"] > 0].reset_index(drop=True)


def elected(votes: pd.DataFrame, ids: pd.Series) -> pd.Series:
    """Return the label with more votes than any other of each utterance; missing in a tie.

    Args:
        votes: table of `summed_votes`.
        ids: names of the utterances.
    """
    most = votes.groupby("utterance")["votes"].transform("max")
    winners = votes[votes["votes"] == most].set_index("utterance")["label"]
    single = winners[~winners.index.duplicated(keep=False)]
    return pd.Series(single.reindex(ids).to_numpy(), ids.index, dtype=object)


def one_vote_each(table: pd.DataFrame) -> pd.DataFrame:
    """Return a vote for the class of each utterance that has one."""
    rows = table[table["emotion"].notna()]
    return pd.DataFrame(
        {"utterance": rows["id"].array, "label": rows["emotion"].array, "votes": 1.0},
        columns=list(VOTES),
    )


def vote_problems(votes: pd.DataFrame | None, labels: Collection[str] | None) -> list[str]:
    """Return a message for each label of votes that is unknown."""
    if votes is None or labels is None:
        return []
    unknown = votes[~votes["label"].isin([*labels])]
    return [
        f"votes must name one of {', '.join(sorted(labels))}, got {label!r} for {rows.iloc[0]!r}"
        for label, rows in unknown.groupby("label")["utterance"]
    ]
