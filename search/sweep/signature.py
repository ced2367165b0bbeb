"""Signature of a sweep's options, by which a folder of this user is told from one from elsewhere.

The key is a file of the user that nobody else can read. It never leaves this machine.
"""

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Any

import platformdirs

KEY_BYTES = 32


def key_file() -> Path:
    """Return the path of the user's key."""
    return Path(platformdirs.user_state_dir("fairser")) / "key"


def signature(identity: str, options: Any) -> str | None:
    """Return the signature of a sweep's options; None where the user's key cannot be used.

    Args:
        identity: id of the sweep.
        options: options as sweep.json holds them.
    """
    try:
        key = _key(key_file())
    except OSError:
        return None
    content = json.dumps([identity, options], sort_keys=True).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest() if len(key) == KEY_BYTES else None


def is_signed(facts: dict[str, Any]) -> bool:
    """Return whether the options in sweep.json bear the signature of this user.

    Args:
        facts: content of sweep.json.
    """
    given = facts.get("signature")
    if not isinstance(given, str):
        return False
    expected = signature(facts["id"], facts.get("options"))
    return expected is not None and hmac.compare_digest(given.encode(), expected.encode())


def _key(path: Path) -> bytes:
    """Return the key; make one where there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f".key.{secrets.token_hex(6)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
            os.link(beside, path)
        except FileExistsError:
            pass  # another command made it in between
        finally:
            beside.unlink(missing_ok=True)
    return path.read_bytes()
