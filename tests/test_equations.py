"""The table of equations names functions and tests that exist."""

import ast
import importlib
import re

import pytest

from tests.support import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "equations.md").read_text().splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| equation |"))
]
FUNCTION = re.compile(r"`(fairser_core[\w.]*):(\w+)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named(row: list[str]) -> str:
    return f"{row[0]}: {row[1]}"


def test_the_table_has_every_numbered_equation_of_both_papers() -> None:
    equations = " ".join(row[0] for row in ROWS)
    for equation in ("Eq. 1", "Eq. 2", "Eq. 3", "Eqs. 4, 5", "Eq. 6", "Eq. 7", "Eq. 8", "Eq. 9"):
        assert equation in equations
    assert "Eqs. 2 to 5, 10" in equations
    assert "Section 2.2.2, Eq. 1" in equations


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_each_row_names_functions_that_exist(row: list[str]) -> None:
    functions = FUNCTION.findall(row[2])
    assert len(functions) == row[2].count("`") / 2 > 0
    for module, name in functions:
        function = getattr(importlib.import_module(module), name)
        assert function.__module__ == module, f"{name} is defined in {function.__module__}"


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_each_row_names_tests_that_exist_and_an_oracle(row: list[str]) -> None:
    tests = TEST.findall(row[3])
    assert len(tests) == row[3].count("`") / 2 > 0
    for path, name in tests:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert row[4]
