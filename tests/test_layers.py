"""Each package stands on a layer and imports only from itself and from layers below its own."""

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support import ROOT

LAYERS = {
    "fairser_core": [
        {"metrics", "pareto", "cache_folder", "csv_cells", "documents", "names", "temporary"},
        {"networks"},
        {"losses", "lanes", "files"},
        {"corpora", "features"},
        {"datasets"},
        {"methods"},
        {"courses"},
        {"training"},
        {"predictor"},
    ],
    "search": [
        {"terminal"},
        {"tasks"},
        {"space"},
        {"posterior"},
        {"store"},
        {"front"},
        {"corpus", "planning", "presentation"},
        {"arguments"},
        {"sweep"},
        {"verdict"},
        {"replication", "handover", "ray_tune"},
        {"tracking", "reporting"},
        {"running"},
        {"commands"},
        {"init", "run", "replicate", "report", "export", "describe", "extract", "list", "show"},
        {"fairser", "api"},
    ],
}
HOMES = {
    "ray": {"search/ray_tune"},
    "mlflow": {"search/tracking"},
    "optuna": {"search/space", "search/planning", "search/reporting"},
    "matplotlib": {"search/presentation", "search/corpus", "search/replication"},
    "plotly": {"search/presentation", "search/reporting", "search/api.py"},
    "rich": {"search"},
    "fairseq": {"fairser_core/features"},
    "transformers": {"fairser_core/features"},
}
NUMPY_ONLY = ("fairser_core/metrics", "fairser_core/pareto.py")
SCIPY_TOO = ("fairser_core/metrics/intervals.py", "fairser_core/metrics/power.py")  # Student's t
FILES = sorted(path for part in LAYERS for path in (ROOT / part).rglob("*.py"))


def address(path: Path) -> str:
    """Path below the repository, with slashes."""
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    """Modules that a file imports anywhere, and what it takes from them as if each were one."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = "." * node.level
            names |= {f"{above}{node.module}.{alias.name}" for alias in node.names}
    return names


def layer(part: str, package: str) -> int:
    """Number of the layer of a package, or of a module beside the packages."""
    (number,) = [n for n, packages in enumerate(LAYERS[part]) if package in packages]
    return number


def test_each_package_stands_on_exactly_one_layer() -> None:
    for part, layers in LAYERS.items():
        standing = sorted(package for packages in layers for package in packages)
        there = {
            path.relative_to(ROOT / part).parts[0]
            for path in FILES
            if path.is_relative_to(ROOT / part)
        }
        assert standing == sorted(name.removesuffix(".py") for name in there - {"__init__.py"})


@pytest.mark.parametrize("path", FILES, ids=address)
def test_a_file_imports_from_layers_below_and_libraries_where_they_are_at_home(path: Path) -> None:
    part, *inner = path.relative_to(ROOT).with_suffix("").parts
    names = imported(path)
    roots = {name.split(".")[0] for name in names}
    assert not roots & {"", "benchmarks", "spaces", "tests"}  # "" is of a relative import
    if inner == ["__init__"]:
        assert not roots & {*LAYERS}
    for name in names:
        other, *rest = name.split(".")
        if other == part and rest[0] != inner[0]:
            assert layer(part, rest[0]) < layer(part, inner[0]), name
        assert (part, other) != ("fairser_core", "search"), name
    for library in roots & set(HOMES):
        assert any(f"{address(path)}/".startswith(f"{home}/") for home in HOMES[library]), library
    if address(path).startswith(NUMPY_ONLY):
        allowed = {"numpy"} | ({"scipy"} if address(path) in SCIPY_TOO else set())
        assert roots <= {*allowed, "fairser_core", *sys.stdlib_module_names}


@pytest.mark.parametrize("part", LAYERS)
def test_tests_lie_where_the_code_that_they_test_does(part: str) -> None:
    folders = {path.parent for path in (ROOT / "tests" / part).rglob("*.py")}
    homes = {ROOT / folder.relative_to(ROOT / "tests") for folder in folders}
    assert {home for home in homes if not home.is_dir()} == set()


def test_tests_share_helpers_by_the_package_support_alone() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        for name in imported(path):
            if name.startswith("tests."):
                assert name.startswith("tests.support"), f"{address(path)} imports {name}"
            assert not name.startswith(("benchmarks", "sys.path")), (
                f"{address(path)} imports {name}"
            )
        assert "sys.path." not in path.read_text() or path == Path(__file__), address(path)


def test_no_module_of_search_hides_another() -> None:
    """`python search/run.py` puts search/ first on the path."""
    ours = {path.stem for path in (ROOT / "search").iterdir() if path.name[0] not in "._"}
    installed = {
        name for name, owners in packages_distributions().items() if "fairser" not in owners
    }
    assert not ours & (installed | sys.stdlib_module_names)
