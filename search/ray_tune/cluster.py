"""Ray cluster: connection to one, or the start of one on this machine."""

import contextlib
import gc
import logging
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from search.ray_tune.cluster_error import ClusterError
from search.ray_tune.cluster_privacy import keep_token_private, kept_log, private_folder
from search.terminal.signals import held_signals

CONNECT_SECONDS = 5.0
KNOCK_SECONDS = 2.0  # between looks for a cluster that is waited for
LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"  # 0: listen to this machine only, on any system


@dataclass(frozen=True)
class Resources:
    """Resources that one trial needs.

    Attributes:
        cpus: CPU cores; also the threads that torch may use.
        gpus: GPUs; a fraction lets trials share one.
    """

    cpus: float
    gpus: float


def _check_answers(address: str, waiting: Callable[[str], None] | None) -> None:
    """Check that something listens at an address, since Ray itself would wait for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return  # `auto`: Ray itself looks for a cluster of this machine
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
            return
        except OSError as error:
            silence = f"no Ray cluster at {address!r}: {error}"
            if waiting is None:
                raise ClusterError(silence) from error
        waiting(f"{silence}; waiting for it")
        waiting = _silent
        time.sleep(KNOCK_SECONDS)


def _silent(text: str) -> None:
    """Print nothing."""


@contextlib.contextmanager
def connected(address: str | None, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
    """Connect to Ray inside the context: to a cluster, or to one started on this machine.

    A cluster that is started answers this machine only. Ray's token authentication stays on, and
    no other user can read the token or enter Ray's temporary folder.

    Args:
        address: address of a cluster; None to start one.
        waiting: function that prints a line before a cluster is waited for; None to refuse one that
            does not answer.

    Raises:
        ClusterError: no cluster answers at `address`, or Ray did not start.
    """
    warnings.filterwarnings("ignore", module="ray")
    if address:
        _check_answers(address, waiting)
    os.environ[LOOPBACK] = "1" if address else "0"  # for Ray's processes; this process has read it
    ray._private.ray_constants.ENABLE_RAY_CLUSTER = bool(address)
    keep_token_private()
    with private_folder() if not address else contextlib.nullcontext() as folder:
        try:
            with held_signals():  # Ray crashes if interrupted as it starts, and has handlers
                _start(address, folder)
            yield
        finally:
            ray.shutdown()
            gc.enable()


def _start(address: str | None, folder: Path | None) -> None:
    place: dict[str, Any] = {"_temp_dir": str(folder)} if folder else {}
    try:
        ray.init(
            address=address or "local",
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **place,
        )
    except Exception as error:  # Ray raises nothing more special if one of its processes is killed
        what = f"no Ray cluster at {address!r}" if address else "Ray did not start"
        log = kept_log(str(error), folder)
        raise ClusterError(f"{what}: {_sentence(str(error))} (Ray's log: {log})") from error
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # failures are in the sweep's log


def _sentence(text: str) -> str:
    """Return the first sentence of Ray's message, on one line."""
    line = " ".join(next((line for line in text.splitlines() if line.strip()), "").split())
    sentence, stop, _ = line.partition(". ")
    return (sentence + stop).strip().removesuffix(".") or "it states no reason"
