"""Interruptions of commands at every kind of moment: nothing is lost, doubled, changed or claimed.

python benchmarks/faults.py [--part ray commands] [--interruptions N] [--folder DIR]

`ray` kills sweeps of `search/run.py` with Ray at random moments, `commands` harms each command in
a process without Ray; see `ray_faults.py` and `command_faults.py`. Print a table of promises for
each; exit with 1 if one was broken. With the same `--folder` a run is continued.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from command_faults import KINDS, CommandFaults
from ray_faults import RayFaults

PARTS = ("ray", "commands")


def main() -> int:
    """Run the command; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--kind", choices=KINDS, nargs="+", default=list(KINDS), help="of commands")
    parser.add_argument("--interruptions", type=int, default=100, help="of each part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="for the sweeps (default: a temporary one)")
    parser.add_argument("--trials", type=int, default=4, help="of a sweep on Ray")
    parser.add_argument("--epochs", type=int, default=24, help="of a trial on Ray")
    parser.add_argument(
        "--alone", action="store_true", help="on Ray only kill: no lost server, no two at once"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no round after so many")
    given = parser.parse_args()
    folder = (given.folder or Path(tempfile.mkdtemp(prefix="fairser-faults-"))).absolute()
    until, kept = time.monotonic() + 60 * given.minutes, True
    if "commands" in given.part:
        commands = CommandFaults(folder / "commands", given.seed)
        try:
            commands.run(given.interruptions, until, given.kind)
        finally:  # also of what was done before an error
            kept &= commands.tally.report("commands")
    if "ray" in given.part:
        budget = ["--trials", str(given.trials), "--epochs", str(given.epochs), "--race-seeds", "4"]
        sweeps = RayFaults(folder / "ray", given.seed, budget)
        try:
            sweeps.run(given.interruptions, until, given.alone)
        finally:
            kept &= sweeps.tally.report("sweeps on Ray")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
