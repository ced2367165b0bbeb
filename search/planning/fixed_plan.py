"""Plan of given trials, without search and without early stopping."""

import dataclasses
from collections.abc import Iterator, Sequence

from search.planning.log_plan import LogPlan, Proposal
from search.store.log import Log


class FixedPlan(LogPlan):
    """View of a sweep's log that opens the wanted trials that are not trained yet.

    Trials are the same if their values and limits are. If some of the wanted seeds were trained
    before, a new trial trains the others. A trial that failed before is tried once more.
    """

    def __init__(self, log: Log, wanted: Sequence[Proposal]) -> None:
        """Replay the log.

        Args:
            log: log of the sweep.
            wanted: trials to train, with values, in order.
        """
        self._log, self._wanted = log, wanted
        self._forgiven = {n for n, trial in log.trials.items() if trial.state == "failed"}

    def why_stop(self, number: int) -> str:
        """Return no reason: every trial is trained to its limit."""
        return ""

    @property
    def lane_epochs(self) -> int:
        """Lane-epochs charged to the log's trials and to those still to come."""
        taken = sum(trial.charge for trial in self._log.trials.values())
        return taken + sum(len(left.seeds) * left.limit for left in self._left())

    def _proposal(self) -> Proposal | None:
        return next(self._left(), None)

    def _left(self) -> Iterator[Proposal]:
        """Yield the wanted trials that are not trained yet, with the seeds that are missing."""
        for wanted in self._wanted:
            trained = {
                seed
                for number, trial in self._log.trials.items()
                if number not in self._forgiven
                and (trial.values, trial.limit) == (wanted.values, wanted.limit)
                for seed in trial.seeds
            }
            seeds = [seed for seed in wanted.seeds if seed not in trained]
            if seeds:
                yield dataclasses.replace(wanted, seeds=seeds)
