"""Test data are read in one module, which only the command `replicate` imports."""

import ast
from pathlib import Path

from tests.support import ROOT

TESTING = ROOT / "search" / "replication" / "testing.py"
TASKS = ROOT / "search" / "tasks"
FILES = sorted(path for part in ("fairser_core", "search") for path in (ROOT / part).rglob("*.py"))


def requests(tree: ast.AST) -> list[str]:
    """Calls that ask for the test split as the evaluated one, by the name of what is called."""
    return [
        ast.unparse(node.func)
        for node in ast.walk(tree)
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
    trees = {path: ast.parse(path.read_text()) for path in FILES}
    assert {path: calls for path, tree in trees.items() if (calls := requests(tree))} == {
        TASKS / "activation.py": ["prepare_activation"],
        TASKS / "category.py": ["prepare_category"],
        TASKS / "emotion.py": ["dataclasses.replace"],
    }
    for path in (TASKS / "activation.py", TASKS / "category.py", TASKS / "emotion.py"):
        (method,) = [
            node
            for node in ast.walk(trees[path])
            if isinstance(node, ast.FunctionDef) and node.name == "test_data"
        ]
        assert requests(method) == requests(trees[path])
    users = {
        path
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "test_data"
    }
    assert users == {TESTING}


def test_only_replicate_imports_it() -> None:
    users = [
        path
        for path in FILES
        if any(name.startswith("search.replication.testing") for name in imported(path))
    ]
    assert users == [ROOT / "search" / "running" / "replicate_sweep.py"]
