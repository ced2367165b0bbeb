"""Source of a report: a sweep, with what its chapters share."""

from dataclasses import dataclass
from functools import cached_property

from search.front.configurations import Configuration, Configurations
from search.front.front import Front
from search.replication.member_tests import verdict_on
from search.replication.replication import replication_folder
from search.store.storage import Storage
from search.sweep.opening import opened
from search.sweep.sweep import Sweep
from search.verdict.verdict import Verdict


@dataclass(frozen=True)
class Source:
    """Sweep in a report.

    Attributes:
        sweep: sweep with its floors and baseline.
    """

    sweep: Sweep

    @cached_property
    def configurations(self) -> list[Configuration]:
        """Configurations of the sweep, with all of their lanes."""
        return Configurations().update(self.sweep.log.trials.values())

    @cached_property
    def front(self) -> Front:
        """Front of the sweep."""
        return self.sweep.front()

    @cached_property
    def verdict(self) -> Verdict:
        """Verdict on the sweep."""
        return verdict_on(self.sweep)

    @property
    def replications(self) -> list[Storage]:
        """Folders of the replications: the baseline's, if there is one, and the sweep's own."""
        return [replication_folder(each) for each in (self.sweep.baseline, self.sweep) if each]


def source_of(name: str, results: Storage) -> Source:
    """Return the source of a sweep by its name.

    Raises:
        NoSuchSweep: there is no sweep of that name.
        NotBegun: the sweep was stopped before its baseline was trained.
    """
    return Source(opened(name, results))
