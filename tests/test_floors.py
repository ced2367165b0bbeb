import ast
from pathlib import Path

import pytest

from tests.support import ROOT

FLOORS = [
    {"metrics", "detection", "parity", "consistency", "pareto", "resampling", "cache_folder"},
    {"losses", "projection", "nets", "perspectives", "chance", "prototypes", "wasserstein"},
    {"corpora", "features", "tasks", "perception"},
    {"methods"},
    {"batches", "lanes", "state", "courses", "training", "evaluation", "exam", "predictor"},
]
ABOVE_ONLY = {"ray", "optuna", "mlflow", "rich", "plotly", "matplotlib"}
NUMPY_ONLY = {"metrics", "detection", "parity", "consistency", "pareto", "resampling"}
CORE = sorted((ROOT / "fairser_core").rglob("*.py"))
SEARCH = sorted((ROOT / "search").rglob("*.py"))
COMMANDS = {"run", "describe", "extract", "replicate", "report", "export"}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def floor(part: str) -> int:
    return next(number for number, parts in enumerate(FLOORS) if part in parts)


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "fairser_core").with_suffix("").parts[0]


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_from_its_own_floor_and_those_below(path: Path) -> None:
    if part_of(path) == "__init__":
        return
    for name in imported(path):
        if name.startswith("fairser_core.") and name.count("."):
            assert floor(name.split(".")[1]) <= floor(part_of(path)), name


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_knows_no_search_library_and_nothing_of_search(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert not roots & (ABOVE_ONLY | {"search", "spaces"})
    if part_of(path) in NUMPY_ONLY:
        assert roots <= {"numpy", "typing", "collections", "math", "fairser_core"}


@pytest.mark.parametrize("path", SEARCH, ids=lambda path: path.name)
def test_parts_never_import_commands(path: Path) -> None:
    commands = {f"search.{command}" for command in COMMANDS}
    assert not commands & imported(path)


def reached(name: str) -> set[str]:
    """All that a part of search imports, directly or through other parts; the parts themselves."""
    found, waiting = set(), [f"search.{name}"]
    while waiting:
        new = imported(ROOT / f"{waiting.pop().replace('.', '/')}.py") - found
        found |= new
        waiting += [part for part in new if part in {f"search.{path.stem}" for path in SEARCH}]
    return found


@pytest.mark.parametrize("name", ["log", "rungs", "candidates", "sampler", "plan", "history"])
def test_what_a_sweep_decides_is_decided_without_ray(name: str) -> None:
    roots = {module.split(".")[0] for module in reached(name)}
    assert not roots & {"ray", "mlflow", "rich"}
    assert "ray" in {module.split(".")[0] for module in reached("scheduler")}


def test_no_file_of_search_bears_the_name_of_a_library_it_sits_beside() -> None:
    taken = {"mlflow", "optuna", "ray", "queue", "select", "types", "logging"}
    assert not taken & {path.stem for path in SEARCH}


def test_only_replicate_asks_for_test_data() -> None:
    """By `prepare_test`, or by an exam of the task of emotions that is of `test`."""
    for path in [*CORE, *SEARCH]:
        names = imported(path)
        if path.name != "examination.py":
            assert "fairser_core.datasets.prepare.prepare_test" not in names, path
            assert 'exam="test"' not in path.read_text(), path
        if path.name != "replicate.py":
            assert not {name for name in names if name.startswith("search.replication.testing")}, (
                path
            )
    assert "search.replication.testing" in imported(ROOT / "search" / "replicate.py")


def test_fairseq_is_imported_in_one_place() -> None:
    roots = {path: {name.split(".")[0] for name in imported(path)} for path in (*CORE, *SEARCH)}
    assert [path.name for path in roots if "fairseq" in roots[path]] == ["vq_wav2vec.py"]
