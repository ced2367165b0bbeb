"""Plan of a search: the next trial and the trials to stop, decided from the log alone."""

from collections.abc import Sequence

from search.front.candidates import candidates_of
from search.front.configurations import Configuration, Configurations
from search.front.floors import Bounds, Floor, bounds
from search.front.front import chosen
from search.planning.early_stopping import Rungs, no_spread
from search.planning.judge import Judge
from search.planning.log_plan import LogPlan, Proposal
from search.planning.planner import Choice, Planner
from search.planning.sampler import Sampler
from search.planning.seeds import common_seeds, fresh_seeds
from search.space.space import Space
from search.space.values import Value
from search.store.log import Log

RACE_SHARE = 0.25  # of the lane-epochs, so that enough is left for new values
RACE_RESERVE = 0.15  # of the budget, at its end, in which racing goes first
RACE_ERRORS = 1.0  # standard errors that a configuration may be off the front and still be raced


class Plan(LogPlan):
    """View of a sweep's log that opens its trials.

    A sweep may train as many lane-epochs as the trials of its budget would, each trained to its
    end. Stopping trials early leaves more for new configurations and for further seeds of
    those near the front. Once the budget allows no further trial, the front is checked with fresh
    seeds.
    """

    def __init__(
        self,
        log: Log,
        space: Space,
        floors: Sequence[Floor],
        seed: int,
        source: Sampler | Planner,
        judge: Judge | None = None,
        stopping: bool = True,
    ) -> None:
        """Replay the log.

        Args:
            log: log of the sweep.
            space: space that is searched.
            floors: floors of the sweep.
            seed: seed of the sweep.
            source: source of new values; a planner also chooses what gets more seeds.
            judge: judge that chooses the front to check; if None, the means over the trained
                lanes choose.
            stopping: whether trials are stopped early.
        """
        self._log, self._space, self._floors, self._seed = log, space, tuple(floors), seed
        self._source, self._judge = source, judge
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
        self._choice: Choice | None = None
        self._chosen_at: tuple[int, int] | None = None
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
            assert isinstance(self._source, Sampler)
            return self._source.suggest(self._trained())
        return proposal.values

    def _trained(self) -> list[Configuration]:
        return self._configurations.update(self._log.trials.values())

    def _proposal(self) -> Proposal | None:
        trained = self._trained()
        return self._search(trained) or (None if self.running else self._check(trained))

    def _search(self, trained: list[Configuration]) -> Proposal | None:
        searched = [t for t in self._log.trials.values() if t.purpose != "check"]
        spent = sum(trial.charge for trial in searched)
        left = self._space.budget.lane_epochs - spent
        if isinstance(self._source, Planner):
            return self._planned(self._source, trained, left)
        raced = sum(trial.charge for trial in searched if trial.purpose == "race")
        exhausted = self._source.exhausted(trained)
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

    def _planned(
        self, planner: Planner, trained: list[Configuration], left: int
    ) -> Proposal | None:
        """Return what a planner chooses, if the budget allows as many lane-epochs."""
        budget, stamp = self._space.budget, (len(self._log.trials), len(self._log.ends))
        if stamp != self._chosen_at:  # epochs of running trials change nothing
            self._choice = planner.choose(trained, max(budget.race_seeds, budget.seeds))
            self._chosen_at = stamp
        choice = self._choice
        if choice is None:
            return None
        if choice.configuration is None:
            seeds, epochs = self._first_seeds(len(trained)), budget.epochs
            proposal = Proposal("search", choice.values, seeds, epochs)
        else:
            seeds, epochs = self._further_seeds(choice.configuration), choice.configuration.epochs
            proposal = Proposal("race", choice.values, seeds, epochs)
        return proposal if len(seeds) * epochs <= left else None

    def _first_seeds(self, configurations: int) -> list[int]:
        """Return the seeds of a new configuration: the next of the common ones, in turn.

        With the same seeds for all, the search would follow whatever these seeds favour, since a
        region of the space that is lucky with a seed is so as a whole.
        """
        common, lanes = common_seeds(self._space.budget, self._seed), self._space.budget.seeds
        start = configurations * lanes % len(common)
        return sorted((common + common)[start : start + lanes])

    def _further_seeds(self, configuration: Configuration) -> list[int]:
        """Return the next seeds for a configuration, at most as many as a trial has lanes."""
        budget = self._space.budget
        common = common_seeds(budget, self._seed)
        return [seed for seed in common if seed not in configuration.seeds][: budget.seeds]

    def _to_race(self, trained: list[Configuration]) -> Configuration | None:
        """Return the configuration that needs more seeds most: on the front or near, few lanes.

        None if no such configuration can have more.
        """
        candidates = candidates_of(trained, self._space.objectives, bounds(self._floors))
        near = set(candidates.owners[candidates.near(RACE_ERRORS)].tolist())
        members = set(candidates.owners[candidates.on_front].tolist())
        rows = [
            row
            for row in sorted(near)
            if self._further_seeds(trained[row]) and trained[row].settled
        ]
        first = min(rows, key=lambda r: (r not in members, len(trained[r].seeds)), default=None)
        return None if first is None else trained[first]

    def _check(self, trained: list[Configuration]) -> Proposal | None:
        """Return the check of a member that was not trained with fresh seeds, or not as far."""
        seeds = fresh_seeds(self._seed, self._space.budget.check_seeds)
        if not seeds:
            return None
        posterior = self._judge.posterior(trained) if self._judge else None
        objectives, floors = self._space.objectives, bounds(self._floors)
        owners, epochs = chosen(trained, objectives, floors, posterior)
        for row in dict.fromkeys(owners.tolist()):
            limit = int(epochs[owners == row].max())
            if all(trial.limit < limit for trial in trained[row].checks):
                return Proposal("check", trained[row].values, seeds, limit)
        return None
