"""Plan of a sweep: what it trains next and what it stops, decided from its log alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from search.front.candidates import Candidates, candidates_of
from search.front.configurations import Configuration, Configurations
from search.front.floors import Bounds, Floor, bounds
from search.planning.early_stopping import Rungs, no_spread
from search.planning.sampler import Sampler
from search.space.space import Budget, Space
from search.space.values import Value
from search.store.log import Log
from search.store.trials import Purpose, TrialRecord

LANE_STRIDE = 1000  # between the lane seeds of two sweep seeds, which never meet
FRESH_FROM = 500  # first of these that checks the front
REPLICATION_FROM = 750  # first of these that replicates chosen members
RACE_SHARE = 0.25  # of the lane-epochs, so that enough is left for new values
RACE_RESERVE = 0.15  # of the budget, at its end, in which racing goes first
RACE_ERRORS = 1.0  # standard errors that a configuration may be off the front and still be raced


def lane_seeds(seed: int, lanes: int) -> list[int]:
    """Return seeds of a trial's lanes, the same for every configuration, for a fair comparison."""
    return [LANE_STRIDE * seed + lane for lane in range(lanes)]


def common_seeds(budget: Budget, seed: int) -> list[int]:
    """Return the seeds that any configuration of a sweep can be trained with."""
    return lane_seeds(seed, max(budget.race_seeds, budget.seeds))


def fresh_seeds(seed: int, lanes: int) -> list[int]:
    """Return seeds that the search of a sweep never uses."""
    return [LANE_STRIDE * seed + FRESH_FROM + lane for lane in range(lanes)]


def replication_seeds(seed: int, lanes: int) -> list[int]:
    """Return seeds that neither the search of a sweep nor its check ever uses."""
    return [LANE_STRIDE * seed + REPLICATION_FROM + lane for lane in range(lanes)]


@dataclass(frozen=True)
class Proposal:
    """A trial that could be opened.

    Attributes:
        purpose: purpose as in the log.
        values: values of the searched keys; None for new ones, which the sampler is yet to choose.
        seeds: seeds of the lanes.
        limit: epochs to train at most.
    """

    purpose: Purpose
    values: dict[str, Value] | None
    seeds: list[int]
    limit: int


class Opener(Protocol):
    """Opens the trials of a sweep, and stops them."""

    @property
    def running(self) -> bool:
        """Whether any trial has begun and is not over."""

    @property
    def finished(self) -> bool:
        """Whether nothing runs and nothing is left to train."""

    def next(self) -> TrialRecord | None:
        """Open the next trial in the log; None if there is none, or none before others end."""

    def why_stop(self, number: int) -> str:
        """Return why a trial is to be stopped after its newest epoch; empty if it goes on."""


class LogPlan:
    """View of a sweep's log that opens trials in it; each kind of plan decides which is next."""

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
    def finished(self) -> bool:
        """Whether nothing runs and nothing is left to train."""
        return not self.running and self._proposal() is None

    def next(self) -> TrialRecord | None:
        """Open the next trial in the log; None if there is none, or none before others end."""
        proposal = self._proposal()
        if proposal is None:
            return None
        values = self._values(proposal)
        number = len(self._log.trials)
        self._log.suggested(number, values, proposal.seeds, proposal.purpose, proposal.limit)
        return self._log.trials[number]


class Plan(LogPlan):
    """View of a sweep's log that opens its trials.

    A sweep may train as many lane-epochs as its budget's trials would take if each was trained to
    its end. Stopping trials early leaves more for new configurations and for further seeds of
    those near the front. Once the budget allows no further trial, the front is checked with fresh
    seeds.
    """

    def __init__(
        self,
        log: Log,
        space: Space,
        floors: Sequence[Floor],
        seed: int,
        sampler: Sampler,
        stopping: bool = True,
    ) -> None:
        """Replay the log.

        Args:
            log: log of the sweep.
            space: space that is searched.
            floors: floors of the sweep.
            seed: seed of the sweep.
            sampler: source of new values.
            stopping: whether trials are stopped early.
        """
        self._log, self._space, self._floors, self._seed = log, space, tuple(floors), seed
        self._sampler = sampler
        self._rungs = (
            Rungs(
                space.stopping,
                space.budget.epochs,
                space.objectives,
                self._rung_floors,
                floors[0].spread if floors else no_spread,  # the same in all floors
            )
            if stopping
            else None
        )
        self._replayed = 0
        self._configurations = Configurations()

    def _rung_floors(self, epoch: int) -> Bounds:
        return tuple((floor.metric, floor.at(epoch)) for floor in self._floors)

    def why_stop(self, number: int) -> str:
        """Return why a trial is to be stopped after its newest epoch; empty if it goes on."""
        if not self._rungs:
            return ""
        for trial, epoch in self._log.reports[self._replayed :]:
            record = self._log.trials[trial]
            if record.purpose == "search":  # the others train values that passed the rungs before
                self._rungs.report(trial, record.epochs[epoch - 1])
        self._replayed = len(self._log.reports)
        return self._rungs.why_stop(number)

    def _values(self, proposal: Proposal) -> dict[str, Value]:
        if proposal.values is None:
            return self._sampler.suggest(self._trained())
        return proposal.values

    def _trained(self) -> list[Configuration]:
        return self._configurations.update(self._log.trials.values())

    def _proposal(self) -> Proposal | None:
        trained = self._trained()
        return self._search(trained) or (None if self.running else self._check(trained))

    def _search(self, trained: list[Configuration]) -> Proposal | None:
        searched = [t for t in self._log.trials.values() if t.purpose != "check"]
        spent = sum(trial.charge for trial in searched)
        raced = sum(trial.charge for trial in searched if trial.purpose == "race")
        left = self._space.budget.lane_epochs - spent
        exhausted = self._sampler.exhausted(trained)
        ending = left <= RACE_RESERVE * self._space.budget.lane_epochs
        may_race = exhausted or ending or raced <= RACE_SHARE * spent
        chosen = self._to_race(trained) if may_race else None
        if chosen:
            seeds = self._further_seeds(chosen)
            if len(seeds) * chosen.epochs <= left:
                return Proposal("race", chosen.values, seeds, chosen.epochs)
        budget = self._space.budget
        if exhausted or budget.seeds * budget.epochs > left:
            return None
        return Proposal("search", None, self._first_seeds(len(trained)), budget.epochs)

    def _first_seeds(self, configurations: int) -> list[int]:
        """Return the seeds of a new configuration: the next of the common ones, in turn.

        With the same seeds for all, the search would follow whatever these seeds favour, since a
        region of the space that is lucky with a seed is so as a whole.
        """
        common, lanes = common_seeds(self._space.budget, self._seed), self._space.budget.seeds
        start = configurations * lanes % len(common)
        return sorted((common + common)[start : start + lanes])

    def _candidates(self, trained: list[Configuration]) -> Candidates:
        return candidates_of(trained, self._space.objectives, bounds(self._floors))

    def _further_seeds(self, configuration: Configuration) -> list[int]:
        """Return the next seeds for a configuration, at most as many as a trial has lanes."""
        budget = self._space.budget
        common = common_seeds(budget, self._seed)
        return [seed for seed in common if seed not in configuration.seeds][: budget.seeds]

    def _to_race(self, trained: list[Configuration]) -> Configuration | None:
        """Return the configuration that needs more seeds most: on the front or near, few lanes.

        None if no such configuration can have more.
        """
        candidates = self._candidates(trained)
        near = set(candidates.owners[candidates.near(RACE_ERRORS)].tolist())
        members = set(candidates.owners[candidates.on_front].tolist())
        rows = [
            row
            for row in sorted(near)
            if self._further_seeds(trained[row])
            and trained[row].trials == trained[row].counted  # none runs, none failed
        ]
        first = min(rows, key=lambda r: (r not in members, len(trained[r].seeds)), default=None)
        return None if first is None else trained[first]

    def _check(self, trained: list[Configuration]) -> Proposal | None:
        """Return the check of a member that was not trained with fresh seeds, or not as far."""
        seeds = fresh_seeds(self._seed, self._space.budget.check_seeds)
        if not seeds:
            return None
        candidates = self._candidates(trained)
        on_front, owners = candidates.on_front, candidates.owners
        for row in dict.fromkeys(owners[on_front].tolist()):
            limit = int(candidates.epochs[on_front & (owners == row)].max())
            if all(trial.limit < limit for trial in trained[row].checks):
                return Proposal("check", trained[row].values, seeds, limit)
        return None
