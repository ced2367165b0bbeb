"""Rules for a table of utterances with labels of activation.

`table` is the table of a reader. `clean` has the same rows with standard values, which are missing
(NaN) where the spelling in `table` is unknown.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import pandas as pd

from fairser_core.corpora import times
from fairser_core.corpora.files import Contents
from fairser_core.corpora.problems import (
    HEADER,
    Problems,
    column_problems,
    header_line,
    name_problems,
    nearest,
    prefix_rows,
    remedies,
    value_problems,
)
from fairser_core.names import named

COLUMNS = ("id", "speaker", "gender", "split", "activation")
KNOWN = ("path", "features", *COLUMNS, "session", "emotion", *times.NAMES, "channel")
"""Columns of a table of utterances that are read."""
SPLITS = ("train", "validation", "test")
GENDERS = ("female", "male")
SPELLINGS = {
    "gender": {
        **dict.fromkeys(("female", "f", "woman", "w", "females", "women"), "female"),
        **dict.fromkeys(("male", "man", "m", "males", "men"), "male"),
    },
    "split": {
        **dict.fromkeys(("train", "training"), "train"),
        **dict.fromkeys(("validation", "valid", "val", "development", "dev"), "validation"),
        **dict.fromkeys(("test", "testing", "test1"), "test"),
    },
}
THOUSAND = 1000
GENDER_RULE = f"be one of {', '.join(SPELLINGS['gender'])}"


def standardise(table: pd.DataFrame, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """Return the table with standard values in these columns.

    They and the column of files come first; `table` itself does not change.
    """
    clean = table.copy()
    for name in columns:
        if name in table:
            clean[name] = _standard(table[name], name)
    clean = times.add_segments(clean)
    first = [n for n in (*columns, "path", "features", "start", "end") if n in clean]
    return clean[[*first, *(name for name in clean if name not in first)]]


def as_text(column: pd.Series) -> pd.Series:
    """Return the column as text without outer blanks; a missing value becomes the empty text."""
    return column.astype("string").fillna("").str.strip().astype("str")


def numbers(column: pd.Series) -> pd.Series:
    """Return the column as numbers, also those with a decimal comma; NaN for any other text."""
    text = as_text(column).str.replace(r"^([+-]?\d+),(\d+)$", r"\1.\2", regex=True)
    return pd.to_numeric(text, errors="coerce").astype(float)


def row_problems(
    table: pd.DataFrame,
    clean: pd.DataFrame,
    contents: Contents | None,
    scale: tuple[float, float] = (-math.inf, math.inf),
    columns: Sequence[str] = COLUMNS,
) -> Problems:
    """Return problems of single rows in these columns, and in the files of the rows.

    A missing column has no problems here. `contents` are those of the files of `clean`.
    """
    problems: Problems = {}
    if "id" in clean:
        problems["with an empty or repeated id"] = name_problems(clean["id"])
    for name, kind, rule in (
        ("speaker", "of unknown speaker", "not be empty"),
        ("gender", "of unknown gender", GENDER_RULE),
        ("session", "of unknown session", "not be empty"),
        ("activation", "with a label off the scale", f"be a number on {span(scale)}"),
    ):
        if name in columns and name in clean:
            good = clean[name].notna()
            if name == "activation":
                good = clean[name].between(*scale) & ~_ambiguous(table[name], scale)
                rule += " without separators of thousands" * (scale[1] >= THOUSAND)
            problems[kind] = value_problems(table[name], good, rule)
    if "start" in clean:
        problems |= times.unknown_times(table)
    if contents is not None:
        kind = "audio is" if "path" in clean else "features are"
        problems[f"whose {kind} missing or broken"] = prefix_rows(contents.problems)
    if contents is not None and "channel" in table and "path" in clean:
        several = contents.facts.map(lambda facts: facts.channels > 1)
        given = (as_text(table["channel"]) != "") & several
        rule = "be empty: the mean of all channels is read; write each channel to a file"
        problems["of one channel of several"] = value_problems(table["channel"], ~given, rule)
    return problems


def table_problems(
    table: pd.DataFrame, clean: pd.DataFrame, scale: tuple[float, float], threshold: float
) -> list[Sequence[str]]:
    """Return problems of the table as a whole, one sequence a kind."""
    problems: list[Sequence[str]] = [
        column_problems(table, COLUMNS),
        file_column_problems(table),
        times.time_problems(table),
    ]
    if not scale[0] <= threshold < scale[1]:
        problems.append([f"threshold must be on {span(scale)} and below its end, got {threshold}"])
    if "split" in clean:
        splits = table["split"].loc[clean.index]
        rule = f"be one of {', '.join(SPELLINGS['split'])}"
        problems.append(value_problems(splits, clean["split"].notna(), rule).tolist())
        if "speaker" in clean:
            problems.append(speaker_problems(clean, "split"))
        if "gender" in clean and "activation" in clean:
            problems.append(_group_problems(clean, threshold))
    return problems


def span(scale: tuple[float, float]) -> str:
    """Return a scale as text, e.g. 1..7."""
    return f"{scale[0]:g}..{scale[1]:g}"


def file_column_problems(table: pd.DataFrame) -> list[str]:
    """Return a message unless a table of utterances has exactly one column of files."""
    files = [name for name in ("path", "features") if name in table]
    if len(files) == 1:
        return []
    header = table.attrs.get(HEADER, [*map(str, table)])
    meant = nearest("path", header) or nearest("features", header)
    both = "not both" if files else "both are missing" + f" (is it {meant!r}?)" * bool(meant)
    rule = f"there must be a column 'path' (audio) or 'features' (arrays), {both}"
    return [rule, header_line(header), *remedies(table)]


def speaker_problems(table: pd.DataFrame, column: str) -> list[str]:
    """Return messages for speakers with several values of a column: of splits, or of sessions."""
    values = table.dropna(subset=column).groupby("speaker")[column].unique()
    return [
        f"speaker {name!r} must be in one {column}, is in {' and '.join(several)}"
        for name, several in values.items()
        if len(several) > 1
    ]


def gender_notes(table: pd.DataFrame) -> list[str]:
    """Return a note on speakers of several genders; none if there are none.

    Args:
        table: standard table of the utterances that are used.
    """
    if not {"speaker", "gender"} <= set(table):
        return []
    several = table.groupby("speaker")["gender"].nunique()
    names = [*map(repr, several.index[several > 1])]
    return [f"{len(names):,} speakers are of several genders: {named(names)}"] if names else []


def undefined_notes(table: pd.DataFrame, threshold: float) -> list[str]:
    """Return a note for each gender and level that the test split lacks, though it has the gender.

    In training and validation data such a lack is a problem, see `table_problems`.

    Args:
        table: standard table of the utterances that are used.
        threshold: greatest activation that is low.
    """
    test = table[table["split"] == "test"]
    notes = []
    for gender in GENDERS:
        high = test["activation"][test["gender"] == gender] > threshold
        for level, rows in (("low", ~high), ("high", high)):
            if len(high) and not rows.any():
                notes.append(
                    f"no {gender} utterance of {level} activation in the test split: its recall, "
                    "and gaps and least recalls that need it, will be undefined in a test"
                )
    return notes


def level_problems(
    table: pd.DataFrame, threshold: float, judged: Callable[[str], Sequence[str]]
) -> list[str]:
    """Return messages for judged groups without low or high activation, whose recall is undefined.

    Args:
        table: utterances with a column `group`.
        threshold: greatest activation that is low.
        judged: function that returns the groups of a split that are judged.
    """
    problems = []
    for split in SPLITS[:2]:
        rows = table[table["split"] == split]
        for group in judged(split):
            high = rows["activation"][rows["group"] == group] > threshold
            for level, lacks in (("<=", high.all()), (">", not high.any())):
                if lacks:
                    rule = f"{split} must have utterances of group {group} of activation"
                    problems.append(f"{rule} {level} {threshold:g}")
    return problems


def _ambiguous(column: pd.Series, scale: tuple[float, float]) -> pd.Series:
    """Return where a comma may be that of a decimal or of thousands, on a scale that has both."""
    return as_text(column).str.contains(",", regex=False) & (scale[1] >= THOUSAND)


def _standard(column: pd.Series, name: str) -> pd.Series:
    if name == "activation":
        return numbers(column)
    text = as_text(column)
    if name in SPELLINGS:
        return text.str.lower().map(SPELLINGS[name])
    return (text.str.lower() if name in ("emotion", "label") else text).replace("", None)


def _group_problems(table: pd.DataFrame, threshold: float) -> list[str]:
    """Return messages for groups without utterances, whose recall would be undefined."""
    problems = []
    for split, gender in itertools.product(SPLITS, GENDERS):
        group = table[(table["split"] == split) & (table["gender"] == gender)]
        high = group["activation"] > threshold
        if group.empty:
            problems.append(f"{split} must have {gender} utterances, has none")
        elif split != "test" and high.all():
            problems.append(f"{split} must have {gender} utterances of activation <= {threshold:g}")
        elif split != "test" and not high.any():
            problems.append(f"{split} must have {gender} utterances of activation > {threshold:g}")
    return problems
