"""Options of a sweep, given by the command line and kept in sweep.json."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from search.planning.failures import MAX_FAILURES
from search.planning.sampler import SamplerName
from search.space.space import Budget
from search.tasks.options import CorpusOptions

RESULTS = "results"  # folder that holds all sweeps where none is named
SMOKE = {"trials": 3, "epochs": 2, "seeds": 2, "race_seeds": 2, "check_seeds": 2}
PATHS = ("corpus_dir", "raters", "pretrained")
RENAMED = {"checkpoint": "pretrained"}  # options as earlier versions kept them


@dataclass(frozen=True)
class MachineOptions:
    """Options of the machine that trials run on.

    Attributes:
        concurrent: greatest number of trials at once; None for as many as fit.
        cpus_per_trial: CPU cores of a trial.
        gpus_per_trial: GPUs of a trial; None for one where the cluster has any.
        max_failures: times a trial may begin again without a new epoch in between.
        address: of a running Ray cluster; None to start one on this machine.
    """

    concurrent: int | None = None
    cpus_per_trial: float = 1.0
    gpus_per_trial: float | None = None
    max_failures: int = MAX_FAILURES
    address: str | None = None


@dataclass(frozen=True)
class MachineChanges:
    """Options of the machine that a command line gives; None where it gives none."""

    concurrent: int | None = None
    cpus_per_trial: float | None = None
    gpus_per_trial: float | None = None
    max_failures: int | None = None
    address: str | None = None

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the options."""
        return [f.name for f in fields(cls)]

    def applied(self, machine: MachineOptions) -> MachineOptions:
        """Return the options of a machine with the given ones in place of theirs."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return dataclasses.replace(machine, **given)


@dataclass(frozen=True)
class RunOptions:
    """Options of a sweep; None where an option was not given.

    Attributes:
        space: name or path of the space.
        seed: of the whole sweep.
        sampler: source of new values.
        scheduler: rule of early stopping.
        name: of the sweep.
        base: sweep whose best trial gives the fixed values.
        stage1: sweep, or member of its front, that stage 2 builds on.
        trials: budget; with `epochs`, `seeds`, `race_seeds` and `check_seeds` in place of the
            space's own.
        tracking_uri: MLflow's.
        corpus: corpus, and how it is read.
        machine: that trials run on.
    """

    space: str = "adversarial"
    seed: int = 0
    sampler: SamplerName = "tpe"
    scheduler: Literal["mo-asha", "none"] = "mo-asha"
    name: str | None = None
    base: str | None = None
    stage1: str | None = None
    trials: int | None = None
    epochs: int | None = None
    seeds: int | None = None
    race_seeds: int | None = None
    check_seeds: int | None = None
    tracking_uri: str | None = None
    corpus: CorpusOptions = field(default_factory=CorpusOptions)
    machine: MachineOptions = field(default_factory=MachineOptions)

    def budget(self, space: Budget) -> Budget:
        """Return the space's budget, with the given options in place of its values."""
        names = [f.name for f in fields(Budget)]
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return dataclasses.replace(space, **{**(SMOKE if self.corpus.smoke else {}), **given})

    def changed(self, given: Mapping[str, Any]) -> "RunOptions":
        """Return the options with given values in place of theirs; other names are ignored.

        Args:
            given: values by option, of any of the dataclasses.
        """
        return dataclasses.replace(
            _changed(self, given),
            corpus=_changed(self.corpus, given, but=()),
            machine=_changed(self.machine, given),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the given options by name."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        flat = {**own, **vars(self.corpus), **vars(self.machine)}
        del flat["machine"]
        known = {n: v for n, v in flat.items() if v is not None and v is not False}
        return {n: str(v) if isinstance(v, Path) else v for n, v in known.items()}

    @classmethod
    def from_json(cls, options: Mapping[str, Any]) -> "RunOptions":
        """Return the options that `to_json` wrote, also in earlier versions."""
        given = {RENAMED.get(name, name): value for name, value in options.items()}
        if "scale" in given:
            given["scale"] = tuple(given["scale"])
        return cls().changed({n: Path(v) if n in PATHS else v for n, v in given.items()})


OptionsT = TypeVar("OptionsT", RunOptions, CorpusOptions, MachineOptions)


def _changed(
    options: OptionsT, given: Mapping[str, Any], but: tuple[str, ...] = ("corpus", "machine")
) -> OptionsT:
    names = [f.name for f in fields(options) if f.name in given and f.name not in but]
    return dataclasses.replace(options, **{name: given[name] for name in names})
