"""A sweep that a report tells of, opened with all that it refers to."""

from dataclasses import dataclass
from functools import cached_property

from search.front.configurations import Configuration, Configurations
from search.front.front import Front
from search.replication.replication import FOLDER
from search.store.storage import Storage
from search.sweep.opening import opened
from search.sweep.prerequisites import saved_baseline
from search.sweep.sweep import Sweep


@dataclass(frozen=True)
class Source:
    """A sweep in a report.

    Attributes:
        sweep: with its floors and baseline.
        baseline: the sweep that trained its baseline; None where it has none.
    """

    sweep: Sweep
    baseline: Sweep | None

    @cached_property
    def configurations(self) -> list[Configuration]:
        """The configurations of the sweep, with all of their lanes."""
        return Configurations().update(self.sweep.log.trials.values())

    @cached_property
    def front(self) -> Front:
        """The front of the sweep."""
        return self.sweep.front()

    @property
    def replications(self) -> list[Storage]:
        """Folders of what was replicated: the baseline's first, then the sweep's own."""
        sweeps = [self.baseline, self.sweep] if self.baseline else [self.sweep]
        return [one.folder.folder(FOLDER) for one in sweeps]


def source_of(name: str, results: Storage) -> Source:
    """A sweep by its name.

    Raises:
        NoSuchSweep: there is none of that name.
        NotBegun: it was stopped before its baseline was trained.
    """
    sweep = opened(name, results)
    return Source(sweep, saved_baseline(sweep.head, results))
