"""Count of the looks at test data, which stands with each of their results."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.front.names import is_baseline, plural
from search.replication.test_record import RecordedTest


@dataclass(frozen=True)
class Looks:
    """How often test data were asked.

    Attributes:
        tests: number of recorded tests, each of a trial's models.
        members: number of members of fronts that were tested.
        baselines: number of a baseline's candidates that were tested.
    """

    tests: int
    members: int
    baselines: int

    @classmethod
    def of(cls, records: Sequence[Sequence[RecordedTest]]) -> "Looks":
        """Count recorded tests.

        Args:
            records: recorded tests of each replication.
        """
        names = {(number, test.name) for number, tests in enumerate(records) for test in tests}
        baselines = sum(is_baseline(name) for _, name in names)
        return cls(sum(map(len, records)), len(names) - baselines, baselines)

    @property
    def text(self) -> str:
        """A sentence on the count, and on what it does to the results."""
        whose = f"{plural(self.members, 'candidate')}"
        if self.baselines:
            whose += f" and {self.baselines} of the baseline's"
        several = self.members > 1
        why = " The best of several is flattered by its choice." if several else ""
        return f"Looks at the test data: {plural(self.tests, 'test')}, of {whose}.{why}"
