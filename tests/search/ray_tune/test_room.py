"""Room for trials on a cluster that changes, without Ray."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ray_tune import demand as demands
from search.ray_tune import room as rooms
from search.ray_tune.cluster import Resources
from search.ray_tune.cluster_error import ClusterError
from search.ray_tune.demand import Demand
from search.ray_tune.room import Room, await_room, trials_on

QUARTER = Resources(cpus=1, gpus=0.25)
WITHOUT, WITH = {"node_1a": 1}, {"head": 1}


class FakeCluster:
    """A cluster whose nodes, clock and autoscaler a test sets."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.nodes: list[dict[str, float]] = []
        self.types: dict[str, int] | None = WITHOUT
        self.joins: Iterator[list[dict[str, float]]] = iter(())
        self.now = 0.0
        self.groups: dict[int, dict[str, float]] = {}
        self.placed: set[int] = set()
        self.lines: list[str] = []
        numbers = itertools.count()

        def group(bundles: list[dict[str, float]]) -> int:
            number = next(numbers)
            (self.groups[number],) = bundles
            return number

        patch.setattr(rooms.ray, "nodes", self._nodes)
        patch.setattr(rooms.ray, "cluster_resources", lambda: {"CPU": 2.0})
        patch.setattr(rooms, "is_autoscaler_v2", lambda fetch_from_server: False)
        patch.setattr(rooms, "_internal_kv_get", self._status)
        patch.setattr(rooms.time, "monotonic", lambda: self.now)
        patch.setattr(rooms.time, "sleep", self._sleep)
        patch.setattr(demands, "placement_group", group)
        patch.setattr(demands, "remove_placement_group", self.groups.pop)
        patch.setattr(
            demands,
            "placement_group_table",
            lambda number: {"state": "CREATED" if number in self.placed else "PENDING"},
        )

    def _nodes(self) -> list[dict[str, Any]]:
        dead = {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}}
        return [dead, *({"Alive": True, "Resources": node} for node in self.nodes)]

    def _status(self, key: str) -> str | None:
        report = {"autoscaler_report": {"active_nodes": self.types}}
        return None if self.types is None else json.dumps(report)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self.nodes = next(self.joins, self.nodes)

    def room(self, most: int | None = None) -> Room:
        return Room(QUARTER, most, self.lines.append)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    return FakeCluster(monkeypatch)


@pytest.mark.parametrize(
    ("gpus", "share", "fits"), [(1, 0.25, 4), (4, 0.25, 16), (2, 0.3, 6), (1, 2, 0), (5, 2, 2)]
)
def test_a_fraction_of_a_gpu_lies_within_one(gpus: int, share: float, fits: int) -> None:
    assert trials_on({"CPU": 64, "GPU": gpus}, Resources(1, share)) == fits


@given(
    cpus=st.integers(0, 32), gpus=st.integers(0, 8),
    need_cpus=st.sampled_from([0.5, 1, 2, 3]), need_gpus=st.sampled_from([0, 0.25, 0.4, 1, 2]),
)  # fmt: skip
def test_what_fits_never_takes_more_than_a_node_has_and_one_more_would(
    cpus: int, gpus: int, need_cpus: float, need_gpus: float
) -> None:
    need = Resources(need_cpus, need_gpus)
    count, left, free = 0, float(cpus), [1.0] * gpus
    while left >= need_cpus:  # one trial after the other, each on the first GPUs with room
        share = min(need_gpus, 1)
        open_gpus = [i for i, part in enumerate(free) if part >= share - 1e-9]
        taken = open_gpus[: 0 if not need_gpus else max(1, int(need_gpus))]
        if len(taken) < need_gpus:
            break
        for i in taken:
            free[i] -= share
        left, count = left - need_cpus, count + 1
    assert trials_on({"CPU": cpus, "GPU": gpus}, need) == count


def test_a_node_that_joins_or_leaves_changes_the_limit_within_seconds(cluster: FakeCluster) -> None:
    cluster.nodes = [{"CPU": 2, "GPU": 1}]
    room = cluster.room()
    assert room.trials() == 2
    cluster.nodes.append({"CPU": 8, "GPU": 1})
    assert room.trials() == 2  # the cluster is not asked each time
    cluster.now += 2
    assert room.trials() == 6
    cluster.nodes.clear()
    cluster.now += 2
    assert room.trials() == 0
    assert cluster.lines == [
        "the cluster has room for 6 trials at once, before for 2",
        "the cluster has room for 0 trials at once, before for 6: waiting for a worker with "
        "1 CPUs and 0.25 GPUs",
    ]


def test_the_users_limit_stays(cluster: FakeCluster) -> None:
    cluster.nodes = [{"CPU": 8, "GPU": 8}]
    assert cluster.room(most=3).trials() == 3
    assert cluster.room().trials() == 8


def test_without_an_autoscaler_nothing_is_asked(cluster: FakeCluster) -> None:
    with cluster.room() as room:
        cluster.now += 2
        room.ask(lambda: True)
    assert cluster.groups == {}


def test_an_autoscaler_is_asked_for_as_much_again_while_trials_wait(cluster: FakeCluster) -> None:
    cluster.types = WITH
    cluster.nodes = [{"CPU": 3, "GPU": 1}]
    with cluster.room() as room:
        cluster.now += 2
        room.ask(lambda: True)
        assert list(cluster.groups.values()) == [{"CPU": 1, "GPU": 0.25}] * 3
        cluster.now += 2
        cluster.placed = {0, 1}  # there is room: it is freed, and more is asked for
        room.ask(lambda: True)
        assert list(cluster.groups) == [2, 3, 4]
        cluster.now += 2
        room.ask(lambda: False)
        assert cluster.groups == {}
        cluster.nodes = [{"CPU": 64, "GPU": 64}]
        cluster.now += 2
        room.trials()
        room.ask(lambda: True)
        assert len(cluster.groups) == 8
    assert cluster.groups == {}


def test_an_autoscaler_is_not_asked_for_more_than_the_user_allows(cluster: FakeCluster) -> None:
    cluster.types = WITH
    cluster.nodes = [{"CPU": 4, "GPU": 1}]
    with cluster.room(most=5) as room:
        cluster.now += 2
        room.ask(lambda: True)
        assert len(cluster.groups) == 1
    with cluster.room(most=3) as room:
        cluster.now += 2
        room.ask(lambda: True)
        assert cluster.groups == {}


def test_a_demand_that_ray_forgot_is_no_error_at_the_end(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(group: int) -> None:
        raise ConnectionError

    with Demand(QUARTER) as demand:
        demand.keep(2)
        monkeypatch.setattr(demands, "remove_placement_group", gone)


def test_from_zero_an_autoscaler_is_asked_and_waited_for(cluster: FakeCluster) -> None:
    cluster.types = WITH
    cluster.nodes = [{"CPU": 8}]
    cluster.joins = iter([[{"CPU": 8}], [{"CPU": 8}, {"CPU": 4, "GPU": 1}]])
    await_room(QUARTER, joined=True, wait=False, say=cluster.lines.append)
    assert cluster.lines == [
        "waiting for a worker with 1 CPUs and 0.25 GPUs, for which the autoscaler is asked "
        "(`ray status` shows its answer)",
        "a worker has joined",
    ]
    assert cluster.groups == {}


def test_an_autoscaler_that_starts_beside_the_sweep_is_seen(cluster: FakeCluster) -> None:
    cluster.types = None

    def join() -> Iterator[list[dict[str, float]]]:
        for _ in range(20):
            yield []
        cluster.types = WITH
        while True:
            yield [{"CPU": 4, "GPU": 1}]

    cluster.joins = join()
    await_room(QUARTER, joined=True, wait=False, say=cluster.lines.append)
    assert cluster.now < 10


@pytest.mark.parametrize(("joined", "types", "least", "most"), [
    (False, None, 0, 0), (True, WITHOUT, 0, 0), (True, None, 10, 10.5),
])  # fmt: skip
def test_without_an_autoscaler_a_trial_that_fits_nowhere_is_refused(
    cluster: FakeCluster, joined: bool, types: Any, least: float, most: float
) -> None:
    cluster.types = types
    with pytest.raises(ClusterError, match=r"a trial needs 1 CPUs and 0\.25 GPUs, but no node"):
        await_room(QUARTER, joined=joined, wait=False, say=print)
    assert least <= cluster.now <= most


def test_nodes_that_join_by_themselves_are_waited_for_if_the_user_wants_so(
    cluster: FakeCluster,
) -> None:
    cluster.joins = iter([[], [{"CPU": 4, "GPU": 1}]])
    await_room(QUARTER, joined=True, wait=True, say=cluster.lines.append)
    assert cluster.lines == [
        "waiting for a worker with 1 CPUs and 0.25 GPUs",
        "a worker has joined",
    ]


def test_where_a_trial_fits_nothing_is_printed(cluster: FakeCluster) -> None:
    cluster.nodes = [{"CPU": 4, "GPU": 1}]
    await_room(QUARTER, joined=True, wait=True, say=cluster.lines.append)
    assert cluster.lines == []
