"""Options of a sweep, which the command line gives and sweep.json keeps."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_type_hints

from search.arguments.machine_options import MachineOptions
from search.planning.sampler_names import POSTERIOR, SamplerName
from search.store.fields import as_annotated, check_names
from search.store.rules import TABLE, checked, rules_of
from search.tasks.options import CorpusOptions
from search.terminal.credentials import check_address, stored_address

if TYPE_CHECKING:
    from search.space.space import Budget

SMOKE = {"trials": 3, "epochs": 2, "seeds": 2, "race_seeds": 2, "check_seeds": 2}
PATHS = ("corpus_dir", "raters", "pretrained")
REACHING = ("address", "tracking_uri", *PATHS)  # options that lead out of a results folder
RENAMED = {"checkpoint": "pretrained"}  # options as earlier versions kept them


@dataclass(frozen=True)
class RunOptions:
    """Options of a sweep; None where an option was not given.

    Attributes:
        space: name or path of the space.
        seed: seed of the whole sweep.
        sampler: source of new values.
        scheduler: rule of early stopping.
        name: name of the sweep.
        base: sweep whose best trial gives the fixed values.
        stage1: sweep, or member of its front, that stage 2 builds on.
        trials: number of whole trials of the budget. This and the next four replace the values of
            the space's budget.
        epochs: most epochs of a trial.
        seeds: lanes of a trial.
        race_seeds: most lanes of a configuration near the front.
        check_seeds: fresh lanes that check the front at the end.
        tracking_uri: tracking URI of MLflow.
        corpus: options of the corpus and its reader.
        machine: options of the machine that trials run on.
    """

    space: str = "adversarial"
    seed: int = 0
    sampler: SamplerName = POSTERIOR
    scheduler: Literal["mo-asha", "none"] = "none"
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

    def __post_init__(self) -> None:
        """Refuse an address whose credentials could be shown."""
        if self.tracking_uri:
            check_address(self.tracking_uri)

    def budget(self, space: "Budget") -> "Budget":
        """Return the space's budget, with the given options in place of its values."""
        names = [f.name for f in fields(space)]
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
        """Return the given options by name, without credentials."""
        flat = {**vars(self), **vars(self.corpus), **vars(self.machine)}
        del flat["machine"]
        given = {n: v for n, v in flat.items() if v is not None and v is not False}
        kept = {n: str(v) if isinstance(v, Path) else v for n, v in given.items()}
        for name in {"address", "tracking_uri"} & set(kept):
            kept[name] = stored_address(kept[name])
        return kept

    @classmethod
    def from_json(cls, options: Any) -> "RunOptions":
        """Return the options that `to_json` wrote, in this version or an earlier one.

        Args:
            options: value of `options` in sweep.json.

        Raises:
            RuleError: an option is not of its type; names option, value and rule.
            NewerFormat: an option is unknown.
        """
        checked({"options": options}, "options", TABLE)
        return cls().changed(cls.values({RENAMED.get(n, n): v for n, v in options.items()}))

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of all options, those of the corpus and of the machine included."""
        return [name for kind in PARTS for name in rules_of(kind)]

    @classmethod
    def values(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return checked options by name, as texts, numbers, tuples and paths.

        Args:
            given: values by the names of this class' options, of the corpus and of the machine.

        Raises:
            RuleError: an option is not of its type; names option, value and rule.
            NewerFormat: an option is unknown.
        """
        parts = {name: kind for kind in PARTS for name in rules_of(kind)}
        check_names(given, parts, "options.")
        values = {}
        for name, value in given.items():
            checked(given, name, rules_of(parts[name])[name], "options.")
            values[name] = as_annotated(value, get_type_hints(parts[name])[name])
        return values


PARTS: tuple[type[Any], ...] = (RunOptions, CorpusOptions, MachineOptions)
OptionsT = TypeVar("OptionsT", RunOptions, CorpusOptions, MachineOptions)


def _changed(
    options: OptionsT, given: Mapping[str, Any], but: tuple[str, ...] = ("corpus", "machine")
) -> OptionsT:
    names = [f.name for f in fields(options) if f.name in given and f.name not in but]
    return dataclasses.replace(options, **{name: given[name] for name in names})
