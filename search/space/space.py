"""Space of a sweep: its method, searched domains, objectives and budget."""

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

MOST_SEEDS = 250  # of each kind, so that the seeds of search, check and replication never meet


@dataclass(frozen=True)
class Budget:
    """Budget of a sweep's training.

    Attributes:
        trials: number of whole trials whose epochs the search may train.
        epochs: most epochs of a trial.
        seeds: lanes of a trial.
        race_seeds: most lanes of a configuration near the front; up to `seeds` turns racing off.
        check_seeds: fresh lanes that check the front at the end; 0 for none.
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


STANDS = "stands"
"""Key of the least chance that a seed stands, among the floors of a space."""


@dataclass(frozen=True)
class Space:
    """Space that a sweep searches.

    Attributes:
        name: stem of the file.
        source: path of the file, for messages.
        method: key of `METHODS`.
        task: key of `TASKS`.
        objectives: metric names, the accuracy first.
        fixed: settings of the method that all trials share.
        search: domain of each searched setting.
        features: settings of the features.
        task_settings: settings of the tables that only the task has, by table.
        floor: share of the baseline's value that a member of the front must reach, by metric.
        standing: least chance that a seed of a member stands, `stands` of the table of floors.
        reference: reference point of the hypervolume, for each objective without a floor.
        first: values of configurations that are tried before all others.
        stopping: rule by which trials are stopped early.
        budget: budget, unless options change it.
    """

    name: str
    source: str
    method: str
    task: str
    objectives: tuple[str, ...]
    fixed: dict[str, Value]
    search: dict[str, BaseDistribution]
    budget: Budget
    features: MfccSettings = field(default_factory=MfccSettings)
    task_settings: Mapping[str, Any] = field(default_factory=dict)
    floor: dict[str, float] = field(default_factory=dict)
    standing: float = 0.0
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
        for table, settings in self.task_settings.items():
            document[table] = dataclasses.asdict(settings)
        stands = {STANDS: self.standing} if self.standing else {}
        if self.floor or stands:
            document["floor"] = self.floor | stands
        return tomli_w.dumps(document)

    def facts(self) -> dict[str, Any]:
        """Return all of the space except the number of trials, which --resume may change."""
        facts = tomllib.loads(self.to_toml())
        del facts["budget"]["trials"]
        return facts
