"""A replication: a sweep of its own whose trials are given, in the folder of the one they are of.

Each trains values that were chosen from the front, as far as the point that was chosen, with seeds
that nothing before has seen. What its models are worth, test data tell, and nothing else does.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.front.configurations import Configuration
from search.front.front import Front, Point, point_at
from search.front.history import Moment
from search.front.names import point_name
from search.front.pick import PickError, pick, top
from search.planning.fixed_plan import FixedPlan
from search.planning.plan import Proposal, replication_seeds
from search.ray_tune.cluster import Resources
from search.space.space import Budget
from search.space.values import Value
from search.store import snapshots as checkpoint
from search.store.log import TrialRecord
from search.sweep.provenance import command
from search.sweep.resume_check import space_facts
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


@dataclass
class Replication(Sweep):
    """A sweep whose trials are given: none is searched, stopped or judged by its validation.

    Attributes:
        chosen: what is trained, each with all seeds.
    """

    chosen: Sequence[Chosen] = ()

    def _wanted(self) -> list[Proposal]:
        seeds = replication_seeds(self.seed, self.space.budget.seeds)
        return [Proposal("replicate", one.values, seeds, one.epoch) for one in self.chosen]

    def begin(self, tags: Mapping[str, str]) -> None:
        """Note by which command it goes on, and with which tags MLflow gets it."""
        self.facts["commands"] = [*self.facts["commands"], command()]
        self.facts["tags"] = {**self.facts["tags"], **tags}

    def plan(self) -> FixedPlan:
        """What is to be trained next, as the log stands."""
        return FixedPlan(self.log, self._wanted())

    @property
    def budget(self) -> Budget:
        """All that the log's trials take and those that are still to come, as one long trial."""
        return Budget(trials=1, epochs=max(self.plan().lane_epochs, 1), seeds=1)

    def front(self) -> Front:
        """The trials that are over, each at its end; none is on a front."""
        objectives = tuple(self.space.objectives)
        points = [_end(trial, objectives) for trial in self.log.trials.values()]
        known = tuple(point for point in points if point)
        return Front(objectives, (), {}, self.space.reference, 0.0, known)

    def history(self) -> list[Moment]:
        """Nothing grows."""
        return []

    def front_files(self) -> dict[str, bytes]:
        """There is no front to be written."""
        return {}

    def tidy(self) -> None:
        """Remove the checkpoints of the trial that ended last; its model stays."""
        checkpoint.drop(self.folder, self.log.ends[-1].trial)

    def _common(self, need: Resources) -> dict[str, Any]:
        return {**super()._common(need), "keep": "last"}

    def trained(self, one: Chosen) -> list[TrialRecord]:
        """The whole trials of what was chosen, together of all seeds that are trained."""
        return [
            trial
            for trial in self.log.trials.values()
            if trial.state == "complete" and trial.values == one.values and trial.limit == one.epoch
        ]


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
    """The replication of a sweep: a new one, or the one there is.

    Args:
        sweep: whose checkpoints are replicated.
        chosen: the checkpoints.
        seeds: with so many seeds each.
    """
    budget = Budget(trials=max(len(chosen), 1), epochs=sweep.space.budget.epochs, seeds=seeds)
    made = Replication(
        f"{sweep.name}-{FOLDER}",
        sweep.folder.folder(FOLDER),
        dataclasses.replace(sweep.space, budget=budget),
        sweep.seed,
        stopping=False,
        chosen=chosen,
    )
    made.facts = {
        **sweep.facts,
        **made.facts,
        "commands": made.facts.get("commands", []),
        "searched": space_facts(made.space),
        "tags": {
            **made.facts.get("tags", {}),
            "replicates": sweep.facts["id"],
            "mlflow.note.content": NOTE.format(sweep.name),
        },
    }
    return made
