"""Notebooks under examples/, executed in order in one folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.ray


@pytest.mark.slow  # a sweep, its continuation and a replication: five minutes
def test_the_notebooks_run(tmp_path: Path) -> None:
    for name in ("front", "audit"):
        notebook = json.loads((ROOT / "examples" / f"{name}.ipynb").read_text())
        cells = [c["source"] for c in notebook["cells"] if c["cell_type"] == "code"]
        script = tmp_path / f"{name}.py"
        script.write_text("\n".join("".join(source) for source in cells))
        ran = subprocess.run(
            [sys.executable, str(script)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list((tmp_path / "results" / "reports" / "notebook").glob("report.html"))


def test_notebooks_are_stored_without_results_of_a_machine() -> None:
    for path in (ROOT / "examples").glob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs"), path
