"""A replication: a sweep of its own whose trials are given, in the folder of the one they are of.

Each trains values that were chosen from the front, as far as the point that was chosen, with seeds
that nothing before has seen. What its models are worth, test data tell, and nothing else does.
"""

import dataclasses
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search.front.configurations import Configuration
from search.front.floors import Floor
from search.front.front import Front, Point, point_at
from search.front.names import point_name
from search.front.pick import PickError, pick, top
from search.planning.fixed_plan import FixedPlan
from search.planning.plan import Proposal, replication_seeds
from search.planning.sampler import SamplerName
from search.space.space import Budget
from search.space.values import Value
from search.store.log import Log
from search.store.storage import Storage
from search.store.trials import TrialRecord
from search.sweep.facts import read_facts
from search.sweep.head import SweepHead
from search.sweep.policy import KeptModels, Policy
from search.sweep.provenance import command
from search.sweep.sweep import Sweep

FOLDER = "replication"
ALL = "all"
NOTE = (
    "What was chosen from the front of {}, trained again with seeds that nothing before has seen. "
    "Each nested run is one trial; `test_<metric>` is the mean over its seeds on test data, "
    "`test_<metric>_sd` the spread, and a step of `seed/test_<metric>` a seed."
)


@dataclass(frozen=True)
class Chosen:
    """What is replicated: a checkpoint of a sweep.

    Attributes:
        name: as in the front's table.
        values: of the searched keys.
        epoch: to which it is trained.
    """

    name: str
    values: dict[str, Value]
    epoch: int


@dataclass(frozen=True)
class ReplicationPolicy(Policy):
    """Training of what was chosen: no trial is searched, stopped or judged by its validation.

    Attributes:
        chosen: what is trained, each with all seeds.
    """

    chosen: Sequence[Chosen]
    floors: tuple[Floor, ...] = ()
    baseline: Mapping[str, float] = field(default_factory=dict)
    sampler: SamplerName = "tpe"
    stopping: bool = False
    keep: KeptModels = "last"

    def plan(self, head: SweepHead, log: Log) -> FixedPlan:
        """Return the plan of what is not trained yet."""
        seeds = replication_seeds(head.seed, head.space.budget.seeds)
        wanted = [Proposal("replicate", one.values, seeds, one.epoch) for one in self.chosen]
        return FixedPlan(log, wanted)

    def budget(self, head: SweepHead, log: Log) -> Budget:
        """Return all that the log's trials take and those still to come, as one long trial."""
        epochs = max(self.plan(head, log).lane_epochs, 1)
        return Budget(trials=1, epochs=epochs, seeds=1)

    def front(self, head: SweepHead, log: Log, trained: Sequence[Configuration]) -> Front:
        """Return the trials that are over, each at its end; none is on a front."""
        objectives = tuple(head.space.objectives)
        points = [_end(trial, objectives) for trial in log.trials.values()]
        known = tuple(point for point in points if point)
        return Front(objectives, (), {}, head.space.reference, 0.0, known)

    def history(self, head: SweepHead, log: Log, front: Front) -> None:
        """Return None: nothing grows."""

    def beaten(self, head: SweepHead, trained: Sequence[Configuration]) -> list[Configuration]:
        """Return nothing: all models are to be tested."""
        return []


@dataclass(frozen=True)
class Replication:
    """A sweep that trains what was chosen, and what was chosen.

    Attributes:
        sweep: with a `ReplicationPolicy`.
        chosen: what is trained, each with all seeds.
    """

    sweep: Sweep
    chosen: Sequence[Chosen]

    @property
    def folder(self) -> Storage:
        """Where its files lie."""
        return self.sweep.folder

    def trained(self, one: Chosen) -> list[TrialRecord]:
        """Return the whole trials of what was chosen, together of all seeds that are trained."""
        return [
            trial
            for trial in self.sweep.log.trials.values()
            if trial.state == "complete" and trial.values == one.values and trial.limit == one.epoch
        ]

    def begun(self, tags: Mapping[str, str]) -> "Replication":
        """Return the replication as this command goes on with it.

        Args:
            tags: that MLflow gets it with.
        """
        facts = self.sweep.facts
        head = self.sweep.head.with_facts(
            commands=(*facts.commands, command()), tags={**facts.tags, **tags}
        )
        return Replication(Sweep(head, self.sweep.policy, self.sweep.log), self.chosen)


def _end(trial: TrialRecord, objectives: Sequence[str]) -> Point | None:
    if trial.state != "complete" or not trial.epochs:
        return None
    return point_at(Configuration((trial,)), len(trial.epochs), (), objectives)


def chosen_of(
    sweep: Sweep, whats: Sequence[str], tolerance: float, count: int | None = None
) -> list[Chosen]:
    """The members of a sweep's front that rules or names pick, each once.

    Args:
        sweep: with its floors.
        whats: what `pick` takes, and `all`.
        tolerance: see `pick`.
        count: so many as `top` takes, in place of `whats`.

    Raises:
        PickError: there is no such member; names the sweep.
    """
    front = sweep.front()
    try:
        points = _picked(front, whats, tolerance) if count is None else top(front, count)
    except PickError as error:
        raise PickError(f"sweep {sweep.name!r}: {error}") from None
    names = {point_name(point): point for point in points}
    return [Chosen(name, point.values, point.epoch) for name, point in names.items()]


def _picked(front: Front, whats: Sequence[str], tolerance: float) -> list[Point]:
    found: list[Point] = []
    for what in whats:
        everything = what == ALL and front.members
        found += front.members if everything else [pick(front, what, tolerance)]
    return found


def replication_of(sweep: Sweep, chosen: Sequence[Chosen], seeds: int) -> Replication:
    """Return the replication of a sweep: a new one, or the one there is.

    Args:
        sweep: whose candidates are replicated.
        chosen: the candidates.
        seeds: number of fresh seeds of each.
    """
    folder = sweep.folder.folder(FOLDER)
    budget = Budget(trials=max(len(chosen), 1), epochs=sweep.space.budget.epochs, seeds=seeds)
    space = dataclasses.replace(sweep.space, budget=budget)
    facts = read_facts(folder) or dataclasses.replace(
        sweep.facts, name=f"{sweep.name}-{FOLDER}", id=secrets.token_hex(8), commands=(), tags={}
    )
    note = {"replicates": sweep.facts.id, "mlflow.note.content": NOTE.format(sweep.name)}
    facts = dataclasses.replace(facts, searched=space.facts(), tags={**facts.tags, **note})
    head = SweepHead(facts.name, folder, space, facts)
    return Replication(Sweep(head, ReplicationPolicy(chosen)), chosen)
