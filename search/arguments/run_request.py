"""Request of a command line of run.py: a new sweep, or one to resume."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from search.arguments.addresses import RESULTS


@dataclass(frozen=True)
class RunRequest:
    """Request to run a sweep.

    Attributes:
        given: values of the given options, by their names in `RunOptions`.
        changes: changes of the space by `--set`.
        results: folder or URI that holds all sweeps.
        resume: name of the sweep to resume; None for a new one.
        repair: whether to drop what is damaged of the logs of the sweep to resume.

    `given` holds `trust_folder` where the user accepts what the folder of the sweep names.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    results: str = RESULTS
    resume: str | None = None
    repair: bool = False
