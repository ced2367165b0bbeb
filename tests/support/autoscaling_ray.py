"""Ray whose autoscaler starts nodes on this machine, in a separate process.

Ray's AutoscalingCluster would stop every Ray of this machine, and reads a file that its wheel
lacks.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ray.util import get_node_ip_address

from tests.support.processes import processes

HEAD = "f" * 51 + "00000"
FAKE = "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider"
LISTS = (
    "initialization_commands", "setup_commands", "head_setup_commands", "worker_setup_commands",
    "head_start_ray_commands", "worker_start_ray_commands", "cluster_synced_files",
    "rsync_exclude", "rsync_filter",
)  # fmt: skip
SMALL = 100_000_000  # bytes of an object store


def _free_port() -> int:
    with socket.create_server(("", 0)) as server:
        return int(server.getsockname()[1])


def _config(address: str, worker: Mapping[str, float], most: int) -> dict[str, Any]:
    kinds = {
        "ray.head.default": {"resources": {"CPU": 1}, "node_config": {}, "max_workers": 0},
        "gpu_worker": {
            "resources": {**worker, "object_store_memory": SMALL},
            "node_config": {}, "min_workers": 0, "max_workers": most,
        },
    }  # fmt: skip
    provider = {
        "type": "external", "module": FAKE, "use_node_id_as_ip": True, "head_node_id": HEAD,
        "gcs_address": address, "launch_multiple": True,
        "disable_node_updaters": True, "disable_launch_config_check": True,
    }  # fmt: skip
    return {
        "cluster_name": "fake", "max_workers": most, "upscaling_speed": 1.0,
        "idle_timeout_minutes": 0.1, "provider": provider, "available_node_types": kinds,
        "head_node_type": "ray.head.default", "file_mounts_sync_continuously": False,
        "auth": {}, "docker": {}, "file_mounts": {}, **{name: [] for name in LISTS},
    }  # fmt: skip


@contextlib.contextmanager
def autoscaling_ray(worker: Mapping[str, float], most: int) -> Iterator[str]:
    """Start a head with one CPU and no worker.

    Args:
        worker: resources of each worker that the autoscaler may start.
        most: most workers.

    Yields:
        Address of the cluster.
    """
    port = _free_port()
    address = f"{get_node_ip_address()}:{port}"
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="ray-") as folder:
        config = Path(folder) / "cluster.json"
        config.write_text(json.dumps(_config(address, worker, most)))
        head = subprocess.Popen(
            [str(Path(sys.executable).parent / "ray"), "start", "--head", "--block",
             f"--port={port}", "--num-cpus=1", "--num-gpus=0", "--include-dashboard=false",
             f"--object-store-memory={SMALL}", f"--temp-dir={folder}/ray",
             f"--autoscaling-config={config}", "--disable-usage-stats"],
            env={**os.environ, "RAY_AUTH_MODE": "token", "AUTOSCALER_UPDATE_INTERVAL_S": "1",
                 "RAY_FAKE_CLUSTER": "1", "RAY_OVERRIDE_NODE_ID_FOR_TESTING": HEAD},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _await(address)
            yield address
        finally:
            family = processes(head.pid)
            for pid in reversed(family):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            head.wait()
            time.sleep(1)  # until those that were killed leave the folder


def _await(address: str) -> None:
    host, _, port = address.partition(":")
    for _ in range(120):
        with contextlib.suppress(OSError):
            socket.create_connection((host, int(port))).close()
            return
        time.sleep(0.5)
    raise TimeoutError(address)
