"""Provenance of a sweep: versions, state of the source tree, command."""

import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from search.terminal.command_names import CONSOLE, is_console
from search.terminal.credentials import stored_address

PACKAGES = ("fairser", "torch", "torchaudio", "ray", "optuna", "mlflow", "numpy", "pandas")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            installed[package] = "not installed"
    return installed


@dataclass(frozen=True)
class GitState:
    """State of a git checkout.

    Attributes:
        revision: hash of the newest commit.
        dirty: whether files differ from it.
    """

    revision: str
    dirty: bool

    def __str__(self) -> str:
        return f"{self.revision[:12]}{' with changes' if self.dirty else ''}"


def git_state() -> GitState | None:
    """Return the state of the source tree that fairser runs from; None without a checkout."""
    tree = Path(__file__).resolve().parents[2]

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tree), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != tree:
            return None  # an installed copy inside somebody else's repository
        return GitState(git("rev-parse", "HEAD"), bool(git("status", "--porcelain")))
    except (OSError, subprocess.CalledProcessError):
        return None


def changes(
    then: Mapping[str, str],
    git_then: GitState | None,
    versions: Mapping[str, str],
    git: GitState | None,
) -> list[str]:
    """Return changes of versions and code since a sweep ran last, in sentences.

    Args:
        then: versions the last time, by package.
        git_then: state of the source tree the last time; None where it was not known.
        versions: versions now.
        git: state of the source tree now.
    """
    notes = [
        f"{name} is {version}, was {then[name]} when this sweep ran last: from here on its "
        "results may differ in their last digits"
        for name, version in versions.items()
        if then.get(name, version) != version
    ]
    revision = git.revision if git else None
    if git_then and git_then.revision != revision:
        notes.append(f"the code is at {revision}, was at {git_then.revision}")
    return notes


def command() -> str:
    """Return the command line as typed, but for the interpreter's path and any credentials."""
    words = [CONSOLE, *sys.argv[1:]] if is_console() else ["python", *sys.orig_argv[1:]]
    return shlex.join(stored_address(word, "") for word in words)
