"""A search space: a TOML file that names a method, its fixed values and its searched domains."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w
from optuna.distributions import BaseDistribution

from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.vectors import VectorSettings
from fairser_core.tasks.activation import WindowSettings
from search.domain import SpaceError, domain_table, parse_domain
from search.log import Value
from search.rungs import Stopping
from search.space_checks import check
from search.task import TASKS

SPACES = Path(__file__).resolve().parent.parent / "spaces"
OF_TASKS = [table for task in TASKS.values() for table in task.tables]
TABLES = ("fixed", "search", "features", *OF_TASKS, "floor", "reference", "stopping", "budget")
MOST_SEEDS = 250  # of a kind: the seeds of search, check and replication never meet
OWN = ("fixed", "budget")  # tables that [corpus.NAME] may override in part


@dataclass(frozen=True)
class Budget:
    """How much a sweep may train.

    Attributes:
        trials: trials in all.
        epochs: epochs of a trial at most.
        seeds: lanes of a trial.
        race_seeds: lanes that a configuration near the front can earn in all; no more than
            `seeds` for none.
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
        """What the search may train in all: its trials' epochs, each counted once a lane."""
        return self.trials * self.epochs * self.seeds


@dataclass(frozen=True)
class Space:
    """What a sweep searches, checked.

    Attributes:
        name: the file's stem.
        place: the file, for messages.
        method: key of `METHODS`.
        task: key of `TASKS`: what is learned.
        objectives: metric names, the accuracy first.
        fixed: settings of the method that all trials share.
        search: domain of each searched setting.
        features: how features are computed.
        windows: how utterances are cut; activation only.
        vectors: how utterances become vectors; emotion only.
        floor: of each metric that a front member must reach so far, the share of the baseline's.
        reference: hypervolume's reference point, for each objective that has no floor.
        first: values of configurations that are tried before all others.
        stopping: when trials are stopped early.
        budget: default amount of training.
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
    windows: WindowSettings = field(default_factory=WindowSettings)
    vectors: VectorSettings = field(default_factory=VectorSettings)
    floor: dict[str, float] = field(default_factory=dict)
    reference: dict[str, float] = field(default_factory=dict)
    first: tuple[dict[str, Value], ...] = ()
    stopping: Stopping = field(default_factory=Stopping)

    def to_toml(self) -> str:
        """The space as a file that reads back as itself."""
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
        for table in TASKS[self.task].tables:
            document[table] = dataclasses.asdict(getattr(self, table))
        if self.floor:
            document["floor"] = self.floor
        return tomli_w.dumps(document)


def available() -> list[str]:
    """Names of the spaces that come with fairser."""
    return sorted(path.stem for path in SPACES.glob("*.toml"))


def _settings_table(kind: type, table: dict[str, Any], place: str) -> Any:
    """A settings dataclass from a file's table."""
    known = [f.name for f in dataclasses.fields(kind)]
    for key in table:
        if key not in known:
            raise SpaceError(f"unknown key `{key}`; there are {', '.join(known)} ({place})")
    try:
        return kind(**table)
    except (ValueError, TypeError) as error:
        raise SpaceError(f"{error} ({place})") from error


def for_corpus(document: dict[str, Any], corpus: str, place: str) -> dict[str, Any]:
    """The document with what [corpus.NAME] says of this corpus in place of the general."""
    own = document.pop("corpus", {})
    for name, tables in own.items():
        for table in tables:
            if table not in OWN:
                raise SpaceError(
                    f"[corpus.{name}] may hold {' and '.join(OWN)}, got {table} ({place})"
                )
    for table, values in own.get(corpus, {}).items():
        document[table] = {**document.get(table, {}), **values}
    return document


def _check_task(document: Mapping[str, Any], place: str) -> None:
    """The task is known, and method and tables are its own."""
    name = document.get("task")
    if name not in TASKS:
        raise SpaceError(f"`task` must be one of {', '.join(TASKS)}, got {name!r} ({place})")
    if document.get("method") not in TASKS[name].methods:
        raise SpaceError(
            f"`method` must be one of {', '.join(TASKS[name].methods)} for task {name!r}, got "
            f"{document.get('method')!r} ({place})"
        )
    for other, task in TASKS.items():
        for table in task.tables:
            if other != name and table in document:
                raise SpaceError(f"[{table}] is of task {other!r}, this is {name!r} ({place})")


def parse(document: Mapping[str, Any], name: str, place: str) -> Space:
    """The space that a TOML document describes.

    Args:
        document: the parsed file.
        name: of the space.
        place: the file, for messages.

    Raises:
        SpaceError: an unknown key or metric, an impossible value or range.
    """
    known = ("method", "task", "objectives", "first", *TABLES)
    for key in document:
        if key not in known:
            raise SpaceError(f"unknown key `{key}`; there are {', '.join(known)} ({place})")
    _check_task(document, place)
    for key in TABLES:
        if not isinstance(document.get(key, {}), dict):
            raise SpaceError(f"[{key}] must be a table, got {document[key]!r} ({place})")
    first = document.get("first", [])
    if not isinstance(first, list) or not all(isinstance(values, dict) for values in first):
        raise SpaceError(f"[[first]] must be tables of values, got {first!r} ({place})")
    space = Space(
        name=name,
        place=place,
        method=document["method"],
        task=document["task"],
        objectives=tuple(document.get("objectives", ())),
        fixed=dict(document.get("fixed", {})),
        search={
            key: parse_domain(table, f"{place} [search.{key}]")
            for key, table in document.get("search", {}).items()
        },
        features=_settings_table(MfccSettings, document.get("features", {}), f"{place} [features]"),
        windows=_settings_table(WindowSettings, document.get("windows", {}), f"{place} [windows]"),
        vectors=_settings_table(VectorSettings, document.get("vectors", {}), f"{place} [vectors]"),
        floor=dict(document.get("floor", {})),
        reference=dict(document.get("reference", {})),
        first=tuple(document.get("first", ())),
        stopping=_settings_table(Stopping, document.get("stopping", {}), f"{place} [stopping]"),
        budget=_settings_table(Budget, document.get("budget", {}), f"{place} [budget]"),
    )
    both = sorted(set(space.fixed) & set(space.search))
    if both:
        raise SpaceError(f"`{both[0]}` is both fixed and searched ({place})")
    check(space)
    return space


def load(name_or_path: str, corpus: str = "", changes: Mapping[str, Any] | None = None) -> Space:
    """Read a space by name or path, with the user's changes (`--set`) in place.

    Args:
        name_or_path: one of `available()` or a path that ends in .toml.
        corpus: the corpus searched on; `[corpus.NAME]` tables of that name go first.
        changes: `key` (a setting of the method, no longer searched) or `table.key` to a value.

    Raises:
        SpaceError: no such space, a broken file, or an impossible value.
    """
    path = Path(name_or_path) if name_or_path.endswith(".toml") else SPACES / f"{name_or_path}.toml"
    if not path.is_file():
        raise SpaceError(
            f"no space {name_or_path!r}; there are {', '.join(available())}, or give the path of "
            "a .toml file"
        )
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpaceError(f"{error} ({path})") from error
    place = f"spaces/{path.name}" if path.parent == SPACES else str(path)
    document = for_corpus(document, corpus, place)
    for key, value in (changes or {}).items():
        table, dot, inner = key.rpartition(".")
        document.setdefault(table if dot else "fixed", {})[inner] = value
        if not dot:
            document.get("search", {}).pop(key, None)
            for given in document.get("first", []):
                given.pop(key, None)
    return parse(document, path.stem, place)
