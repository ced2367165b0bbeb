"""Test data are read in one module, which only the command `replicate` imports."""

import ast
from pathlib import Path

from tests.support import ROOT

TESTING = ROOT / "search" / "replication" / "testing.py"
FILES = sorted(path for part in ("fairser_core", "search") for path in (ROOT / part).rglob("*.py"))


def requests(path: Path) -> list[str]:
    """Return the names of called functions that get the test split as the evaluated one."""
    return [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "split"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value == "test"
    ]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_only_the_test_of_a_replication_reads_test_data() -> None:
    """Of either task: for arrays made anew, and for arrays that hold every split."""
    assert {path: calls for path in FILES if (calls := requests(path))} == {
        TESTING: ["dataclasses.replace", "prepare_activation"]
    }


def test_only_replicate_imports_it() -> None:
    users = [
        path
        for path in FILES
        if any(name.startswith("search.replication.testing") for name in imported(path))
    ]
    assert users == [ROOT / "search" / "replicate.py"]
