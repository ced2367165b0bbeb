"""What is imported stays light: modules of a second and more only where they are used."""

import json
import subprocess
import sys

import pytest

from search.terminal.command_names import BESIDE
from tests.support import ROOT

SCRIPT = """
import contextlib, importlib, json, sys

loaded = {}
for step, names in json.loads(sys.argv[1]).items():
    for module in map(importlib.import_module, names):
        if step == "help":
            with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
                module.main(["--help"])
    loaded[step] = sorted(sys.modules)
print(json.dumps(loaded))
"""


def modules_in(folder: str) -> list[str]:
    """Names of the modules in a package's folder."""
    paths = sorted((ROOT / folder).glob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]


PROCESSES = (
    {
        "metrics": [*modules_in("fairser_core/metrics"), "fairser_core.pareto"],
        "front": modules_in("search/front"),
        "commands": sorted({*modules_in("search/commands")} - {"search.commands.replicate"}),
    },
    {"help": [f"search.{name}" for name in (*BESIDE.values(), "fairser")]},
)
"""Steps that one process takes in turn: modules to import, and commands to ask for help."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Modules that are loaded after each of the steps."""
    result: dict[str, set[str]] = {}
    for steps in PROCESSES:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, json.dumps(steps)],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        result |= {step: set(names) for step, names in json.loads(done.stdout).items()}
    return result


def test_metrics_load_numpy_and_nothing_that_takes_long(loaded: dict[str, set[str]]) -> None:
    assert "fairser_core.metrics.emotion" in loaded["metrics"]
    assert not loaded["metrics"] & {"torch", "scipy", "pandas", "optuna", "ray", "mlflow"}


def test_a_front_loads_no_torch(loaded: dict[str, set[str]]) -> None:
    assert {"search.front.front", "search.front.history"} <= loaded["front"]
    assert not loaded["front"] & {"torch", "pandas", "optuna", "ray", "mlflow"}


def test_commands_load_ray_mlflow_and_optional_packages_only_where_they_use_them(
    loaded: dict[str, set[str]],
) -> None:
    assert {"search.commands.run", "search.commands.export"} <= loaded["commands"]
    late = {"ray", "mlflow.server", "fairseq", "onnx", "onnxscript"}
    assert not loaded["commands"] & late


def test_help_loads_nothing_that_takes_long(loaded: dict[str, set[str]]) -> None:
    assert {"search.run", "search.extract"} <= loaded["help"]
    slow = {"torch", "scipy.stats", "scipy.signal", "optuna", "ray", "mlflow", "transformers"}
    assert not loaded["help"] & (slow | {"matplotlib", "plotly", "sklearn"})
