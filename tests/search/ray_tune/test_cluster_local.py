"""Ray on this machine: whom it answers, and what its death does to a sweep."""

import contextlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import ray

from search.ray_tune.cluster import Resources, connected
from search.ray_tune.execution import execute
from search.ray_tune.watch import check_ray
from search.store.local_storage import LocalStorage
from search.store.log import Log
from tests.support import ROOT
from tests.support.processes import family
from tests.support.toy_sweep import toy_data, toy_sweep

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]
ONE = Resources(cpus=1, gpus=0)
LISTENING = "0A"
RAY_DEATH = ROOT / "tests" / "support" / "ray_death.py"


def sockets_of(pids: list[int]) -> set[str]:
    """Inodes of the sockets that these processes have open."""
    result = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # it has just ended
            for number in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):  # closed since, as what lists the folder is
                    link = os.readlink(f"/proc/{pid}/fd/{number}")
                    result.add(link.removeprefix("socket:[").removesuffix("]"))
    return result


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as the kernel writes it: hexadecimal, each 32 bits in this machine's order."""
    words = [bytes.fromhex(text[index : index + 8]) for index in range(0, len(text), 8)]
    flip = -1 if sys.byteorder == "little" else 1
    result = ipaddress.ip_address(b"".join(word[::flip] for word in words))
    return getattr(result, "ipv4_mapped", None) or result


def listening() -> dict[str, bool]:
    """Places where our processes listen, and whether only this machine reaches them."""
    ours, result = sockets_of(list(family())), {}
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net", table)
        rows = path.read_text().splitlines()[1:] if path.exists() else []
        for _, local, _, state, *rest in map(str.split, rows):
            if state == LISTENING and rest[5] in ours:
                host, _, port = local.partition(":")
                result[f"{address(host)} port {int(port, 16)}"] = address(host).is_loopback
    return result


def open_to_others() -> set[str]:
    return {index for index, only_here in listening().items() if not only_here}


@ray.remote(num_cpus=0)
class Worker:
    def pid(self) -> int:
        return os.getpid()


def test_a_local_ray_answers_this_machine_only_and_leaves_the_signals_alone() -> None:
    def handler(signum: int, frame: object) -> None:
        raise AssertionError

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with connected(None):
            assert signal.getsignal(signal.SIGTERM) is handler
            worker = Worker.remote()  # type: ignore[attr-defined]
            assert ray.get(worker.pid.remote()) in family()
            check_ray()
            assert open_to_others() == set()
            assert len(listening()) >= 3  # the GCS, the raylet, the worker
            # Were there any such socket, it would have been found.
            with socket.create_server(("0.0.0.0", 0)) as ours:
                assert open_to_others() == {f"0.0.0.0 port {ours.getsockname()[1]}"}
            if socket.has_dualstack_ipv6():
                with socket.create_server(("::", 0), family=socket.AF_INET6) as ours:
                    assert open_to_others() == {f":: port {ours.getsockname()[1]}"}
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_without_ray_there_is_none_that_could_have_ended() -> None:
    assert not ray.is_initialized()
    check_ray()


@pytest.mark.slow  # half a minute each: a process and two Rays; the watch: test_cluster_watch.py
@pytest.mark.parametrize("vital", ["raylet/raylet", "gcs_server"])
def test_rays_death_is_no_trials_fault_and_the_sweep_goes_on_with_another_ray(
    vital: str, tmp_path: Path
) -> None:
    folder = LocalStorage(tmp_path / "toy")
    killed = subprocess.run(
        [sys.executable, str(RAY_DEATH), str(folder.path), vital], capture_output=True, text=True
    )
    assert killed.returncode == 0, killed.stderr
    before = Log(folder).trials[0]
    assert (before.state, before.reason, before.notes, before.stuck) == ("running", "", [], 0)
    assert 3 <= len(before.epochs) < 40

    with connected(None):
        again = toy_sweep(folder.path, trials=1, epochs=40)
        execute(again, toy_data(), ONE, 1, lambda changed: None)
    assert again.done
    (after,) = Log(folder).trials.values()
    assert (after.state, after.notes) == ("complete", [])
    assert [record.epoch for record in after.epochs] == list(range(1, 41))
    assert after.epochs[: len(before.epochs)] == before.epochs
    assert "ray-watch" not in [thread.name for thread in threading.enumerate()]
