"""A plan of trials that are all known beforehand: nothing is searched, nothing is stopped."""

import dataclasses
from collections.abc import Iterator, Sequence

from search.planning.plan import LogPlan, Proposal
from search.store.log import Log


class FixedPlan(LogPlan):
    """A view of a sweep's log that opens what is wanted and not yet trained.

    Trials are told apart by values and limit. Where some of the seeds wanted were trained before,
    a new trial trains the others. A trial that failed before the plan was made is tried once more.
    """

    def __init__(self, log: Log, wanted: Sequence[Proposal]) -> None:
        """Replay the log.

        Args:
            log: of the sweep.
            wanted: trials with values, in order.
        """
        self._log, self._wanted = log, wanted
        self._forgiven = {n for n, trial in log.trials.items() if trial.state == "failed"}

    def why_stop(self, number: int) -> str:
        """Nothing: what is wanted is trained to its limit."""
        return ""

    @property
    def lane_epochs(self) -> int:
        """What the log's trials take and those that are still to come."""
        taken = sum(trial.charge for trial in self._log.trials.values())
        return taken + sum(len(left.seeds) * left.limit for left in self._left())

    def _proposal(self) -> Proposal | None:
        return next(self._left(), None)

    def _left(self) -> Iterator[Proposal]:
        """What is not trained yet, with the seeds that are lacking."""
        for wanted in self._wanted:
            seen = {
                seed
                for number, trial in self._log.trials.items()
                if number not in self._forgiven
                and (trial.values, trial.limit) == (wanted.values, wanted.limit)
                for seed in trial.seeds
            }
            seeds = [seed for seed in wanted.seeds if seed not in seen]
            if seeds:
                yield dataclasses.replace(wanted, seeds=seeds)
