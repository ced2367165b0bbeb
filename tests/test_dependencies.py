"""Packages that the code imports are declared, and those that are declared are imported."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    names = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return {normalised(name.group()) for name in names if name}


def imported() -> set[str]:
    """Top-level modules outside the standard library that the packages import."""
    names: set[str] = set()
    for package in ("fairser_core", "search"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"fairser_core", "search"}


def test_what_is_imported_is_declared() -> None:
    extras = [name for group in ("onnx", "audformat", "speech", "fairseq") for name in
              PROJECT["optional-dependencies"][group]]  # fmt: skip
    known = declared(PROJECT["dependencies"]) | declared(extras)
    providers = packages_distributions()
    missing = {
        name: providers[name]
        for name in imported() & set(providers)  # not what is for type checkers, or cannot be here
        if not {normalised(each) for each in providers[name]} & known
    }
    assert not missing


def test_what_is_declared_is_imported() -> None:
    providers = packages_distributions()
    used = {normalised(each) for name in imported() for each in providers.get(name, [name])}
    assert not declared(PROJECT["dependencies"]) - used
