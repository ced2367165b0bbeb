"""Cells of CSV files that people open in spreadsheets, which run a text as a formula."""

from typing import TypeVar

T = TypeVar("T")
WHY_EMPTY = "why_empty"
"""Column with the reasons of a row's empty cells."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings of a text that a spreadsheet takes for a formula (OWASP, CSV Injection)."""


def cell(value: T, *, quoted: bool = False) -> T | str:
    """Return a value of a cell; a text that begins as a formula is put behind an apostrophe.

    Numbers, also those in texts, and a dash alone stay as they are. A carriage return, which
    begins a new row in spreadsheets where it is not in quotes, becomes a line break.

    Args:
        value: value of the cell.
        quoted: whether the cell is in quotes, so that a carriage return can stay.
    """
    if not quoted and isinstance(value, str) and "\r" in value:
        return cell(value.replace("\r\n", "\n").replace("\r", "\n"))
    if not isinstance(value, str) or len(value) < 2 or not value.startswith(FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
