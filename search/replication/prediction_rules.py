"""Rules of tables of predictions, which a forged or damaged file may break."""

from collections.abc import Sequence

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from fairser_core.documents import DocumentError, read_json

SCORE, PREDICTION = "score", "prediction"


class TableError(ValueError):
    """Error of a table that cannot be used; names column and rule."""


def check_columns(table: pd.DataFrame) -> None:
    """Check that the columns of a table have names of their own, and hold texts or numbers.

    Raises:
        TableError: naming the column.
    """
    if not len(table) or not table.columns.is_unique:
        raise TableError("it must have rows, and columns of different names")
    for name, column in table.items():
        plain = is_numeric_dtype(column) or is_bool_dtype(column)
        if not isinstance(name, str) or not (plain or all(type(value) is str for value in column)):
            raise TableError(f"column {name!r} must hold numbers or texts alone")


def check_predictions(table: pd.DataFrame, seeds: Sequence[int]) -> None:
    """Check that a table holds predictions of some seeds; see `Course.prediction_table`.

    Raises:
        TableError: naming the column.
    """
    check_columns(table)
    for seed in seeds:
        ending = f"-{seed}"
        columns = [str(name) for name in table if str(name).endswith(ending)]
        outputs = [name.removesuffix(ending) for name in columns]
        _check_numbers(table, columns)
        if not outputs or (len(table.columns) > 1 and not _goes_with(table, outputs)):
            raise TableError(f"it must have the predictions of seed {seed} and their truth")
    if "judged" in table:
        _check_judged(table)


def _goes_with(table: pd.DataFrame, outputs: list[str]) -> bool:
    """Return whether a table has the columns that are read beside its outputs."""
    if not {"utterance", "truth"} <= set(table):
        return False
    if SCORE in outputs:
        _check_numbers(table, ["truth", "s1", "aligned"])
        return {"s1", "aligned", "emotion"} <= set(table)
    grouped = "group" in table or (PREDICTION in outputs and "gender" in table)
    if PREDICTION in outputs:
        _check_numbers(table, ["truth", "threshold"])
        return grouped
    return grouped and "judged" in table and bool(table["truth"].isin(outputs).all())


def _check_numbers(table: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name in table and not (is_numeric_dtype(table[name]) or is_bool_dtype(table[name])):
            raise TableError(f"column {name!r} must hold numbers")


def _check_judged(table: pd.DataFrame) -> None:
    """Check that a table lists some of its own groups as JSON."""
    try:
        judged = read_json(str(table["judged"].iloc[0]))
    except DocumentError as error:
        raise TableError(f"column 'judged' must hold JSON: {error}") from error
    groups = set(table["group"].astype(str)) if "group" in table else set()
    if not (isinstance(judged, list) and {str(name) for name in judged} <= groups):
        raise TableError("column 'judged' must list groups of the table")
