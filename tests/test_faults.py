"""Small sweeps killed at random moments: a short run of benchmarks/faults.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

COMMAND = ROOT / "benchmarks" / "faults.py"


@pytest.mark.ray
@pytest.mark.slow  # six searches. One interruption: test_run.py; a trial's: test_trainable.py
def test_a_sweep_killed_at_random_moments_keeps_every_promise(tmp_path: Path) -> None:
    short = ("--interruptions", "3", "--trials", "3", "--epochs", "8", "--alone", "--seed", "4")
    done = subprocess.run(
        [sys.executable, str(COMMAND), *short, "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 interruptions of" in done.stdout
    assert "every promise was kept" in done.stdout
    assert "uninterrupted sweep | 0 of" not in done.stdout
