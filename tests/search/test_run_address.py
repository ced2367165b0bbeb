"""A sweep on a Ray cluster that is there already: two nodes, with logical GPUs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray
from ray.cluster_utils import Cluster

from search.ray_tune.cluster import LOOPBACK
from search.store.local_storage import LocalStorage
from search.store.log_lines import read_lines
from search.store.operations import Operation
from tests.support import ROOT

pytestmark = [pytest.mark.ray, pytest.mark.slow]
RUN = ROOT / "search" / "run.py"


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    # A local Ray that an earlier test started has left this process answering itself only.
    monkeypatch.setenv(LOOPBACK, "1")
    monkeypatch.setattr(ray._private.ray_constants, "ENABLE_RAY_CLUSTER", True)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "num_gpus": 0})
    cluster.add_node(num_cpus=2, num_gpus=1)
    cluster.wait_for_nodes()
    yield cluster
    cluster.shutdown()


def test_trials_share_a_gpu_of_a_cluster_that_was_there(two_nodes: Cluster, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(RUN), "--smoke", "--address", two_nodes.address,
         "--gpus-per-trial", "0.5", "--name", "joined", "--results", str(tmp_path / "shared")],
        cwd=tmp_path, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = list(read_lines(LocalStorage(tmp_path / "shared" / "joined")))
    begun = [line.fields["purpose"] for line in lines if line.operation is Operation.SUGGESTED]
    assert begun[:3] == ["search"] * 3  # then the front is checked with fresh seeds
    assert set(begun[3:]) <= {"check"}
    ended = [line.fields["state"] for line in lines if line.operation is Operation.ENDED]
    assert ended == ["complete"] * len(begun)
    assert len(two_nodes.list_all_nodes()) == 2  # it is left running
