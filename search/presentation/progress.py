"""Progress of a sweep, and the time that it still needs."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from search.store.trials import TrialRecord, TrialState

STATES: tuple[TrialState, ...] = ("complete", "stopped", "failed", "running")


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        states: number of trials in each state.
        trained: lane-epochs trained: epochs, each counted once a lane.
        left: lane-epochs still to come.
    """

    states: Mapping[TrialState, int]
    trained: int
    left: int

    @property
    def share(self) -> float:
        """Share of the lane-epochs that are trained, in [0, 1]; 1 if none were ever expected."""
        whole = self.trained + self.left
        return self.trained / whole if whole else 1.0

    def seconds_left(self, seconds: float, trained_before: int) -> float | None:
        """Return the time still needed, at the pace so far.

        Args:
            seconds: time since this run of the sweep began.
            trained_before: lane-epochs that earlier runs of the sweep trained.

        Returns:
            Seconds; None before this run's first epoch.
        """
        trained = self.trained - trained_before
        return self.left * seconds / trained if trained else None

    def __str__(self) -> str:
        states = ", ".join(f"{self.states.get(state, 0)} {state}" for state in STATES)
        return f"{sum(self.states.values())} trials: {states}"


def progress(trials: Collection[TrialRecord], budget: int, checks: int) -> Progress:
    """Return how far the trials of a sweep are.

    Args:
        trials: trials of the log.
        budget: lane-epochs that the search may train.
        checks: lane-epochs that checking the front takes in all, as far as is known.
    """
    search = [trial for trial in trials if trial.purpose != "check"]
    check = [trial for trial in trials if trial.purpose == "check"]
    running = sum(t.charge - t.trained for t in (*search, *check) if t.state == "running")
    still = checks - sum(trial.charge for trial in check)
    if not check:  # once the front is checked, the search is over, whatever its budget
        still += budget - sum(trial.charge for trial in search)
    return Progress(
        states=Counter(trial.state for trial in trials),
        trained=sum(trial.trained for trial in trials),
        left=running + max(still, 0),
    )


def duration(seconds: float) -> str:
    """Return a duration as text: `40 s`, `2 min`, `1 h 20 min`."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
