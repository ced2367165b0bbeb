"""Nodes that join and leave during a sweep, on a real Ray of several nodes with logical GPUs."""

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray
from ray._private.state import actors, available_resources_per_node
from ray.cluster_utils import Cluster

from search.ray_tune.cluster import LOOPBACK, Resources
from search.ray_tune.execution import execute
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.sweep.sweep import Sweep
from tests.support.toy_sweep import toy_data, toy_sweep

# Two minutes, as each trial is a process that imports torch. Quick counterparts: test_room.py,
# test_departure.py, and test_searcher.py on the limit that changes.
pytestmark = [pytest.mark.ray, pytest.mark.slow]
ALL_BYTES = {"scheduler_report_pinned_bytes_only": False}  # those of copies too
QUARTER = Resources(cpus=1, gpus=0.25)


@contextlib.contextmanager
def cluster_of(monkeypatch: pytest.MonkeyPatch, *nodes: dict[str, int]) -> Iterator[Cluster]:
    monkeypatch.setenv(LOOPBACK, "1")
    monkeypatch.setattr(ray._private.ray_constants, "ENABLE_RAY_CLUSTER", True)
    head = {"num_cpus": 0, "num_gpus": 0, "_system_config": ALL_BYTES}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    for node in nodes:
        cluster.add_node(**node)
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


class Watch:
    """What a test sees of the cluster at each event of the sweep, and does then."""

    def __init__(self, cluster: Cluster, begins_with: str) -> None:
        self.cluster, self.names = cluster, {begins_with: "first"}
        self.most: Counter[str] = Counter()
        self.joined = self.left = self.used = 0.0

    def on_nodes(self) -> Counter[str]:
        alive = [a for a in actors().values() if a["State"] == "ALIVE"]
        return Counter(self.names.get(a["Address"]["NodeID"], "other") for a in alive)

    def changed(self, sweep: Sweep) -> None:
        now = self.on_nodes()
        self.most |= now
        if not self.joined and now["first"] == 4:
            self.node = self.cluster.add_node(num_cpus=2, num_gpus=1)
            self.names[self.node.node_id] = "second"
            self.joined = time.monotonic()
        trained = {n for n, t in sweep.log.trials.items() if t.epochs}
        if self.joined and not self.used and len(trained) == 6:
            self.used = time.monotonic()
            self.stored = self.stored_on("second")
            self.cluster.remove_node(self.node, allow_graceful=False)

    def stored_on(self, name: str) -> int:
        (node,) = [n for n in ray.nodes() if self.names.get(n["NodeID"]) == name]
        free = available_resources_per_node()[node["NodeID"]]["object_store_memory"]
        return int(node["Resources"]["object_store_memory"] - free)


def test_a_node_that_joins_is_used_and_one_that_leaves_is_no_trials_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = toy_data()
    with cluster_of(monkeypatch, {"num_cpus": 8, "num_gpus": 1}) as cluster:
        (first,) = [n["NodeID"] for n in ray.nodes() if n["Resources"].get("GPU")]
        watch, lines = Watch(cluster, first), list[str]()
        sweep = toy_sweep(tmp_path / "toy", trials=7, epochs=150)
        execute(sweep, data, QUARTER, None, watch.changed, max_failures=0, say=lines.append)
    trials = Log(LocalStorage(tmp_path / "toy")).trials
    assert sweep.done
    assert {trial.state for trial in trials.values()} <= {"complete", "stopped"}
    notes = [note for trial in trials.values() for note in trial.notes]
    assert notes == ["begun again: the node it ran on is gone"] * 2
    for trial in trials.values():
        assert [epoch.epoch for epoch in trial.epochs] == list(range(1, len(trial.epochs) + 1))
    # Packing: four quarters of the first node's GPU, the second's two CPUs, never more.
    assert watch.most == {"first": 4, "second": 2}
    assert watch.used - watch.joined < 30
    # Two processes read the arrays on the second node, which holds them once.
    size = data.inputs.nbytes
    assert size <= watch.stored < 2 * size, (watch.stored, size)
    assert lines == [
        "the cluster has room for 6 trials at once, before for 4",
        "the cluster has room for 4 trials at once, before for 6",
    ]
