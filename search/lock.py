"""A sweep belongs to one process at a time."""

import contextlib
import fcntl
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

from search.storage import LocalStorage, Storage, StorageError, naming

LOCK_FILE, LEASE_FILE = ".lock", "running.json"
BEAT_SECONDS = 20.0  # a lease is renewed so often
LEASE_SECONDS = 90.0  # and is over so long after it was renewed last
SETTLE_SECONDS = 2.0  # of two that ask at once, the later one has written by then
POLL_SECONDS = 1.0


@contextlib.contextmanager
def locked(folder: Storage, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a sweep's folder for this process alone.

    A local folder is locked by the system, which lets go when the process ends, however it does.
    Object stores know no locks: there a lease is renewed as long as the process lives.

    Args:
        folder: of the sweep.
        name: of the sweep, for the message.
        wait: until a process that holds it lets go.

    Raises:
        StorageError: if another process holds it and `wait` is not set.
    """
    if isinstance(folder, LocalStorage):
        with _file_lock(folder, name, wait):
            yield
    else:
        with _lease(folder, name, wait):
            yield


def _myself() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


def _held(name: str, holder: str) -> StorageError:
    who = holder or "another process"
    return StorageError(f"sweep {name!r} is running: {who} holds it; it cannot be resumed twice")


@contextlib.contextmanager
def _file_lock(folder: LocalStorage, name: str, wait: bool) -> Iterator[None]:
    with naming("write", folder.where(LOCK_FILE)):
        folder.path.mkdir(parents=True, exist_ok=True)
        file = (folder.path / LOCK_FILE).open("a+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise _held(name, _holder(file)) from error
        file.truncate(0)
        file.write(_myself())
        file.flush()
        yield


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip()


@contextlib.contextmanager
def _lease(folder: Storage, name: str, wait: bool) -> Iterator[None]:
    token = secrets.token_hex(8)

    def renew() -> None:
        lease = {"token": token, "holder": _myself(), "time": time.time()}
        folder.write(LEASE_FILE, json.dumps(lease).encode())

    def other() -> str | None:
        """Who else holds a lease that is not over; None if nobody does."""
        content = folder.read(LEASE_FILE)
        lease: dict[str, Any] = json.loads(content) if content else {"token": token}
        if lease["token"] == token or time.time() - lease["time"] > LEASE_SECONDS:
            return None
        return str(lease["holder"])

    while True:
        holder = other()
        if holder is None:
            renew()
            time.sleep(SETTLE_SECONDS)
            holder = other()
        if holder is None:
            break
        if not wait:
            raise _held(name, holder)
        time.sleep(POLL_SECONDS)
    over = threading.Event()
    beat = threading.Thread(target=_beat, args=(renew, over), name="lease", daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()
        folder.delete(LEASE_FILE)


def _beat(renew: Callable[[], None], over: threading.Event) -> None:
    while not over.wait(BEAT_SECONDS):
        with contextlib.suppress(StorageError):  # the next one may get through
            renew()
