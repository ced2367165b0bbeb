"""What a sweep was run with: versions, git revision, command."""

import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from search.terminal.command_names import CONSOLE, is_console

PACKAGES = ("fairser", "torch", "torchaudio", "ray", "optuna", "mlflow", "numpy", "pandas")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages results depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def git_revision() -> dict[str, Any] | None:
    """Revision of the source tree fairser runs from; None where it is not a git checkout."""
    tree = Path(__file__).resolve().parents[2]

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tree), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != tree:
            return None  # an installed copy inside somebody else's repository
        return {"revision": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def changes(
    facts: dict[str, Any], versions: dict[str, str], git: dict[str, Any] | None
) -> list[str]:
    """What runs a sweep otherwise than the last time, in sentences; nothing for a new sweep."""
    then = facts.get("versions", {})
    found = [
        f"{name} is {version}, was {then[name]} when this sweep ran last: from here on its "
        "results may differ in their last digits"
        for name, version in versions.items()
        if then.get(name, version) != version
    ]
    before, now = facts.get("git") or {}, git or {}
    if before.get("revision") and before.get("revision") != now.get("revision"):
        found.append(f"the code is at {now.get('revision')}, was at {before['revision']}")
    return found


def command() -> str:
    """The command line as it was typed, but for the place of the interpreter or of `fairser`."""
    if is_console():
        return shlex.join([CONSOLE, *sys.argv[1:]])
    return shlex.join(["python", *sys.orig_argv[1:]])
