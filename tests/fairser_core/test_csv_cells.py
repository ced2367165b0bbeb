"""Cells of CSV files."""

import pytest

from fairser_core.csv_cells import cell


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_begins_as_a_formula_is_none(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "-", "-0.5", "+1e-3", "-inf", "a=b", "1-2", -0.5, None, 7])
def test_numbers_and_other_texts_stay(value: object) -> None:
    assert cell(value) is value
