"""Commands harmed at random moments: short runs of benchmarks/faults.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

COMMAND = ROOT / "benchmarks" / "faults.py"


def run(folder: Path, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, str(COMMAND), *options, "--folder", str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every promise was kept" in done.stdout
    return done.stdout


@pytest.mark.ray
@pytest.mark.slow  # six searches. One interruption: test_run.py; a trial's: test_trainable.py
def test_a_sweep_killed_at_random_moments_keeps_every_promise(tmp_path: Path) -> None:
    short = ("--interruptions", "3", "--trials", "3", "--epochs", "8", "--alone", "--seed", "4")
    output = run(tmp_path, "--part", "ray", *short)
    assert "sweeps on Ray: 3 interruptions in" in output
    assert "uninterrupted sweep | 0 of" not in output


@pytest.mark.slow  # a search and twenty commands. Each kind of harm has a quick test of its own
def test_commands_harmed_at_chosen_changes_keep_every_promise(tmp_path: Path) -> None:
    kinds = ("--kind", "export", "folder", "search")
    output = run(tmp_path, "--part", "commands", *kinds, "--interruptions", "8", "--seed", "1")
    assert "| a bundle is whole, and that of the uninterrupted export |" in output
    again = run(tmp_path, "--part", "commands", *kinds, "--interruptions", "8")  # is continued
    assert again.splitlines()[-8:] == output.splitlines()[-8:]
