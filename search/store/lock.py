"""Lock of a sweep's folder, which one process at a time may hold."""

import contextlib
import fcntl
import json
import os
import secrets
import socket
import stat
import threading
import time
from collections.abc import Iterator
from typing import IO, Any

from fairser_core.documents import read_json
from search.store.local_storage import LocalStorage
from search.store.storage import Storage, StorageError, naming

LOCK_FILE, LEASE_FILE = ".lock", "running.json"
BEAT_SECONDS = 20.0  # between renewals of a lease
LEASE_SECONDS = 90.0  # from the last renewal of a lease to its end
SETTLE_SECONDS = 2.0  # after which the later of two processes that ask at once has written
POLL_SECONDS = 1.0  # between looks at a lease that another process holds


@contextlib.contextmanager
def locked(folder: Storage, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a sweep's folder for this process alone.

    A local folder is locked by the system, which releases the lock when the process ends, however
    it ends. Object stores have no locks; there a lease is renewed as long as the process lives.

    Args:
        folder: folder of the sweep.
        name: name of the sweep, for the message.
        wait: whether to wait until a process that holds the folder releases it.

    Raises:
        StorageError: another process holds the folder, and `wait` is not set.
    """
    if isinstance(folder, LocalStorage):
        with _file_lock(folder, name, wait):
            folder.remove_unfinished()
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
        folder.check_there()  # if it goes from now on, with the lock, it is not made again
        descriptor = _opened(folder)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise _held(name, _holder(file)) from error
        file.seek(0)
        file.truncate(0)
        file.write(_myself())
        file.flush()
        try:
            yield
        finally:
            if not wait:  # those who wait for a folder find it as it is
                _remove_bare(folder)


def _remove_bare(folder: LocalStorage) -> None:
    """Remove a folder in which nothing was begun: it holds the lock alone."""
    with contextlib.suppress(OSError):
        if os.listdir(folder.path) == [LOCK_FILE]:
            (folder.path / LOCK_FILE).unlink()
            folder.path.rmdir()


def _opened(folder: LocalStorage) -> int:
    """Return a descriptor of the lock's file, which is emptied and so has to be nothing else.

    Raises:
        StorageError: the file is a link to another, or no regular file.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(folder.inside(LOCK_FILE), flags, 0o666)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_nlink <= 1:
        return descriptor
    os.close(descriptor)
    raise StorageError(
        f"{folder.where(LOCK_FILE)} must be a file of its own, and is a link to another or no "
        "regular file: remove it if nobody runs the sweep"
    )


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip()


@contextlib.contextmanager
def _lease(folder: Storage, name: str, wait: bool) -> Iterator[None]:
    lease = _Lease(folder)
    try:
        while holder := lease.take():
            if not wait:
                raise _held(name, holder)
            time.sleep(POLL_SECONDS)
        over = threading.Event()
        beat = threading.Thread(target=lease.keep, args=(over,), name="lease", daemon=True)
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()
    finally:
        with contextlib.suppress(StorageError):  # the lease ends by itself after a while
            lease.release()


class _Lease:
    """File that names the process that runs the sweep, and the time of the last renewal."""

    def __init__(self, folder: Storage) -> None:
        self._folder, self._token = folder, secrets.token_hex(8)

    def _read(self) -> dict[str, Any]:
        """Return the lease in the folder; empty without one.

        Raises:
            StorageError: the file is no lease.
        """
        content, source = self._folder.read(LEASE_FILE), self._folder.where(LEASE_FILE)
        if not content:  # no file, or one that is being written where files are not put whole
            return {}
        try:
            lease: dict[str, Any] = read_json(content)
            return {**lease, "holder": str(lease["holder"]), "time": float(lease["time"])}
        except (ValueError, TypeError, KeyError) as error:
            rule = "delete it if nobody runs the sweep"
            raise StorageError(f"{source} does not name who runs the sweep; {rule}") from error

    def _write(self) -> None:
        lease = {"token": self._token, "holder": _myself(), "time": time.time()}
        self._folder.write(LEASE_FILE, json.dumps(lease).encode())

    def _other(self) -> str:
        """Return the other process that holds a lease which is not over; empty if none does."""
        lease = self._read()
        if not lease or lease.get("token") == self._token:
            return ""
        return str(lease["holder"]) if time.time() - lease["time"] <= LEASE_SECONDS else ""

    def take(self) -> str:
        """Take the lease unless another process holds it; return that process, else empty."""
        holder = self._other()
        if not holder:
            self._write()
            time.sleep(SETTLE_SECONDS)
            holder = self._other()
        return holder

    def keep(self, over: threading.Event) -> None:
        """Renew the lease until `over` is set, or another took it while this machine slept."""
        while not over.wait(BEAT_SECONDS):
            with contextlib.suppress(StorageError):  # the next beat may get through
                if self._other():
                    return
                self._write()

    def release(self) -> None:
        """Remove the lease if it is ours."""
        if self._read().get("token") == self._token:
            self._folder.delete(LEASE_FILE)
