"""Progress of a sweep and the time it still needs.

Search and check of the front are two phases. How long the check takes is known when the search
ends: as one, their progress would fall whenever the front grows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from search.front.names import plural
from search.presentation.tally import Tally
from search.store.trials import TrialState

STATES: tuple[TrialState, ...] = ("complete", "stopped", "failed", "running")


@dataclass(frozen=True)
class Progress:
    """Progress of a sweep in its newest phase.

    Attributes:
        states: number of trials in each state, of all phases.
        trained: lane-epochs trained in the phase: epochs, each counted once a lane.
        left: lane-epochs still to train in the phase.
        checking: whether the phase is the check of the front with fresh seeds.
    """

    states: Mapping[TrialState, int]
    trained: int
    left: int
    checking: bool = False

    @property
    def share(self) -> float:
        """Share of the lane-epochs that are trained, in [0, 1]; 1 if none were ever expected."""
        total = self.trained + self.left
        return self.trained / total if total else 1.0

    def seconds_left(self, seconds: float, trained_before: int) -> float | None:
        """Return the time still needed at the pace so far.

        Args:
            seconds: seconds since this run of the phase began.
            trained_before: lane-epochs of the phase that earlier runs of the sweep trained.

        Returns:
            Seconds; None before this run's first epoch.
        """
        trained = self.trained - trained_before
        return self.left * seconds / trained if trained else None

    def __str__(self) -> str:
        states = ", ".join(f"{self.states.get(state, 0)} {state}" for state in STATES)
        return f"{plural(sum(self.states.values()), 'trial')}: {states}"


def progress(tally: Tally, budget: int, checks: int) -> Progress:
    """Return the progress of a sweep.

    Args:
        tally: tally of the trials of the log.
        budget: lane-epochs that the search may train.
        checks: lane-epochs that checking the current front takes in all.
    """
    # Once the front is checked, the search is over, whatever its budget.
    check = tally.sums(check=True).trials > 0
    sums = tally.sums(check)
    running = sum(trial.charge - trial.trained for trial in tally.phase(check))
    unassigned = (checks if check else budget) - sums.charge
    return Progress(
        states=tally.states,
        trained=sums.trained,
        left=running + max(unassigned, 0),
        checking=check,
    )


def duration(seconds: float) -> str:
    """Return a duration as `40 s`, `2 min` or `1 h 20 min`."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
