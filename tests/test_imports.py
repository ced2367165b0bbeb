"""What is imported stays light: modules of a second and more only where they are used."""

import json
import subprocess
import sys

import pytest

from tests.support import ROOT

SCRIPT = """
import contextlib, importlib, json, sys

def loaded(names):
    for name in names:
        importlib.import_module(name)
    return sorted(sys.modules)

steps = json.loads(sys.argv[1])
result = {step: loaded(names) for step, names in steps.items()}
for command in ("run", "report", "export", "describe"):
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
        sys.modules["search." + command].main(["--help"])
print(json.dumps({**result, "help": sorted(sys.modules)}))
"""


def modules_in(folder: str) -> list[str]:
    """Names of the modules in a package's folder."""
    paths = sorted((ROOT / folder).glob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]


STEPS = {
    "metrics": [*modules_in("fairser_core/metrics"), "fairser_core.pareto"],
    "front": modules_in("search/front"),
    "commands": [f"search.{name}" for name in ("describe", "extract", "export", "report", "run")],
}


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Modules that are loaded after each of the steps, which one process takes in turn."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(STEPS)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {step: set(names) for step, names in json.loads(done.stdout).items()}


def test_metrics_load_numpy_and_nothing_that_takes_long(loaded: dict[str, set[str]]) -> None:
    assert "fairser_core.metrics.emotion" in loaded["metrics"]
    assert not loaded["metrics"] & {"torch", "scipy", "pandas", "optuna", "ray", "mlflow"}


def test_a_front_loads_no_torch(loaded: dict[str, set[str]]) -> None:
    assert {"search.front.front", "search.front.history"} <= loaded["front"]
    assert not loaded["front"] & {"torch", "pandas", "optuna", "ray", "mlflow"}


@pytest.mark.parametrize("step", ["commands", "help"])
def test_commands_load_ray_mlflow_and_optional_packages_only_where_they_use_them(
    loaded: dict[str, set[str]], step: str
) -> None:
    assert {"search.run", "search.report", "search.export"} <= loaded[step]
    assert not loaded[step] & {"ray", "mlflow", "mlflow.server", "fairseq", "onnx", "onnxscript"}
