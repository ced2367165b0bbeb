"""What must hold of a table of utterances.

`table` is as a reader made it, `clean` the same rows with standard values, which are missing (NaN)
where the reader's are not known ones.
"""

import itertools
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
SHOWN = 20  # problems of one kind in a report


def standardised(table: pd.DataFrame) -> pd.DataFrame:
    """The table with standard values, and its columns in the order of `Corpus.utterances`."""
    clean = table.copy()
    for name in ("id", "speaker"):
        if name in table:
            clean[name] = as_text(table[name]).replace("", None)
    for name, spellings in SPELLINGS.items():
        if name in table:
            clean[name] = as_text(table[name]).str.lower().map(spellings)
    if "activation" in table:
        clean["activation"] = pd.to_numeric(table["activation"], errors="coerce").astype(float)
    first = [name for name in (*COLUMNS, "path", "features") if name in table]
    return clean[[*first, *(name for name in table if name not in first)]]


def as_text(column: pd.Series) -> pd.Series:
    """The column as text without outer blanks; a missing value becomes the empty text."""
    return column.astype("string").fillna("").str.strip().astype("str")


def row_problems(
    table: pd.DataFrame, clean: pd.DataFrame, scale: tuple[float, float]
) -> dict[str, pd.Series]:
    """Problems of single rows: for each kind the messages, indexed by their rows.

    A kind ends a sentence that begins with a number of rows. A missing column has no problems here.
    """
    found = {}
    if "id" in clean:
        found["with an empty or repeated id"] = _id_problems(clean["id"])
    for name, kind, rule in (
        ("speaker", "of unknown speaker", "not be empty"),
        ("gender", "of unknown gender", f"be one of {', '.join(SPELLINGS['gender'])}"),
        ("activation", "with a label off the scale", f"be a number on {span(scale)}"),
    ):
        if name in clean:
            good = clean[name].between(*scale) if name == "activation" else clean[name].notna()
            found[kind] = table[name][~good].map(f"{name} must {rule}, got {{!r}}".format)
    if "path" in clean:
        found["whose audio is missing or broken"] = audio_problems(clean["path"])
    elif "features" in clean:
        found["whose features are missing or broken"] = feature_problems(clean["features"])
    return {kind: _placed(messages) for kind, messages in found.items()}


def table_problems(
    table: pd.DataFrame, clean: pd.DataFrame, scale: tuple[float, float], threshold: float
) -> list[Sequence[str]]:
    """Problems of the table as a whole, one list a kind."""
    problems: list[Sequence[str]] = [_column_problems(clean)]
    if not scale[0] <= threshold < scale[1]:
        problems.append([f"threshold must be on {span(scale)} and below its end, got {threshold}"])
    if "split" in clean:
        rule = f"split must be one of {', '.join(SPELLINGS['split'])}, got {{!r}}"
        unknown = table["split"].loc[clean.index[clean["split"].isna()]]
        problems.append(_placed(unknown.map(rule.format)).tolist())
        if "speaker" in clean:
            problems.append(_speaker_problems(clean))
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


def _placed(messages: pd.Series) -> pd.Series:
    """The messages, each after the number of its row."""
    unit = _unit(messages)
    placed = [f"{unit} {row}: {message}" for row, message in messages.items()]
    return pd.Series(placed, messages.index, dtype=object)


def _unit(column: pd.Series) -> str:
    """What the numbers of the rows are: the lines of a file, or just rows."""
    return str(column.index.name or "row")


def _id_problems(ids: pd.Series) -> pd.Series:
    unique = ids.drop_duplicates()
    first = pd.Series(unique.index, index=unique.array)
    bad = ids[ids.isna() | ids.duplicated()]
    return bad.map(
        lambda name: (
            "id must not be empty"
            if pd.isna(name)
            else f"id must be unique, {name!r} is already that of {_unit(ids)} {first[name]}"
        )
    )


def _column_problems(table: pd.DataFrame) -> list[str]:
    problems = [f"column {name!r} is missing" for name in COLUMNS if name not in table]
    files = [name for name in ("path", "features") if name in table]
    if len(files) != 1:
        both = "not both" if files else "both are missing"
        problems.append(f"there must be a column 'path' (audio) or 'features' (arrays), {both}")
    return problems


def _speaker_problems(table: pd.DataFrame) -> list[str]:
    splits = table.dropna(subset="split").groupby("speaker")["split"].unique()
    return [
        f"speaker {name!r} must be in one split, is in {' and '.join(found)}"
        for name, found in splits.items()
        if len(found) > 1
    ]


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
