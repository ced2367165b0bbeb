"""Source of a report: a sweep, opened with its baseline and replications."""

from dataclasses import dataclass
from functools import cached_property

from search.front.configurations import Configuration, Configurations
from search.front.front import Front
from search.replication.member_tests import verdict_on
from search.replication.replication import replication_folder
from search.store.storage import Storage
from search.sweep.opening import opened
from search.sweep.prerequisites import saved_baseline
from search.sweep.sweep import Sweep
from search.verdict.verdict import Verdict


@dataclass(frozen=True)
class Source:
    """Sweep in a report.

    Attributes:
        sweep: sweep with its floors and baseline.
        baseline: sweep that trained the baseline; None without a baseline.
    """

    sweep: Sweep
    baseline: Sweep | None

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
        return verdict_on(self.sweep, self.baseline)

    @property
    def replications(self) -> list[Storage]:
        """Folders of the replications: the baseline's, if there is one, and the sweep's own."""
        sweeps = [self.baseline, self.sweep] if self.baseline else [self.sweep]
        return [replication_folder(sweep) for sweep in sweeps]


def source_of(name: str, results: Storage) -> Source:
    """Return the source of a sweep by its name.

    Raises:
        NoSuchSweep: there is no sweep of that name.
        NotBegun: the sweep was stopped before its baseline was trained.
    """
    sweep = opened(name, results)
    return Source(sweep, saved_baseline(sweep.head, results))
