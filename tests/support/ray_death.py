"""Small sweep whose Ray is killed, in a separate process, which Ray may end a minute later.

python ray_death.py FOLDER raylet/raylet|gcs_server
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from search.ray_tune.cluster import Resources, connected
from search.ray_tune.cluster_error import ClusterError
from search.ray_tune.execution import execute
from search.sweep.sweep import Sweep
from tests.support.processes import family
from tests.support.toy_sweep import toy_data, toy_sweep


def main(folder: Path, vital: str) -> None:
    killed: list[float] = []

    def kill_ray(now: Sweep) -> None:
        trial = now.log.trials.get(0)
        if not killed and trial and len(trial.epochs) >= 3:
            (pid,) = [pid for pid, command in family().items() if vital in command.split(" ")[0]]
            os.kill(pid, signal.SIGKILL)
            killed.append(time.monotonic())

    with connected(None):
        sweep = toy_sweep(folder, trials=1, epochs=40)
        with pytest.raises(ClusterError, match=f"^Ray ended: its {vital.split('/')[0]} was killed"):
            execute(sweep, toy_data(), Resources(cpus=1, gpus=0), 1, kill_ray)
        assert time.monotonic() - killed[0] < 30
    assert "ray-watch" not in [thread.name for thread in threading.enumerate()]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
