"""Hostile inputs: a short run of benchmarks/hostile.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

COMMAND = [sys.executable, str(ROOT / "benchmarks" / "hostile.py")]


def run(tmp_path: Path, *options: str) -> str:
    done = subprocess.run(
        [*COMMAND, *options, "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused as promised" in done.stdout
    return done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_one_input_in_twenty_is_refused_with_file_and_rule(tmp_path: Path) -> None:
    table = run(tmp_path, "--every", "20")
    for kind in ("documents", "special files", "links", "fields", "outward", "spaces", "bundles"):
        assert f"| {kind} |" in table


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_every_hostile_input_is_refused_with_file_and_rule(tmp_path: Path) -> None:
    run(tmp_path)
