"""This process and all below it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "benchmarks"))
from harm import processes


def family() -> dict[int, str]:
    """Command lines by process id."""
    return processes(os.getpid())
