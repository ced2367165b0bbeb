"""Space, checked: what a sweep searches and how much it may train."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import tomli_w
from optuna.distributions import BaseDistribution

from fairser_core.features.mfcc import MfccSettings
from search.space.domains import domain_table
from search.space.stopping import Stopping
from search.space.values import Value

MOST_SEEDS = 250  # of a kind, so that the seeds of search, check and replication never meet


@dataclass(frozen=True)
class Budget:
    """How much a sweep may train.

    Attributes:
        trials: number of trials.
        epochs: epochs of a trial at most.
        seeds: lanes of a trial.
        race_seeds: lanes that a configuration near the front can have in all; a number up to
            `seeds` turns racing off.
        check_seeds: fresh lanes that check the front in the end; 0 for none.
    """

    trials: int
    epochs: int
    seeds: int
    race_seeds: int = 0
    check_seeds: int = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            least = 0 if name in ("race_seeds", "check_seeds") else 1
            if type(value) is not int or value < least:
                raise ValueError(f"`{name}` must be a whole number >= {least}, got {value!r}")
            if name.endswith("seeds") and value > MOST_SEEDS:
                raise ValueError(f"`{name}` must be <= {MOST_SEEDS}, got {value}")

    @property
    def lane_epochs(self) -> int:
        """Lane-epochs that the search may train: its trials' epochs, each counted once a lane."""
        return self.trials * self.epochs * self.seeds


@dataclass(frozen=True)
class Space:
    """What a sweep searches, checked.

    Attributes:
        name: stem of the file.
        place: path of the file, for messages.
        method: key of `METHODS`.
        task: key of `TASKS`.
        objectives: metric names, the accuracy first.
        fixed: settings of the method that all trials share.
        search: domain of each searched setting.
        features: how features are computed.
        own: settings of the tables that only its task has, by table.
        floor: of each metric that a front member must reach so far, the share of the baseline's.
        reference: hypervolume's reference point, for each objective that has no floor.
        first: values of configurations that are tried before all others.
        stopping: rule by which trials are stopped early.
        budget: amount of training, unless options change it.
    """

    name: str
    place: str
    method: str
    task: str
    objectives: tuple[str, ...]
    fixed: dict[str, Value]
    search: dict[str, BaseDistribution]
    budget: Budget
    features: MfccSettings = field(default_factory=MfccSettings)
    own: Mapping[str, Any] = field(default_factory=dict)
    floor: dict[str, float] = field(default_factory=dict)
    reference: dict[str, float] = field(default_factory=dict)
    first: tuple[dict[str, Value], ...] = ()
    stopping: Stopping = field(default_factory=Stopping)

    def to_toml(self) -> str:
        """Return the space as a file, which reads back as the same space."""
        document: dict[str, Any] = {
            "method": self.method,
            "task": self.task,
            "objectives": list(self.objectives),
            "fixed": self.fixed,
            "search": {key: domain_table(domain) for key, domain in self.search.items()},
            "features": dataclasses.asdict(self.features),
            "reference": self.reference,
            "first": list(self.first),
            "stopping": dataclasses.asdict(self.stopping),
            "budget": dataclasses.asdict(self.budget),
        }
        for table, settings in self.own.items():
            document[table] = dataclasses.asdict(settings)
        if self.floor:
            document["floor"] = self.floor
        return tomli_w.dumps(document)

    def facts(self) -> dict[str, Any]:
        """Return all of the space except the number of trials, which --resume may raise."""
        facts = tomllib.loads(self.to_toml())
        del facts["budget"]["trials"]
        return facts
