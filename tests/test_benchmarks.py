"""What the benchmarks claim, as slow tests."""

import subprocess
import sys

import pytest

from tests.support import ROOT


@pytest.mark.slow
def test_the_demo_corpus_shows_what_the_paper_says() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "bias.py"), "--seeds", "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("holds") >= 5
    assert "FAILS" not in done.stdout
