"""Ray: started quietly on this machine or joined, and how many trials fit on it at once."""

import _thread
import contextlib
import gc
import logging
import math
import os
import signal
import socket
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import ray

CONNECT_SECONDS = 5.0
LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"  # 0: listen to this machine only, on any system
WATCH_SECONDS = 1.0
HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ALARM = signal.SIGTERM  # not SIGINT, which what a script starts in the background ignores
VITAL = ("gcs_server", "raylet")  # processes without which no trial runs


class ClusterError(RuntimeError):
    """A cluster that cannot be reached or cannot hold one trial."""


@dataclass(frozen=True)
class Resources:
    """What one trial needs.

    Attributes:
        cpus: CPU cores; also the threads torch may use.
        gpus: GPUs; a fraction lets trials share one.
    """

    cpus: float
    gpus: float


def _check_answers(address: str) -> None:
    """Ray waits for minutes on an address where nothing listens: knock first."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return  # `auto`: Ray looks for a cluster of this machine itself
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise ClusterError(f"no Ray cluster at {address!r}: {error}") from error


def check_ray() -> None:
    """Make sure that the processes of Ray which this one started are there.

    Raises:
        ClusterError: if one is not; its trials then fail through no fault of theirs.
    """
    node = ray._private.worker._global_node
    dead: list[str] = [name for name, _ in node.dead_processes() if name in VITAL] if node else []
    if dead:
        raise ClusterError(
            f"Ray ended: its {dead[0]} was killed or crashed. Nothing in the log is lost"
        )


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Interrupt what is done meanwhile if Ray ends: Ray Tune itself would wait for ever.

    Raises:
        ClusterError: if Ray ended.
    """
    over, rang = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            try:
                check_ray()
            except ClusterError:
                rang.set()
                _thread.interrupt_main(ALARM)
                return

    watcher = threading.Thread(target=watch, name="ray-watch", daemon=True)
    with _alarmed():
        watcher.start()
        try:
            yield
        except BaseException:
            _stop(watcher, over, rang)
            try:
                check_ray()
            except ClusterError:
                # What Ray Tune leaves behind asks Ray when it is collected, and would wait for it.
                gc.disable()
                raise
            raise
        _stop(watcher, over, rang)


@contextlib.contextmanager
def _alarmed() -> Iterator[None]:
    """The alarm raises a KeyboardInterrupt."""
    before = signal.signal(ALARM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(ALARM, before)


def _stop(watcher: threading.Thread, over: threading.Event, rang: threading.Event) -> None:
    """End the watch; an interrupt of its own that comes only now is no longer needed."""
    over.set()
    try:
        watcher.join()
    except KeyboardInterrupt:
        if not rang.is_set():
            raise


@contextlib.contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Ray for the duration: a cluster at `address`, or one started on this machine.

    One that is started answers this machine only; Ray's token authentication is left as it is: on.

    Raises:
        ClusterError: if no cluster answers at `address`.
    """
    warnings.filterwarnings("ignore", module="ray")
    if address:
        _check_answers(address)
    os.environ[LOOPBACK] = "1" if address else "0"  # for Ray's processes; this one has read it
    ray._private.ray_constants.ENABLE_RAY_CLUSTER = bool(address)
    try:
        with _signals_later():
            _start(address)
        yield
    finally:
        ray.shutdown()
        gc.enable()


def _start(address: str | None) -> None:
    try:
        ray.init(
            address=address or "local",
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except Exception as error:  # it raises nothing more special if a process of its own is killed
        what = f"no Ray cluster at {address!r}" if address else "Ray did not start"
        raise ClusterError(f"{what}: {error}") from error
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # what fails is in the sweep's log


@contextlib.contextmanager
def _signals_later() -> Iterator[None]:
    """Hear of signals only when what is done meanwhile is done.

    Ray crashes if it is interrupted as it starts; and it puts a handler of its own in place.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in HEARD}
    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])


def gpus() -> float:
    """GPUs of the cluster."""
    return float(ray.cluster_resources().get("GPU", 0))


def slots(need: Resources) -> int:
    """How many trials run at once, summed over nodes; a fraction of a GPU fits within one GPU.

    Raises:
        ClusterError: if not even one does.
    """
    total = 0
    for node in ray.nodes():
        if not node["Alive"]:
            continue
        has = node["Resources"]
        fits = [math.floor(has.get("CPU", 0) / need.cpus + 1e-9)]
        if need.gpus >= 1:
            fits.append(math.floor(has.get("GPU", 0) / need.gpus))
        elif need.gpus > 0:
            fits.append(int(has.get("GPU", 0)) * math.floor(1 / need.gpus + 1e-9))
        total += min(fits)
    if total < 1:
        cpus = ray.cluster_resources().get("CPU", 0)
        raise ClusterError(
            f"a trial needs {need.cpus:g} CPUs and {need.gpus:g} GPUs, but no node of the cluster "
            f"has as many: {cpus:g} CPUs and {gpus():g} GPUs in all"
        )
    return total
