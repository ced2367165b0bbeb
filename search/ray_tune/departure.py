"""Departures of nodes: told apart from failures of trials."""

import contextlib
import re
import socket

import ray
from ray._private.state import actors

NODE_DIED = "node has died"
UNAVAILABLE = r"The actor ([0-9a-f]+) is unavailable"
KNOCK_SECONDS = 2.0


def node_left(traceback: str) -> bool:
    """Return whether a trial ended because the node that it ran on left the cluster.

    Ray declares a node dead that was silent for some 15 s. Until then it calls the trial's process
    unavailable, and the node answers no more.

    Args:
        traceback: error of Ray's that ended the trial.
    """
    if NODE_DIED in traceback:
        return True
    unavailable = re.search(UNAVAILABLE, traceback)
    return unavailable is not None and not _node_answers(unavailable[1])


def _node_answers(actor: str) -> bool:
    """Return whether the node of an actor is in the cluster and answers."""
    at = actors(actor).get("Address", {}).get("NodeID")
    node = next((node for node in ray.nodes() if node["NodeID"] == at and node["Alive"]), None)
    if node is None:
        return False
    address = node["NodeManagerAddress"], node["NodeManagerPort"]
    with contextlib.suppress(OSError):
        socket.create_connection(address, timeout=KNOCK_SECONDS).close()
        return True
    return False
