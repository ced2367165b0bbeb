"""Cells of CSV files."""

import csv
import io

import pytest

from fairser_core.csv_cells import FORMULA, cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\n=1", "＝1"]
)
def test_a_text_that_begins_as_a_formula_is_none(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["\r=1+1", "a\r=1+1", "a\r\n=1+1"])
def test_no_row_begins_within_a_cell(text: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, ["name", "other"], lineterminator="\n")
    writer.writerow({"name": cell(text), "other": cell("@x")})
    rows = list(csv.reader(io.StringIO(file.getvalue().replace("\r", "\n"))))  # as spreadsheets do
    assert len(rows) == 1
    assert all(not entry.startswith(FORMULA) for entry in rows[0])


@pytest.mark.parametrize("value", ["", "-", "-0.5", "+1e-3", "-inf", "a=b", "1-2", -0.5, None, 7])
def test_numbers_and_other_texts_stay(value: object) -> None:
    assert cell(value) is value
