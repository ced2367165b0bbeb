"""Watch over the processes of Ray while trials run."""

import _thread
import contextlib
import gc
import signal
import threading
from collections.abc import Iterator

import ray

from search.ray_tune.cluster_error import ClusterError

WATCH_SECONDS = 1.0
ALARM = signal.SIGTERM  # not SIGINT, which commands ignore that a script starts in the background
VITAL = ("gcs_server", "raylet")  # processes without which no trial runs


def check_ray() -> None:
    """Check that the vital processes of Ray which this process started still run.

    Raises:
        ClusterError: one of them ended; trials then fail through no fault of theirs.
    """
    node = ray._private.worker._global_node
    dead: list[str] = [name for name, _ in node.dead_processes() if name in VITAL] if node else []
    if dead:
        raise ClusterError(
            f"Ray ended: its {dead[0]} was killed or crashed. Nothing in the log is lost"
        )


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Interrupt the work inside the context if Ray ends, where Ray Tune would wait for ever.

    Raises:
        ClusterError: Ray ended.
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
                # Objects that Ray Tune leaves behind call Ray when collected, and would wait.
                gc.disable()
                raise
            raise
        _stop(watcher, over, rang)


@contextlib.contextmanager
def _alarmed() -> Iterator[None]:
    """Let the alarm raise a KeyboardInterrupt inside the context."""
    before = signal.signal(ALARM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(ALARM, before)


def _stop(watcher: threading.Thread, over: threading.Event, rang: threading.Event) -> None:
    """End the watch, and ignore an interrupt by the watch that comes only now."""
    over.set()
    try:
        watcher.join()
    except KeyboardInterrupt:
        if not rang.is_set():
            raise
