"""Signals that come while Ray starts."""

import os
import signal
from collections.abc import Callable

import pytest

from search.ray_tune import cluster
from search.ray_tune.cluster import connected
from search.ray_tune.cluster_error import ClusterError


def starting(monkeypatch: pytest.MonkeyPatch, start: Callable[[], None]) -> list[str]:
    """What happens around a start of Ray that is not Ray's."""
    seen: list[str] = []

    def init(**options: object) -> None:
        seen.append("starts")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as Ray does, which has a handler of its own
        start()
        seen.append("has started")

    monkeypatch.setattr(cluster.ray, "init", init)
    monkeypatch.setattr(cluster.ray, "shutdown", lambda: seen.append("is shut down"))
    return seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_the_start_of_ray_is_handled_after_it(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    seen = starting(monkeypatch, lambda: os.kill(os.getpid(), number))

    def handle(number: int, frame: object) -> None:
        seen.append("is handled")
        raise KeyboardInterrupt

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGHUP)}
    try:
        with pytest.raises(KeyboardInterrupt, match=r"^$"), connected(None):
            seen.append("goes on")
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert seen == ["starts", "has started", "is handled", "is shut down"]


def test_ray_leaves_no_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = starting(monkeypatch, lambda: None)
    before = signal.getsignal(signal.SIGTERM)
    with connected(None):
        assert signal.getsignal(signal.SIGTERM) == before
    assert seen == ["starts", "has started", "is shut down"]


def test_ray_that_does_not_start_is_an_error_and_handlers_are_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise Exception("no room")

    starting(monkeypatch, fail)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ClusterError, match="Ray did not start: no room"), connected(None):
        pass
    assert signal.getsignal(signal.SIGINT) == before
