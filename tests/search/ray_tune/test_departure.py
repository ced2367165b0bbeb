"""Nodes that leave, told apart from processes that are killed, by what Ray 2.60 raises."""

import socket

import pytest

from search.ray_tune import departure
from search.ray_tune.departure import node_left

TERMINATED = (
    "The actor died unexpectedly before finishing this task.\n\tclass_name: A\nThe actor died "
    "because its node has died. Node Id: e8b95d8b\n\tthe actor's node was terminated expectedly"
)
KILLED = (
    "The actor died unexpectedly before finishing this task.\nThe actor is dead because its worker "
    "process has died. Worker exit type: SYSTEM_ERROR"
)
SILENT = (
    "ray.exceptions.ActorUnavailableError: The actor 0de0e45e is unavailable: The actor is "
    "temporarily unavailable: RpcError: RPC error: Socket closed rpc_code: 14. The task may or may "
    "not have been executed on the actor."
)


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A node that answers; a test changes it."""
    node: dict[str, object] = {"NodeID": "bc03", "Alive": True, "NodeManagerAddress": "127.0.0.1"}
    places = {"0de0e45e": {"Address": {"NodeID": "bc03"}}}
    monkeypatch.setattr(departure, "actors", places.__getitem__)
    monkeypatch.setattr(departure.ray, "nodes", lambda: [{"NodeID": "7f19"}, node])
    return node


def test_ray_states_that_a_node_ended() -> None:
    assert node_left(TERMINATED)


def test_a_killed_process_and_an_error_of_the_trial_are_no_departure() -> None:
    assert not node_left(KILLED)
    assert not node_left("ValueError: no lanes")
    assert not node_left("")


def test_a_silent_process_on_a_node_that_answers_is_no_departure(node: dict[str, object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as raylet:
        node["NodeManagerPort"] = raylet.getsockname()[1]
        assert not node_left(SILENT)
    assert node_left(SILENT)  # before Ray declares the node dead


def test_a_silent_process_on_a_node_that_ray_declared_dead_is_one(node: dict[str, object]) -> None:
    node["Alive"] = False
    assert node_left(SILENT)
