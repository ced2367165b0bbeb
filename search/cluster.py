"""Ray: started quietly on this machine or joined, and how many trials fit on it at once."""

import contextlib
import logging
import math
import os
import socket
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import ray

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the sweep's log takes their place
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # and that of Ray's snapshots
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C is answered by the command
    "TUNE_WARN_THRESHOLD_S": "3600",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_AIR_NEW_OUTPUT": "0",  # its tables come even when told to be silent
}


CONNECT_SECONDS = 5.0


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


@contextlib.contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Ray for the duration: a cluster at `address`, or one started on this machine.

    Ray's token authentication is left as it is: on.

    Raises:
        ClusterError: if no cluster answers at `address`.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore", module="ray")
    if address:
        _check_answers(address)
    try:
        ray.init(
            address=address or "local",
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ClusterError(f"no Ray cluster at {address!r}: {error}") from error
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # what fails is in the sweep's log
    try:
        yield
    finally:
        ray.shutdown()


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
