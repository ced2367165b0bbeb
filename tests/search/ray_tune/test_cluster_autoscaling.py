"""The command at the top of cluster.yaml, on a cluster whose workers an autoscaler starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.autoscaling_ray import autoscaling_ray

# A minute: a head, two workers and a sweep. Its parts without Ray: test_room.py.
pytestmark = [pytest.mark.ray, pytest.mark.slow]


def run(folder: Path, address: str, *given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "search" / "run.py"), "--smoke", "--address", address, *given,
         "--name", "grown", "--results", str(folder / "shared")],
        env={**os.environ, "RAY_AUTH_MODE": "token"},
        cwd=folder, capture_output=True, text=True, timeout=280,
    )  # fmt: skip


def test_a_sweep_starts_without_a_worker_and_the_autoscaler_brings_two(tmp_path: Path) -> None:
    with autoscaling_ray({"CPU": 1, "GPU": 1}, most=2) as address:
        done = run(tmp_path, address, "--gpus-per-trial", "0.25")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "waiting for a worker with 1 CPUs and 0.25 GPUs, for which" in done.stdout
    assert "a worker has joined" in done.stdout
    assert "the cluster has room for 2 trials at once, before for 1" in done.stdout
    assert (tmp_path / "shared" / "grown" / "front.json").exists()
