import pandas as pd

from fairser_core.csv_cells import WHY_EMPTY
from search.reporting.empty_cells import explained


def test_empty_cells_are_explained_by_column_and_others_not() -> None:
    table = pd.DataFrame({"a": [1.0, float("nan")], "b": ["", "x"], "c": [None, 0], "d": ["", ""]})
    reasons = {"a": "undefined", "d": ""}
    told = explained(table, reasons, "not tested")[WHY_EMPTY].tolist()
    assert told == ["b, c: not tested", "a: undefined"]
    assert explained(table, reasons)[WHY_EMPTY].tolist() == ["", "a: undefined"]
    assert WHY_EMPTY not in table


def test_values_that_are_lists_are_no_empty_cells() -> None:
    table = pd.DataFrame({"a": [[1, float("nan")], []]})
    assert explained(table, {}, "why")[WHY_EMPTY].tolist() == ["", ""]
