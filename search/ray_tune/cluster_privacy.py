"""Privacy of a Ray cluster that is started here: its token and its temporary folder.

Ray writes both so that every user of the machine can read them, and the folder so that all can
write to it.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from fairser_core.temporary import temporary_folder

TOKEN_VARIABLES = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
FOLDER_VARIABLE = "RAY_TMPDIR"


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
        Folder for Ray inside it: Ray opens its folder to all. The path is short, because a socket's
        path may have no more than 107 bytes.
    """
    above = os.environ.get(FOLDER_VARIABLE) or ("/tmp" if os.path.isdir("/tmp") else None)
    with temporary_folder(Path(above) if above else None) as folder:
        yield folder / "ray"
