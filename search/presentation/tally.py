"""Tally of a sweep's trials, whose cost does not grow with those that are over."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from search.store.trials import TrialRecord, TrialState


@dataclass
class Sums:
    """Sums over trials, in lane-epochs.

    Attributes:
        trials: number of trials.
        charge: lane-epochs charged to the budget.
        trained: lane-epochs trained.
    """

    trials: int = 0
    charge: int = 0
    trained: int = 0

    def add(self, trial: TrialRecord) -> None:
        """Add a trial."""
        self.trials += 1
        self.charge += trial.charge
        self.trained += trial.trained


class Tally:
    """Tally of trials, each of which is added once it is over.

    Attributes:
        failed: reasons of failed trials, by number.
    """

    def __init__(self) -> None:
        """Begin without trials."""
        self.failed: dict[int, str] = {}
        self._open: list[TrialRecord] = []
        self._count = 0
        self._states: Counter[TrialState] = Counter()
        self._over = {True: Sums(), False: Sums()}
        self._repeated = 0

    def take(self, trials: Mapping[int, TrialRecord]) -> list[TrialRecord]:
        """Take the trials as they stand, and return those that were not over before.

        Args:
            trials: records by number, with those of the calls before as the first.
        """
        numbers = [trial.number for trial in self._open]
        numbers += islice(trials, self._count, None)
        self._count = len(trials)
        changing = [trials[number] for number in numbers]
        self._open = [trial for trial in changing if trial.state == "running"]
        for trial in changing:
            if trial.state != "running":
                self._add(trial)
        return changing

    def _add(self, trial: TrialRecord) -> None:
        self._states[trial.state] += 1
        self._over[trial.purpose == "check"].add(trial)
        self._repeated += trial.repeated
        if trial.state == "failed":
            self.failed[trial.number] = trial.reason

    @property
    def running(self) -> list[TrialRecord]:
        """Trials that are not over."""
        return self._open

    @property
    def states(self) -> Counter[TrialState]:
        """Number of trials in each state."""
        return self._states + Counter({"running": len(self._open)})

    @property
    def repeated(self) -> int:
        """Number of epochs trained again."""
        return self._repeated + sum(trial.repeated for trial in self._open)

    def phase(self, check: bool) -> Iterator[TrialRecord]:
        """Yield the running trials of the search or of the check."""
        return (trial for trial in self._open if (trial.purpose == "check") == check)

    def sums(self, check: bool) -> Sums:
        """Return the sums over the trials of the search or of the check."""
        over = self._over[check]
        result = Sums(over.trials, over.charge, over.trained)
        for trial in self.phase(check):
            result.add(trial)
        return result
