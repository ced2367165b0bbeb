"""The watch over Ray, without Ray."""

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from search.ray_tune import watch
from search.ray_tune.cluster_error import ClusterError
from search.ray_tune.watch import watched

SECONDS = 20.0  # at most, for what comes at once


class Ray:
    """As `check_ray` sees it."""

    def __init__(self) -> None:
        self.ended, self.checks = False, 0

    def check(self) -> None:
        self.checks += 1
        if self.ended:
            raise ClusterError("Ray ended: its raylet was killed")


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Ray:
    fake = Ray()
    monkeypatch.setattr(watch, "check_ray", fake.check)
    monkeypatch.setattr(watch, "WATCH_SECONDS", 0.01)
    return fake


@pytest.fixture
def interrupts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the watch interrupts; here it takes until the main thread has stopped the watch."""
    result: list[float] = []
    interrupt = _thread.interrupt_main

    def late(number: int) -> None:
        result.append(time.monotonic())
        time.sleep(0.2)
        interrupt(number)

    monkeypatch.setattr(watch._thread, "interrupt_main", late)
    return result


@pytest.fixture(autouse=True, params=[signal.default_int_handler, signal.SIG_IGN])
def started(request: pytest.FixtureRequest) -> Iterator[None]:
    """From a terminal, or by a script in the background, where SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, request.param)
    alarm = signal.getsignal(watch.ALARM)
    yield
    assert signal.getsignal(watch.ALARM) is alarm
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def no_watch_is_left() -> Iterator[None]:
    yield
    assert "ray-watch" not in [thread.name for thread in threading.enumerate()]


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_while_ray_lives_nothing_is_interrupted(ray: Ray) -> None:
    with watched():
        until(lambda: ray.checks >= 3)


def test_what_waits_for_a_ray_that_ended_is_interrupted_by_an_error_that_says_so(ray: Ray) -> None:
    def wait() -> None:
        with watched():
            ray.ended = True
            until(lambda: False)  # as Ray Tune does: a moment at a time

    began = time.monotonic()
    with pytest.raises(ClusterError, match="Ray ended: its raylet was killed"):
        wait()
    assert time.monotonic() - began < SECONDS / 2


def lose_ray(ray: Ray, interrupts: list[float] | None = None) -> None:
    """Raise what Ray does when it ended, once the watch has noticed, too, if `interrupts`."""
    with watched():
        ray.ended = True
        if interrupts is not None:
            until(lambda: interrupts)
        raise ConnectionError("the raylet does not answer")


def test_an_error_because_ray_ended_is_reported_as_rays_end(ray: Ray) -> None:
    with pytest.raises(ClusterError, match="Ray ended"):
        lose_ray(ray)


@pytest.mark.parametrize("error", [ValueError("no use"), KeyboardInterrupt("the user's")])
def test_what_is_raised_while_ray_lives_is_raised_as_it_is(ray: Ray, error: BaseException) -> None:
    with pytest.raises(type(error), match=str(error)), watched():
        raise error


def test_an_interrupt_that_comes_when_all_is_done_already_is_no_error(
    ray: Ray, interrupts: list[float]
) -> None:
    with watched():
        ray.ended = True
        until(lambda: interrupts)
    assert interrupts[0] < time.monotonic() - 0.1  # it was waited for


def test_an_interrupt_that_comes_late_does_not_hide_why(ray: Ray, interrupts: list[float]) -> None:
    with pytest.raises(ClusterError, match="Ray ended"):
        lose_ray(ray, interrupts)


def test_an_interruption_while_the_watch_ends_is_handled(
    ray: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    join = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        join(thread, timeout)
        if thread.name == "ray-watch":
            raise KeyboardInterrupt("the user's")

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt, match="the user's"), watched():
        pass
