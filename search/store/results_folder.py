"""Results folder: opened at a path or at any URI that Ray's storage accepts, and checked."""

import shutil
from pathlib import Path

from pyarrow import fs

from search.store.local_storage import LocalStorage
from search.store.remote_storage import RemoteStorage
from search.store.storage import Storage, StorageError, gone
from search.terminal.credentials import check_address, without_credentials

PROBE = ".writable"
LEAST_FREE = 100e6  # bytes
SHORT_WRITES = "allow_delayed_open"  # an option of pyarrow's


def open_storage(results: str) -> Storage:
    """Open the results folder at a path or URI.

    Raises:
        StorageError: the name is not UTF-8, the URI's scheme is unknown, or its address cannot be
            reached.
        ValueError: the URI has credentials that are not percent-encoded.
    """
    try:
        results.encode()
    except UnicodeEncodeError as error:  # Ray and MLflow could not name it
        raise StorageError(
            f"cannot use results folder {results!r}: its name must be UTF-8"
        ) from error
    check_address(results)
    if "://" not in results:
        return LocalStorage(Path(results).expanduser().absolute())
    try:
        filesystem, path = fs.FileSystem.from_uri(_with_short_writes(results))
    except (OSError, ValueError) as error:
        problem = without_credentials(f"{results!r}: {error}")
        raise StorageError(f"cannot use results folder {problem}") from error
    if isinstance(filesystem, fs.LocalFileSystem):
        return LocalStorage(Path(path))
    return RemoteStorage(results, filesystem, path)


def _with_short_writes(uri: str) -> str:
    """Return the URI by which pyarrow puts a small file on S3 in one request instead of three."""
    if not uri.startswith("s3://") or SHORT_WRITES in uri:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{SHORT_WRITES}=true"


def open_existing(address: str) -> Storage:
    """Open a folder that is there, at a path or URI; it is not made again if it is gone later.

    Raises:
        StorageError: there is no such folder on this machine, or see `open_storage`.
    """
    folder = open_storage(address)
    if isinstance(folder, LocalStorage):
        if not folder.path.is_dir():
            raise gone(folder.where())
        folder.check_there()
    return folder


def check_usable(results: Storage) -> None:
    """Check that a results folder can be written, before anything is computed for it.

    Raises:
        StorageError: the folder cannot be written, or has less than 100 MB free.
    """
    results.write(PROBE, b"")
    results.delete(PROBE)
    if isinstance(results, LocalStorage):
        free = shutil.disk_usage(results.path).free
        if free < LEAST_FREE:
            raise StorageError(
                f"only {free / 1e6:.0f} MB are free in {results.where()}: a sweep's log, "
                f"snapshots and models need at least {LEAST_FREE / 1e6:.0f} MB"
            )
