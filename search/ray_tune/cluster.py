"""Ray cluster: connection to one, and the number of trials that fit on it."""

import contextlib
import gc
import logging
import math
import os
import socket
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

from search.ray_tune.cluster_error import ClusterError
from search.ray_tune.cluster_privacy import keep_token_private, kept_log, private_folder
from search.terminal.signals import held_signals

CONNECT_SECONDS = 5.0
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


def _check_answers(address: str) -> None:
    """Check that something listens at an address, since Ray itself would wait for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return  # `auto`: Ray itself looks for a cluster of this machine
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise ClusterError(f"no Ray cluster at {address!r}: {error}") from error


@contextlib.contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Connect to Ray inside the context: to a cluster, or to one started on this machine.

    A cluster that is started answers this machine only. Ray's token authentication stays on, and
    no other user can read the token or enter Ray's temporary folder.

    Args:
        address: address of a cluster; None to start one.

    Raises:
        ClusterError: no cluster answers at `address`, or Ray did not start.
    """
    warnings.filterwarnings("ignore", module="ray")
    if address:
        _check_answers(address)
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


def gpus() -> float:
    """Return the number of GPUs of the cluster."""
    return float(ray.cluster_resources().get("GPU", 0))


def slots(need: Resources) -> int:
    """Return the number of trials that can run at once, summed over nodes.

    A fraction of a GPU must fit within one GPU.

    Args:
        need: resources of each trial.

    Raises:
        ClusterError: not even one trial can run.
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
