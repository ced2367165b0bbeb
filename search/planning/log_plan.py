"""Plans as views of a sweep's log: proposals of trials, and the opener of the next one."""

from dataclasses import dataclass
from typing import Protocol

from search.space.values import Value
from search.store.log import Log
from search.store.trials import Purpose, TrialRecord


@dataclass(frozen=True)
class Proposal:
    """Proposal of a trial to open.

    Attributes:
        purpose: purpose as in the log.
        values: values of the searched keys; None if the sampler is to choose new ones.
        seeds: seeds of the lanes.
        limit: epochs to train at most.
    """

    purpose: Purpose
    values: dict[str, Value] | None
    seeds: list[int]
    limit: int


class Opener(Protocol):
    """Opener of the trials of a sweep, which also stops them."""

    @property
    def running(self) -> bool:
        """Whether any trial has begun and is not over."""

    @property
    def opens(self) -> bool:
        """Whether a further trial could begin now."""

    @property
    def finished(self) -> bool:
        """Whether nothing runs and nothing is left to train."""

    def next(self) -> TrialRecord | None:
        """Open the next trial in the log; None if there is none, or none before others end."""

    def why_stop(self, number: int) -> str:
        """Return why a trial is to be stopped after its newest epoch; empty if it goes on."""


class LogPlan:
    """View of a sweep's log that opens trials; subclasses propose the next one."""

    _log: Log

    def _proposal(self) -> Proposal | None:
        """Return the trial to open next; None if there is none, or none before others end."""
        raise NotImplementedError

    def _values(self, proposal: Proposal) -> dict[str, Value]:
        """Return the values of a trial that is opened."""
        assert proposal.values is not None
        return proposal.values

    @property
    def running(self) -> bool:
        """Whether any trial has begun and is not over."""
        return any(trial.state == "running" for trial in self._log.trials.values())

    @property
    def opens(self) -> bool:
        """Whether a further trial could begin now."""
        return self._proposal() is not None

    @property
    def finished(self) -> bool:
        """Whether nothing runs and nothing is left to train."""
        return not self.running and not self.opens

    def next(self) -> TrialRecord | None:
        """Open the next trial in the log; None if there is none, or none before others end."""
        proposal = self._proposal()
        if proposal is None:
            return None
        values = self._values(proposal)
        number = len(self._log.trials)
        self._log.suggested(number, values, proposal.seeds, proposal.purpose, proposal.limit)
        return self._log.trials[number]
