"""Room for trials on a cluster that grows and shrinks."""

import json
import math
import time
from collections.abc import Callable, Mapping
from types import TracebackType

import ray
from ray._private.ray_constants import DEBUG_AUTOSCALING_STATUS
from ray.autoscaler._private.util import format_readonly_node_type
from ray.autoscaler.v2.utils import is_autoscaler_v2
from ray.experimental.internal_kv import _internal_kv_get

from search.ray_tune.cluster import Resources
from search.ray_tune.cluster_error import ClusterError
from search.ray_tune.demand import Demand

LOOK_SECONDS = 2.0  # between looks at the cluster's nodes
STATUS_SECONDS = 10.0  # after its start in which an autoscaler has reported
MOST_ASKED = 8  # trials' resources for which an autoscaler is asked at once


def gpus() -> float:
    """Return the number of GPUs of the cluster."""
    return float(ray.cluster_resources().get("GPU", 0))


def trials_on(node: Mapping[str, float], need: Resources) -> int:
    """Return the number of trials that can run at once on a node.

    A fraction of a GPU must fit within one GPU.

    Args:
        node: resources of the node, by Ray's names.
        need: resources of each trial.
    """
    fits = [math.floor(node.get("CPU", 0) / need.cpus + 1e-9)]
    if need.gpus >= 1:
        fits.append(math.floor(node.get("GPU", 0) / need.gpus))
    elif need.gpus > 0:
        fits.append(int(node.get("GPU", 0)) * math.floor(1 / need.gpus + 1e-9))
    return min(fits)


def slots(need: Resources) -> int:
    """Return the number of trials that can run at once on the nodes that are up.

    Args:
        need: resources of each trial.
    """
    return sum(trials_on(node["Resources"], need) for node in ray.nodes() if node["Alive"])


def autoscales() -> bool:
    """Return whether an autoscaler starts nodes of the cluster as they are asked for.

    Ray has no public name for this. Every head runs Ray's monitor, which names the types of the
    nodes; without an autoscaler it makes up a type for each node.
    """
    if is_autoscaler_v2(fetch_from_server=True):
        return True
    status = json.loads(_internal_kv_get(DEBUG_AUTOSCALING_STATUS) or "{}")
    nodes = status.get("autoscaler_report", {}).get("active_nodes", {})
    return any(not name.startswith(format_readonly_node_type("")) for name in nodes)


def _autoscales_soon() -> bool:
    """Return whether an autoscaler starts nodes, also if the cluster itself has just started."""
    end = time.monotonic() + STATUS_SECONDS
    while not (scales := autoscales()) and time.monotonic() < end:
        if _internal_kv_get(DEBUG_AUTOSCALING_STATUS):
            break
        time.sleep(0.2)
    return scales


def await_room(need: Resources, joined: bool, wait: bool, say: Callable[[str], None]) -> None:
    """Wait until one trial fits on the cluster.

    Args:
        need: resources of each trial.
        joined: whether the cluster was there before, so that it may have an autoscaler.
        wait: whether to wait for a node that joins by itself; an autoscaler's is waited for anyway.
        say: function that prints a line.

    Raises:
        ClusterError: not even one trial can run, and no node is to be waited for.
    """
    if slots(need):
        return
    text = f"{need.cpus:g} CPUs and {need.gpus:g} GPUs"
    scales = joined and _autoscales_soon()
    if not scales and not wait:
        cpus = ray.cluster_resources().get("CPU", 0)
        raise ClusterError(
            f"a trial needs {text}, but no node of the cluster "
            f"has as many: {cpus:g} CPUs and {gpus():g} GPUs in all"
        )
    asked = ", for which the autoscaler is asked (`ray status` shows its answer)" if scales else ""
    say(f"waiting for a worker with {text}{asked}")
    with Demand(need) as demand:
        demand.keep(1)
        while not slots(need):
            time.sleep(LOOK_SECONDS)
    say("a worker has joined")


class Room:
    """Room for trials on the nodes that are up, which may change at any moment.

    Use the room as a context manager: at its end nothing more is asked of an autoscaler.
    """

    def __init__(self, need: Resources, most: int | None, say: Callable[[str], None]) -> None:
        """Look at the cluster.

        Args:
            need: resources of each trial.
            most: most trials at once; None for as many as fit.
            say: function that prints a line.
        """
        self._need, self._most, self._say = need, most, say
        self._demand = Demand(need)
        self._scales = autoscales()
        self._slots, self._seen = slots(need), time.monotonic()
        self._asked = self._seen

    def __enter__(self) -> "Room":
        """Return the room."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ask for nothing more."""
        self._demand.clear()

    def trials(self) -> int:
        """Return the number of trials that may run at once now."""
        if time.monotonic() - self._seen >= LOOK_SECONDS:
            before, self._slots = self._slots, slots(self._need)
            self._seen = time.monotonic()
            if self._slots != before:
                self._report(before)
        return min(self._slots, self._most) if self._most else self._slots

    def _report(self, before: int) -> None:
        change = f"the cluster has room for {self._slots} trials at once, before for {before}"
        wait = f": waiting for a worker with {self._need.cpus:g} CPUs and {self._need.gpus:g} GPUs"
        self._say(change + ("" if self._slots else wait))

    def ask(self, wanted: Callable[[], bool]) -> None:
        """Ask an autoscaler, if there is one, for about as much room again.

        Args:
            wanted: function that returns whether a further trial would run if there were room.
        """
        if self._scales and time.monotonic() - self._asked >= LOOK_SECONDS:
            further = min(max(self._slots, 1), MOST_ASKED)
            if self._most:
                further = min(further, self._most - self._slots)
            self._demand.keep(further if further > 0 and wanted() else 0)
            self._asked = time.monotonic()
