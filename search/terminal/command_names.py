"""Names of commands as the user of this process types them."""

import sys
from pathlib import Path

CONSOLE = "fairser"
BESIDE = {
    "init": "init",
    "run": "run",
    "replicate": "replicate",
    "report": "report",
    "export": "export",
    "list": "list",
    "show": "show",
    "corpus describe": "describe",
    "corpus extract": "extract",
}
"""Words behind `fairser`, and the file in search/ that does the same."""
PREDICTOR = "fairser_core.predictor"


def is_console() -> bool:
    """Return whether this process is the console command."""
    return Path(sys.argv[0]).stem == CONSOLE


def as_typed(command: str) -> str:
    """Return a command line of the console command as the user of this process types it."""
    words = max((w for w in BESIDE if command.startswith(f"{CONSOLE} {w} ")), key=len)
    return typed(words) + command.removeprefix(f"{CONSOLE} {words}")


def typed(words: str) -> str:
    """Return a command as typed: `fairser run`, `python search/run.py`, `python -m search.run`.

    Args:
        words: words behind `fairser`: a key of `BESIDE`, or `predict`.
    """
    if is_console():
        return f"{CONSOLE} {words}"
    if words == "predict":
        return f"python -m {PREDICTOR}"
    called = Path(sys.argv[0])
    # `python -m` leaves a path in argv that the user never typed.
    if "-m" in sys.orig_argv[1:2] or called.stem not in BESIDE.values():
        return f"python -m search.{BESIDE[words]}"
    return f"python {called.with_name(BESIDE[words] + '.py')}"
