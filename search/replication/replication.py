"""Replication: a sweep that trains candidates of another sweep's front again.

Its folder lies in that sweep's folder. Each trial trains a candidate's values to the candidate's
epoch with fresh seeds, which no trial before used. Only test data judge its models.
"""

import dataclasses
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search.front.configurations import Configuration
from search.front.floors import Floor
from search.front.front import Front
from search.front.point import Point, point_at
from search.planning.fixed_plan import FixedPlan
from search.planning.judge import Judge
from search.planning.log_plan import Proposal
from search.planning.sampler_names import POSTERIOR, SamplerName
from search.planning.seeds import replication_seeds
from search.posterior.posterior import Posterior
from search.space.space import Budget
from search.space.values import Value
from search.store.log import Log
from search.store.storage import Storage, StorageError
from search.store.trials import TrialRecord
from search.sweep.facts import FACTS_FILE, read_facts
from search.sweep.head import SweepHead
from search.sweep.policy import KeptModels, Policy
from search.sweep.provenance import command
from search.sweep.sweep import Sweep

FOLDER = "replication"
NOTE = (
    "Candidates chosen from the front of {}, trained again with seeds that no trial before used. "
    "Each nested run is one trial. `test_<metric>` is the mean over its seeds on test data and "
    "`test_<metric>_sd` the standard deviation; each step of `seed/test_<metric>` is a seed."
)


@dataclass(frozen=True)
class ReplicatedCandidate:
    """Candidate of a sweep that is trained again.

    Attributes:
        name: name in the front's table.
        values: value of each searched key.
        epoch: epoch to which the candidate is trained.
    """

    name: str
    values: dict[str, Value]
    epoch: int


@dataclass(frozen=True)
class ReplicationPolicy(Policy):
    """Policy of a replication: no trial is searched, stopped or judged on validation data.

    Attributes:
        candidates: candidates, each trained with all seeds.
    """

    candidates: Sequence[ReplicatedCandidate]
    floors: tuple[Floor, ...] = ()
    baseline: Mapping[str, float] = field(default_factory=dict)
    sampler: SamplerName = POSTERIOR
    stopping: bool = False
    keep: KeptModels = "last"

    def judge(self, head: SweepHead) -> None:
        """Return None: nothing is judged."""

    def plan(self, head: SweepHead, log: Log, judge: Judge | None = None) -> FixedPlan:
        """Return the plan of the trials that are not trained yet."""
        seeds = replication_seeds(head.seed, head.space.budget.seeds)
        proposals = [Proposal("replicate", c.values, seeds, c.epoch) for c in self.candidates]
        return FixedPlan(log, proposals)

    def budget(self, head: SweepHead, log: Log) -> Budget:
        """Return the epochs of the log's trials and of those still to come, as one long trial."""
        epochs = max(self.plan(head, log).lane_epochs, 1)
        return Budget(trials=1, epochs=epochs, seeds=1)

    def front(
        self, head: SweepHead, trained: Sequence[Configuration], posterior: Posterior | None
    ) -> Front:
        """Return the complete trials, each at its last epoch; none is on a front."""
        objectives = tuple(head.space.objectives)
        trials = sorted((t for c in trained for t in c.trials), key=lambda trial: trial.number)
        ends = (_end(trial, objectives) for trial in trials)
        points = tuple(point for point in ends if point)
        return Front(objectives, (), {}, head.space.reference, 0.0, points)

    def history(self, head: SweepHead, log: Log, front: Front) -> None:
        """Return None: a replication has no growing front."""

    def needed(
        self, head: SweepHead, trained: Sequence[Configuration], posterior: Posterior | None
    ) -> list[set[int]]:
        """Return all epochs: every model is kept for the test."""
        return [set(range(1, configuration.epochs + 1)) for configuration in trained]


@dataclass(frozen=True)
class Replication:
    """Sweep that trains candidates again, with the candidates.

    Attributes:
        sweep: sweep with a `ReplicationPolicy`.
        candidates: candidates, each trained with all seeds.
    """

    sweep: Sweep
    candidates: Sequence[ReplicatedCandidate]

    @property
    def folder(self) -> Storage:
        """Folder of the sweep's files."""
        return self.sweep.folder

    def trained_trials(self, candidate: ReplicatedCandidate) -> list[TrialRecord]:
        """Return the complete trials of a candidate; together they cover its trained seeds."""
        return [
            trial
            for trial in self.sweep.log.trials.values()
            if trial.state == "complete"
            and trial.values == candidate.values
            and trial.limit == candidate.epoch
        ]

    def with_command(self, tags: Mapping[str, str]) -> "Replication":
        """Return the replication with the running command in its facts.

        Args:
            tags: further tags of the replication's MLflow run.
        """
        facts = self.sweep.facts
        head = self.sweep.head.with_facts(
            commands=(*facts.commands, command()), tags={**facts.tags, **tags}
        )
        return Replication(Sweep(head, self.sweep.policy, self.sweep.log), self.candidates)


def _end(trial: TrialRecord, objectives: Sequence[str]) -> Point | None:
    if trial.state != "complete" or not trial.epochs:
        return None
    return point_at(Configuration((trial,)), len(trial.epochs), (), objectives)


def replication_folder(sweep: Sweep) -> Storage:
    """Return the folder of the replication of a sweep; there may be none.

    Raises:
        StorageError: the replication of another sweep lies there.
    """
    folder = sweep.folder.folder(FOLDER)
    facts = read_facts(folder)
    replicates = facts.tags.get("replicates") if facts else None
    if replicates not in (None, sweep.facts.id):
        raise StorageError(
            f"{folder.where(FACTS_FILE)} is of a replication of the sweep with the id "
            f"{replicates}, not of {sweep.name}, in whose folder it lies"
        )
    return folder


def replication_of(
    sweep: Sweep, candidates: Sequence[ReplicatedCandidate], seeds: int
) -> Replication:
    """Return the replication of a sweep: a new one, or the one in the sweep's folder.

    Args:
        sweep: sweep of the candidates.
        candidates: candidates to train again.
        seeds: number of fresh seeds of each candidate.
    """
    folder = replication_folder(sweep)
    budget = Budget(trials=max(len(candidates), 1), epochs=sweep.space.budget.epochs, seeds=seeds)
    space = dataclasses.replace(sweep.space, budget=budget)
    facts = read_facts(folder) or dataclasses.replace(
        sweep.facts, name=f"{sweep.name}-{FOLDER}", id=secrets.token_hex(8), commands=(), tags={}
    )
    note = {"replicates": sweep.facts.id, "mlflow.note.content": NOTE.format(sweep.name)}
    facts = dataclasses.replace(facts, searched=space.facts(), tags={**facts.tags, **note})
    head = SweepHead(facts.name, folder, space, facts)
    return Replication(Sweep(head, ReplicationPolicy(candidates)), candidates)
