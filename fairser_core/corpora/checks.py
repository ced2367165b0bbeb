"""What must hold of a table of utterances.

`table` is as a reader made it, `clean` the same rows with standard values, which are missing (NaN)
where the reader's are not known ones.
"""

import itertools
import math
from collections.abc import Iterable, Sequence

import pandas as pd

from fairser_core.corpora.files import audio_problems, feature_problems

COLUMNS = ("id", "speaker", "gender", "split", "activation")
SPLITS = ("train", "validation", "test")
GENDERS = ("female", "male")
SPELLINGS = {
    "gender": {
        **dict.fromkeys(("female", "f", "woman", "w"), "female"),
        **dict.fromkeys(("male", "man", "m"), "male"),
    },
    "split": {
        "train": "train",
        **dict.fromkeys(("validation", "valid", "val", "development", "dev"), "validation"),
        **dict.fromkeys(("test", "test1"), "test"),
    },
}
GENDER_RULE = f"be one of {', '.join(SPELLINGS['gender'])}"
SHOWN = 20  # problems of one kind in a report


def standardised(table: pd.DataFrame, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """The table with standard values in these columns; they and the files' column come first."""
    clean = table.copy()
    for name in columns:
        if name in table:
            clean[name] = _standard(table[name], name)
    first = [name for name in (*columns, "path", "features") if name in table]
    return clean[[*first, *(name for name in table if name not in first)]]


def as_text(column: pd.Series) -> pd.Series:
    """The column as text without outer blanks; a missing value becomes the empty text."""
    return column.astype("string").fillna("").str.strip().astype("str")


def row_problems(
    table: pd.DataFrame,
    clean: pd.DataFrame,
    scale: tuple[float, float] = (-math.inf, math.inf),
    columns: Sequence[str] = COLUMNS,
) -> dict[str, pd.Series]:
    """Problems of single rows in these columns and in their files.

    Returns:
        For each kind the messages, indexed by their rows. A kind ends a sentence that begins with a
        number of rows. A missing column has no problems here.
    """
    found = {}
    if "id" in clean:
        found["with an empty or repeated id"] = name_problems(clean["id"])
    for name, kind, rule in (
        ("speaker", "of unknown speaker", "not be empty"),
        ("gender", "of unknown gender", GENDER_RULE),
        ("session", "of unknown session", "not be empty"),
        ("activation", "with a label off the scale", f"be a number on {span(scale)}"),
    ):
        if name in columns and name in clean:
            good = clean[name].between(*scale) if name == "activation" else clean[name].notna()
            found[kind] = value_problems(table[name], good, rule)
    if "path" in clean:
        found["whose audio is missing or broken"] = placed(audio_problems(clean["path"]))
    elif "features" in clean:
        found["whose features are missing or broken"] = placed(feature_problems(clean["features"]))
    return found


def table_problems(
    table: pd.DataFrame, clean: pd.DataFrame, scale: tuple[float, float], threshold: float
) -> list[Sequence[str]]:
    """Problems of the table as a whole, one list a kind."""
    problems: list[Sequence[str]] = [column_problems(clean, COLUMNS) + file_column_problems(clean)]
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


def report(place: str, problems: Iterable[Sequence[str]], hint: str = "") -> str:
    """All problems, one a line, of a long list of one kind the first `SHOWN`; then the hint."""
    lines: list[str] = []
    for messages in problems:
        lines += messages[:SHOWN]
        if len(messages) > SHOWN:
            lines.append(f"and {len(messages) - SHOWN:,} more like this")
    return "\n  ".join([f"{place} cannot be used:", *lines, *([hint] if hint else [])])


def span(scale: tuple[float, float]) -> str:
    """The scale in words, e.g. 1..7."""
    return f"{scale[0]:g}..{scale[1]:g}"


def placed(messages: pd.Series) -> pd.Series:
    """The messages, each after the number of its row."""
    unit = _unit(messages)
    texts = [f"{unit} {row}: {message}" for row, message in messages.items()]
    return pd.Series(texts, messages.index, dtype=object)


def value_problems(column: pd.Series, good: pd.Series, rule: str) -> pd.Series:
    """Messages for those values of the column that are not good: they break the rule."""
    return placed(column[~good].map(f"{column.name} must {rule}, got {{!r}}".format))


def name_problems(names: pd.Series) -> pd.Series:
    """Messages for names that are missing, or not unique as they must be."""
    unique = names.drop_duplicates()
    first = pd.Series(unique.index, index=unique.array)
    bad = names[names.isna() | names.duplicated()]
    return placed(
        bad.map(
            lambda name: (
                f"{names.name} must not be empty"
                if pd.isna(name)
                else f"{names.name} must be unique, {name!r} is already that of "
                f"{_unit(names)} {first[name]}"
            )
        )
    )


def column_problems(table: pd.DataFrame, columns: Sequence[str], of: str = "") -> list[str]:
    """Columns that the table lacks; `of` says which table where there are several."""
    return [f"column {name!r}{of} is missing" for name in columns if name not in table]


def file_column_problems(table: pd.DataFrame) -> list[str]:
    """Whether a table of utterances has one column of files."""
    files = [name for name in ("path", "features") if name in table]
    both = "not both" if files else "both are missing"
    rule = f"there must be a column 'path' (audio) or 'features' (arrays), {both}"
    return [] if len(files) == 1 else [rule]


def speaker_problems(table: pd.DataFrame, column: str) -> list[str]:
    """Speakers who are in several splits, or in several sessions, as the column says."""
    places = table.dropna(subset=column).groupby("speaker")[column].unique()
    return [
        f"speaker {name!r} must be in one {column}, is in {' and '.join(found)}"
        for name, found in places.items()
        if len(found) > 1
    ]


def _standard(column: pd.Series, name: str) -> pd.Series:
    if name == "activation":
        return pd.to_numeric(column, errors="coerce").astype(float)
    text = as_text(column)
    if name in SPELLINGS:
        return text.str.lower().map(SPELLINGS[name])
    return (text.str.lower() if name in ("emotion", "label") else text).replace("", None)


def _unit(column: pd.Series) -> str:
    """What the numbers of the rows are: the lines of a file, or just rows."""
    return str(column.index.name or "row")


def _group_problems(table: pd.DataFrame, threshold: float) -> list[str]:
    """Groups without utterances: their recall, or that of a level of activation, is undefined."""
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
