"""How far a sweep is, and how long it will take."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from search.log import TrialRecord, TrialState

STATES: tuple[TrialState, ...] = ("complete", "stopped", "failed", "running")


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        total: trials in all.
        states: how many trials are in each state.
        trained: epochs trained.
        left: epochs still expected. A trial not begun is expected to take as many as those that
            are over took in the mean, since many are stopped early.
    """

    total: int
    states: Mapping[TrialState, int]
    trained: int
    left: float

    @property
    def over(self) -> int:
        """Trials that ended, in whatever way."""
        return sum(self.states.values()) - self.states.get("running", 0)

    @property
    def share(self) -> float:
        """Share of the epochs that are trained, in [0, 1]; 1 if none were ever expected."""
        whole = self.trained + self.left
        return self.trained / whole if whole else 1.0

    def seconds_left(self, seconds: float, trained_before: int) -> float | None:
        """Time still needed, at the pace so far.

        Args:
            seconds: time since this run of the sweep began.
            trained_before: epochs that earlier runs of the sweep trained.

        Returns:
            Seconds; None before this run's first epoch.
        """
        trained = self.trained - trained_before
        return self.left * seconds / trained if trained else None

    def __str__(self) -> str:
        states = ", ".join(f"{self.states.get(state, 0)} {state}" for state in STATES)
        return f"{self.over}/{self.total} done: {states}"


def progress(trials: Mapping[int, TrialRecord], total: int, epochs: int) -> Progress:
    """How far the trials are.

    Args:
        trials: the log's.
        total: trials the sweep is to have.
        epochs: epochs of a trial at most.
    """
    over = [len(trial.epochs) for trial in trials.values() if trial.state != "running"]
    running = [len(trial.epochs) for trial in trials.values() if trial.state == "running"]
    usual = sum(over) / len(over) if over else epochs
    unfinished = sum(max(epochs - trained, 0) for trained in running)
    return Progress(
        total=total,
        states=Counter(trial.state for trial in trials.values()),
        trained=sum(over) + sum(running),
        left=unfinished + max(total - len(trials), 0) * usual,
    )


def duration(seconds: float) -> str:
    """A duration as people say it: `40 s`, `2 min`, `1 h 20 min`."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
