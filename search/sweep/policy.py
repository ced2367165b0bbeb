"""Policies: what a sweep trains next, and how the sweep judges what was trained."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from search.front.candidates import KEPT_ERRORS, candidates_of
from search.front.configurations import Configuration
from search.front.floors import Bounds, Floor, bounds
from search.front.front import Front, build
from search.front.history import History
from search.front.point import Point
from search.planning.judge import Judge
from search.planning.log_plan import Opener
from search.planning.plan import Plan
from search.planning.planner import Planner
from search.planning.sampler import Sampler
from search.planning.sampler_names import POSTERIOR, SamplerName
from search.posterior.claims import hopeful
from search.posterior.lanes import Floats
from search.posterior.posterior import Posterior
from search.space.space import Budget
from search.store.log import Log
from search.sweep.head import SweepHead

KeptModels: TypeAlias = Literal["feasible", "last"]


class Policy(ABC):
    """Choice of the next trials of a sweep, and judgement of the trained ones.

    Attributes:
        keep: models that a trial keeps: those of epochs above the floors, or of its last epoch.
        floors: floors that a model must reach to count.
        baseline: metrics of the baseline, to show beside the front.
        sampler: name of the sampler of new values.
        stopping: whether trials are stopped early.
    """

    keep: KeptModels
    floors: tuple[Floor, ...]
    baseline: Mapping[str, float]
    sampler: SamplerName
    stopping: bool

    @abstractmethod
    def judge(self, head: SweepHead) -> Judge | None:
        """Return the judge of what is trained; None where the trained lanes' means judge."""

    @abstractmethod
    def plan(self, head: SweepHead, log: Log, judge: Judge | None) -> Opener:
        """Return the plan of what is trained next, as the log stands."""

    @abstractmethod
    def budget(self, head: SweepHead, log: Log) -> Budget:
        """Return the budget that the sweep may train."""

    @abstractmethod
    def front(
        self, head: SweepHead, trained: Sequence[Configuration], posterior: Posterior | None
    ) -> Front:
        """Return the front of configurations."""

    @abstractmethod
    def history(self, head: SweepHead, log: Log, front: Front) -> History | None:
        """Return the history of the front; None if no front grows."""

    @abstractmethod
    def needed(
        self, head: SweepHead, trained: Sequence[Configuration], posterior: Posterior | None
    ) -> list[set[int]]:
        """Return the epochs of each configuration whose models may be needed."""

    @property
    def bounds(self) -> Bounds:
        """Metric and least value of each floor."""
        return bounds(self.floors)


@dataclass(frozen=True)
class SearchPolicy(Policy):
    """Search of a space: values are sampled, trials stopped early, the front kept.

    Attributes:
        baseline_points: the baseline's own front; see `Front`.
        baseline_lanes: values of the baseline's lanes (seed, epoch), by metric.
    """

    floors: tuple[Floor, ...] = ()
    baseline: Mapping[str, float] = field(default_factory=dict)
    sampler: SamplerName = POSTERIOR
    stopping: bool = True
    keep: KeptModels = "feasible"
    baseline_points: tuple[Point, ...] = ()
    baseline_lanes: Mapping[str, Floats] = field(default_factory=dict, compare=False)

    def judge(self, head: SweepHead) -> Judge | None:
        """Return the judge with the sweep's floors and baseline.

        Returns:
            None before these are there, and where nothing is searched.
        """
        if not head.space.search or (head.space.floor and not self.floors):
            return None
        fronts_alone = head.facts.kept == "front"
        return Judge(head.space, self.floors, self.baseline_lanes, fronts_alone)

    def plan(self, head: SweepHead, log: Log, judge: Judge | None) -> Opener:
        """Return the plan of the search."""
        source = (
            Planner(head.space, judge, head.seed)
            if judge and self.sampler == POSTERIOR
            else Sampler(head.space, self.floors, head.seed, self.sampler)
        )
        return Plan(log, head.space, self.floors, head.seed, source, judge, self.stopping)

    def budget(self, head: SweepHead, log: Log) -> Budget:
        """Return the space's budget."""
        return head.space.budget

    def front(
        self, head: SweepHead, trained: Sequence[Configuration], posterior: Posterior | None
    ) -> Front:
        """Return the front above the floors."""
        space = head.space
        front = build(
            trained, space.objectives, space.reference, self.floors, self.baseline, posterior
        )
        return replace(front, baseline_points=self.baseline_points)

    def history(self, head: SweepHead, log: Log, front: Front) -> History:
        """Return the history of the front's hypervolume."""
        return History(log, head.space.objectives, self.floors, front.reference_costs)

    def needed(
        self, head: SweepHead, trained: Sequence[Configuration], posterior: Posterior | None
    ) -> list[set[int]]:
        """Return the epochs of each configuration that are not far from the front."""
        candidates = candidates_of(trained, head.space.objectives, self.bounds)
        near = candidates.near(KEPT_ERRORS)
        needed: list[set[int]] = [set() for _ in trained]
        pairs = [(candidates.owners[near], candidates.epochs[near])]
        if posterior is not None:
            rows, indices = np.nonzero(hopeful(posterior))
            pairs.append((rows, indices + 1))
        for owners, epochs in pairs:
            for row, epoch in zip(owners.tolist(), epochs.tolist(), strict=True):
                needed[row].add(epoch)
        return needed
