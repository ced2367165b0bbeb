"""Temporary files and folders, which the next process removes if this one is killed.

A process holds a lock on each of its temporary files and folders. The system releases a lock
however the process ends, so whatever bears such a name and no lock was left behind. Where a file
system has no locks, nothing is removed.
"""

import contextlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

fcntl: Any = None
with contextlib.suppress(ImportError):  # Windows has none
    import fcntl

PREFIX = "fairser-tmp-"
_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{8}\.part")
_tidied: set[Path] = set()


@contextlib.contextmanager
def temporary_folder(above: Path | None = None, prefix: str = PREFIX) -> Iterator[Path]:
    """Make a folder that no other user can enter, and remove it at the end.

    Folders of the same prefix that a killed process of this user left are removed first.

    Args:
        above: folder to make it in; None for the system's folder of temporary files.
        prefix: beginning of its name.
    """
    above = Path(tempfile.gettempdir()) if above is None else above
    remove_folders(above, prefix)
    folder, lock = _locked(lambda: Path(tempfile.mkdtemp(prefix=prefix, dir=above)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a process that ends may still write a line
        os.close(lock)


def remove_folders(above: Path | None = None, prefix: str = PREFIX) -> None:
    """Remove the folders that killed processes of this user left; see `temporary_folder`."""
    above = Path(tempfile.gettempdir()) if above is None else above
    _remove_unlocked(above, re.compile(re.escape(prefix) + r"[a-z0-9_]{8}"))


def replace_file(target: Path, *parts: bytes | memoryview, durable: bool = False) -> None:
    """Write a file as a whole: readers see the old one or the new.

    Unfinished files that a killed process left in the folder are removed first, once a process.

    Args:
        target: path of the file, in a folder that is there.
        parts: content of the file, in parts.
        durable: whether the content is on the disk before its name is.
    """
    if target.parent not in _tidied:
        remove_unfinished(target.parent)
        _tidied.add(target.parent)
    beside, descriptor = _locked(lambda: _new_file(target))
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.writelines(parts)
        if durable:
            os.fsync(descriptor)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def remove_unfinished(folder: Path) -> None:
    """Remove the unfinished files that killed processes of this user left in a folder."""
    _remove_unlocked(folder, _UNFINISHED)


def _new_file(target: Path) -> Path:
    """Make an empty file beside another one; its mode is the umask's."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    beside.open("xb").close()
    return beside


def _locked(make: Callable[[], Path]) -> tuple[Path, int]:
    """Make a file or folder and lock it; return its path and a descriptor that holds the lock.

    Another process may take it for a leftover before it is locked. Then another one is made.
    """
    while True:
        path = make()
        kind = os.O_RDONLY if path.is_dir() else os.O_RDWR
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, kind)
            if _lock(descriptor) is not False and path.exists():
                return path, descriptor
            os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Lock a file; return False if another process holds its lock, None if it can have none."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _remove_unlocked(folder: Path, names: re.Pattern[str]) -> None:
    """Remove what bears such a name, is this user's and is locked by no process."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if names.fullmatch(entry.name):
                with contextlib.suppress(OSError):  # removed or locked by another process
                    _remove_if_unlocked(entry)


def _remove_if_unlocked(entry: "os.DirEntry[Any]") -> None:
    status = entry.stat(follow_symlinks=False)
    is_folder = stat.S_ISDIR(status.st_mode)
    if status.st_uid != os.geteuid() or not (is_folder or stat.S_ISREG(status.st_mode)):
        return
    descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        if _lock(descriptor):
            if is_folder:
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)
    finally:
        os.close(descriptor)
