"""Privacy of a Ray cluster that is started here: its token and its temporary folder.

Ray writes both so that every user of the machine can read them, and the folder so that all can
write to it.
"""

import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from fairser_core.temporary import temporary_folder
from search.ray_tune.cluster_error import ClusterError

TOKEN_VARIABLES = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
FOLDER_VARIABLE = "RAY_TMPDIR"
LONGEST_SOCKET = 107 if sys.platform.startswith("linux") else 103
"""Bytes that the path of a socket may have."""
OF_SESSION = "/ray/session_2026-01-01_00-00-00_000000_0000000/sockets/plasma_store"
"""Path of Ray's longest socket below a private folder."""
LOG_FILES = ("gcs_server.err", "gcs_server.out", "raylet.err", "raylet.out")
LOG_TAIL = 100_000  # bytes of each that are kept


def keep_token_private() -> None:
    """Make the token with which this user's clusters are entered, for this user alone to read.

    A token that is there is kept, and hidden from others. One that a variable names is not touched.
    """
    if any(name in os.environ for name in TOKEN_VARIABLES):
        return
    path = Path.home() / ".ray" / "auth_token"
    with contextlib.suppress(OSError):  # Ray reports a home that cannot be written
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            path.chmod(0o600)
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Make a temporary folder that no other user can enter, and remove it at the end.

    Yields:
        Folder for Ray inside it: Ray opens its folder to all.

    Raises:
        ClusterError: the folder cannot be made, or its path leaves no room for Ray's sockets.
    """
    above = os.environ.get(FOLDER_VARIABLE) or ("/tmp" if os.path.isdir("/tmp") else None)
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(temporary_folder(Path(above) if above else None))
        except OSError as error:
            raise ClusterError(
                f"no folder for Ray can be made in {above or tempfile.gettempdir()} "
                f"({error.strerror}): name one by the variable {FOLDER_VARIABLE}"
            ) from error
        _check_room(folder)
        yield folder / "ray"


def _check_room(folder: Path) -> None:
    """Raise a ClusterError if the paths of Ray's sockets in a folder would be too long."""
    length, room = len(os.fsencode(folder)), LONGEST_SOCKET - len(OF_SESSION)
    if length > room:
        raise ClusterError(
            f"the folder for Ray, {folder}, must have a path of at most {room} bytes, for those of "
            f"sockets in it to have {LONGEST_SOCKET}; it has {length}: name a shorter one by the "
            f"variable {FOLDER_VARIABLE}"
        )


def log_file() -> Path:
    """Return the path of the file that keeps why Ray did not start, the last time."""
    return platformdirs.user_log_path("fairser") / "ray.log"


def kept_log(reason: str, folder: Path | None) -> str:
    """Write why Ray did not start, with the ends of its logs, to a file that stays.

    The file takes the place of the one before, so there is never more than one.

    Args:
        reason: text of Ray's error.
        folder: Ray's temporary folder, which is removed; None where there is none.

    Returns:
        Path of the file, for this user alone to read, or why there is none.
    """
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)  # a link is removed, not followed
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        return f"not kept, {path} cannot be written ({error.strerror})"
    with os.fdopen(descriptor, "wb") as file:
        file.write(f"{reason}\n".encode(errors="replace")[-LOG_TAIL:])
        logs = folder / "session_latest" / "logs" if folder else None
        for source in [logs / log for log in LOG_FILES] if logs else []:
            if source.is_file():
                content = source.read_bytes()[-LOG_TAIL:]
                file.write(f"\n==> {source.name} <==\n".encode() + content)
    return str(path)
