"""Request of a command line of run.py: a new sweep, or one to go on with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from search.arguments.run_options import RESULTS


@dataclass(frozen=True)
class RunRequest:
    """Request to run a sweep.

    Attributes:
        given: options that were given, by the names that they have in `RunOptions`.
        changes: what `--set` changes of the space.
        results: folder or URI that holds all sweeps.
        resume: name of the sweep to go on with; None for a new one.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    results: str = RESULTS
    resume: str | None = None
