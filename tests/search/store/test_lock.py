import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pyarrow import fs

from search.store import lock
from search.store.local_storage import LocalStorage
from search.store.lock import locked
from search.store.remote_storage import RemoteStorage
from search.store.storage import StorageError
from tests.support.mlflow_store import wait_until

HOLD = """
import sys, time
from pathlib import Path
from search.store.lock import locked
from search.store.local_storage import LocalStorage
with locked(LocalStorage(Path(sys.argv[1])), "sweep", wait=len(sys.argv) > 2):
    print("held", flush=True)
    time.sleep(60)
"""
LEASE = "running.json"


def hold(folder: Path, *wait: str) -> subprocess.Popen[str]:
    """A process that holds a sweep's folder, or waits for it."""
    command = [sys.executable, "-c", HOLD, str(folder), *wait]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def message(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_a_second_process_is_refused_with_the_first_ones_name_until_that_is_killed(
    tmp_path: Path,
) -> None:
    first = hold(tmp_path)
    assert message(first) == "held"
    holder = re.escape(f"process {first.pid} on {socket.gethostname()}")
    for _ in range(2):  # a refusal leaves the holder's name as it is
        with (
            pytest.raises(StorageError, match=f"^sweep 'sweep' is running: {holder} holds it; "),
            locked(LocalStorage(tmp_path), "sweep"),
        ):
            pass
    second = hold(tmp_path, "wait")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert message(second) == "held"
    second.kill()
    second.wait()
    with locked(LocalStorage(tmp_path), "sweep"):
        assert str(os.getpid()) in (tmp_path / ".lock").read_text()


def test_a_lock_is_let_go_at_the_end_also_by_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt, match="stop"), locked(LocalStorage(tmp_path), "x"):
            raise KeyboardInterrupt("stop")


@pytest.mark.parametrize(("wait", "begun", "kept"), [(0, 0, 0), (1, 0, 1), (0, 1, 1)])
def test_a_folder_in_which_nothing_was_begun_is_removed(
    tmp_path: Path, wait: int, begun: int, kept: int
) -> None:
    """Unless others may wait for it."""
    folder = LocalStorage(tmp_path / "sweep")
    with locked(folder, "sweep", wait=bool(wait)):
        if begun:
            folder.write("sweep.json", b"{}")
    assert folder.path.exists() == bool(kept)


def test_a_folder_that_cannot_be_made_is_reported_by_the_locks_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(StorageError, match=r"^cannot write .*/file/sweep/\.lock: Not a directory$"),
        locked(LocalStorage(tmp_path / "file" / "sweep"), "sweep"),
    ):
        pass


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RemoteStorage:
    """As an object store, which puts files whole, without its minutes."""
    write = RemoteStorage.write

    def put(storage: RemoteStorage, name: str, content: bytes) -> None:
        part = f"{name}.{threading.get_ident()}"
        write(storage, part, content)
        os.replace(f"{storage.path}/{part}", f"{storage.path}/{name}")

    monkeypatch.setattr(RemoteStorage, "write", put)
    monkeypatch.setattr(lock, "SETTLE_SECONDS", 0.02)
    monkeypatch.setattr(lock, "POLL_SECONDS", 0.02)
    return RemoteStorage("mock://results/sweep", fs.LocalFileSystem(), str(tmp_path / "bucket"))


def lease_of(bucket: RemoteStorage) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(bucket.read(LEASE) or b"{}")
    return result


def lend(bucket: RemoteStorage, age: float = 0.0) -> None:
    """The lease of another process, renewed so many seconds ago."""
    lease = {"token": "theirs", "holder": "process 7 on afar", "time": time.time() - age}
    bucket.write(LEASE, json.dumps(lease).encode())


@pytest.mark.parametrize("age", [0, 80])
def test_a_lease_that_is_not_over_is_refused_with_its_holders_name(
    age: float, bucket: RemoteStorage
) -> None:
    lend(bucket, age)
    before = bucket.read(LEASE)
    with (
        pytest.raises(StorageError, match="'sweep' is running: process 7 on afar holds it"),
        locked(bucket, "sweep"),
    ):
        pass
    assert bucket.read(LEASE) == before


@pytest.mark.parametrize("left", [True, False], ids=["left by a dead process", "none"])
def test_a_lease_is_taken_names_its_holder_and_is_released_at_the_end(
    left: bool, bucket: RemoteStorage
) -> None:
    if left:
        lend(bucket, age=100)

    def run() -> None:
        with locked(bucket, "sweep"):
            lease = lease_of(bucket)
            assert lease["holder"] == f"process {os.getpid()} on {socket.gethostname()}"
            assert abs(lease["time"] - time.time()) < 30
            with (
                pytest.raises(StorageError, match=f"is running: process {os.getpid()} on"),
                locked(bucket, "sweep"),
            ):
                pass
            assert lease_of(bucket) == lease
            raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt, match="stop"):
        run()
    assert bucket.names("") == []


def test_who_waits_gets_the_lease_when_it_is_released(bucket: RemoteStorage) -> None:
    lend(bucket)
    released = []

    def release() -> None:
        released.append(time.monotonic())
        bucket.delete(LEASE)

    timer = threading.Timer(0.3, release)
    timer.start()
    with locked(bucket, "sweep", wait=True):
        assert released
        assert lease_of(bucket)["holder"] != "process 7 on afar"
    timer.join()


def test_of_two_that_ask_at_once_one_gets_the_lease(
    bucket: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "SETTLE_SECONDS", 0.5)
    begin, over = threading.Barrier(2), threading.Event()
    inside, refused = [], []

    def ask(name: str) -> None:
        begin.wait()
        try:
            with locked(bucket, "sweep"):
                inside.append(name)
                over.wait(5)
        except StorageError:
            refused.append(name)
            over.set()

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(inside), len(refused)) == (1, 1)


def test_who_is_overwritten_while_asking_is_refused_and_leaves_the_lease_to_the_other(
    bucket: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = RemoteStorage.write
    theirs = {"token": "theirs", "holder": "process 7 on afar", "time": time.time()}

    def overwritten(storage: RemoteStorage, name: str, content: bytes) -> None:
        write(storage, name, content)
        write(storage, name, json.dumps(theirs).encode())  # the other found no lease either

    monkeypatch.setattr(RemoteStorage, "write", overwritten)
    with (
        pytest.raises(StorageError, match="'sweep' is running: process 7 on afar holds it"),
        locked(bucket, "sweep"),
    ):
        pass
    assert lease_of(bucket) == theirs


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        b"\xff\xfe",
        b"7",
        b'{"token": "x"}',
        b'{"token": "x", "holder": "process 7", "time": "noon"}',
    ],
)
def test_a_broken_lease_is_named(bucket: RemoteStorage, content: bytes) -> None:
    bucket.write(LEASE, content)
    with (
        pytest.raises(StorageError, match=r"mock://results/sweep/running\.json"),
        locked(bucket, "sweep"),
    ):
        pass
    assert bucket.read(LEASE) == content


def test_a_lease_is_renewed_while_it_is_held_also_after_a_failure(
    bucket: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.02)
    write = RemoteStorage.write
    renewed: list[float] = []
    failures = [StorageError("the network is gone")]

    def fail_once(storage: RemoteStorage, name: str, content: bytes) -> None:
        if renewed and failures:
            raise failures.pop()
        write(storage, name, content)
        renewed.append(json.loads(content)["time"])

    monkeypatch.setattr(RemoteStorage, "write", fail_once)
    with locked(bucket, "sweep"):
        wait_until(lambda: len(renewed) > 3)
    assert not failures
    assert renewed == sorted(set(renewed))
    after = len(renewed)
    time.sleep(0.1)
    assert len(renewed) == after
    assert bucket.names("") == []


def test_a_lease_that_another_process_took_over_is_neither_renewed_nor_released(
    bucket: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after a laptop slept: the lease was over, and another process went on with the sweep.
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.05)
    with locked(bucket, "sweep"):
        lend(bucket)
        time.sleep(0.3)
        assert lease_of(bucket)["token"] == "theirs"
    assert lease_of(bucket)["token"] == "theirs"


@pytest.mark.parametrize("kind", ["link within", "link outside", "hard link", "pipe", "folder"])
def test_a_lock_that_is_no_file_of_its_own_is_refused_and_what_it_leads_to_stays(
    tmp_path: Path, kind: str
) -> None:
    folder, outside = tmp_path / "sweep", tmp_path / "outside"
    folder.mkdir()
    log, name = folder / "trials.jsonl", folder / ".lock"
    log.write_text("log")
    outside.write_text("mine")
    if kind == "pipe":
        os.mkfifo(name)
    elif kind == "folder":
        name.mkdir()
    elif kind == "hard link":
        name.hardlink_to(outside)
    else:
        name.symlink_to(log if kind == "link within" else outside)
    with pytest.raises(StorageError, match=r"\.lock"), locked(LocalStorage(folder), "sweep"):
        pass
    assert (log.read_text(), outside.read_text()) == ("log", "mine")
