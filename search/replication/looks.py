"""Count of the looks at test data, which stands with each of their results."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.front.names import is_baseline, plural
from search.replication.test_record import RecordedTest


@dataclass(frozen=True)
class Looks:
    """Count of looks at test data.

    Attributes:
        tests: number of begun tests, each of a trial's models.
        members: number of members of fronts that were tested.
        baselines: number of a baseline's candidates that were tested.
        repeated: number of tests that repeat one which was begun before.
    """

    tests: int
    members: int
    baselines: int
    repeated: int = 0

    @classmethod
    def of(cls, records: Sequence[Sequence[RecordedTest]]) -> "Looks":
        """Count recorded tests.

        Args:
            records: recorded tests of each replication.
        """
        names = {(number, test.name) for number, tests in enumerate(records) for test in tests}
        baselines = sum(is_baseline(name) for _, name in names)
        repeated = sum(test.repeated for tests in records for test in tests)
        recorded = sum(map(len, records))
        return cls(recorded + repeated, len(names) - baselines, baselines, repeated)

    @property
    def text(self) -> str:
        """A sentence on the count, and on what it does to the results."""
        whose = f"{plural(self.members, 'candidate')}"
        if self.baselines:
            whose += f" and {self.baselines} of the baseline's"
        several = self.members > 1
        why = " The best of several is flattered by its choice." if several else ""
        again = (
            f" {self.repeated} of them repeated a test that was interrupted, or whose record was "
            "lost."
            if self.repeated
            else ""
        )
        return f"Looks at the test data: {plural(self.tests, 'test')}, of {whose}.{again}{why}"
