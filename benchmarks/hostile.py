"""Hostile inputs: results folders and bundles as a stranger would change them, given to commands.

python benchmarks/hostile.py [--kind KIND ...] [--every N]

Each case is a copy of a small sweep or bundle with one change, and a command that reads it. The
command runs in a process of its own, with 5 s of a processor and 500 MB. It must end with one
error that names the file. It must execute nothing, write nothing outside its folders and contact
no other host. Print a table of kinds; exit with 1 if a case did anything else.
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hostile_cases import KINDS, Case, cases
from hostile_guard import Ending, guarded

import search.commands.export
import search.commands.replicate
import search.commands.report
import search.commands.run  # noqa: F401  a fork has all that a command imports
from fairser_core.predictor.__main__ import main as predict
from search import export, replicate, report, run

COMMANDS = {
    "run": run.main,
    "replicate": replicate.main,
    "report": report.main,
    "export": export.main,
    "predict": predict,
}


def problem(case: Case, ending: Ending) -> str:
    """Return what a command did that it must not do; empty if it did nothing of the kind."""
    if ending.violations:
        return ending.violations[0]
    if ending.status != case.status:
        return f"status {ending.status}, not {case.status}"
    shown = " ".join(ending.output.split())
    if "Traceback" in shown:
        return "a traceback"
    if case.status and shown.count("error: ") != 1:
        return f"{shown.count('error: ')} errors"
    if case.names not in ending.output.replace("\n", ""):
        return f"no word on {case.names}"
    return ""


def examine(case: Case, above: Path) -> tuple[str, Ending]:
    """Run a case in a new folder; return what was wrong, and how its command ended."""
    with tempfile.TemporaryDirectory(dir=above) as folder:
        command, *options = case.prepare(Path(folder))
        ending = guarded(lambda: COMMANDS[command](options), Path(folder))
    return problem(case, ending), ending


def allocate() -> int:
    """Take more memory than any input may."""
    return len(bytearray(2_000_000_000))


def compute() -> int:
    """Take more time than any input may."""
    while True:
        pass


def deeds(outside: Path) -> dict[str, Callable[[], object]]:
    """Return deeds that no input may lead to, by what the guard says of them."""
    return {
        "it asked for the host": lambda: socket.create_connection(("203.0.113.7", 80), 1),
        "it asked for the host example": lambda: socket.getaddrinfo("example.invalid", 80),
        "it ran": lambda: subprocess.run(["true"], check=False),
        "it wrote": lambda: (outside / "new").write_text(""),
        "it wrote ": lambda: outside.joinpath("folder").mkdir(),
        "it was stopped": compute,
        "MemoryError": allocate,
    }


def unnoticed(above: Path) -> list[str]:
    """Return deeds that the guard does not notice, which would make every case worthless."""
    with tempfile.TemporaryDirectory(dir=above) as folder:
        (Path(folder) / "outside").mkdir()
        found = {
            said: guarded(lambda deed=deed: int(bool(deed())), Path(folder))  # type: ignore[misc]
            for said, deed in deeds(Path(folder) / "outside").items()
        }
    return [
        said
        for said, ending in found.items()
        if said not in "".join(ending.violations) + ending.output
    ]


def main() -> int:
    """Run the cases and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, nargs="+", default=list(KINDS))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="run each N-th case")
    parser.add_argument("--folder", type=Path, help="folder for the cases (default: a temporary)")
    given = parser.parse_args()
    above = given.folder or Path(tempfile.gettempdir())
    if blind := unnoticed(above):
        sys.exit(f"the guard does not notice: {', '.join(blind)}")
    chosen = [case for case in cases() if case.kind in given.kind][:: given.every]
    refused, most, slowest, began = Counter[str](), 0.0, 0.0, time.monotonic()
    for case in chosen:
        wrong, ending = examine(case, above)
        most, slowest = max(most, ending.megabytes), max(slowest, ending.seconds)
        refused[case.kind] += not wrong
        if wrong:
            print(f"WRONG {case.kind}: {case.title}: {wrong}\n{ending.output.strip()[-600:]}\n")
    print("| kind | refused as promised |\n|---|---|")
    for kind, count in Counter(case.kind for case in chosen).items():
        print(f"| {kind} | {refused[kind]} of {count} |")
    print(f"\n{sum(refused.values())} of {len(chosen)} inputs were refused as promised")
    print(
        f"at most {slowest:.1f} s of a processor and {most:.0f} MB beyond what the command had "
        f"loaded; {time.monotonic() - began:.0f} s in all"
    )
    return int(sum(refused.values()) < len(chosen))


if __name__ == "__main__":
    sys.exit(main())
