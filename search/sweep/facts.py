"""Facts of a sweep that sweep.json holds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from fairser_core.documents import DocumentError, FieldError, read_json
from search.arguments.run_options import RunOptions
from search.corpus.facts import InputFacts
from search.space.values import Value
from search.store.fields import NewerFormat, read_fields
from search.store.rules import Rule, checked, or_null, rules_of
from search.store.sealed_document import check_seal, sealed
from search.store.storage import Storage, StorageError, is_folder_name
from search.sweep.provenance import GitState
from search.sweep.signature import is_signed, signature
from search.terminal.credentials import without_credentials

FACTS_FILE, STAGE1_FILE = "sweep.json", "stage1.model"
REQUIRED = {"name", "id", "space", "corpus"}
PLAIN = (
    "name", "id", "space", "searched", "lane_seeds", "fresh_seeds", "versions", "commands",
    "baseline", "tags", "kept",
)  # fmt: skip
"""Facts that are no tables of their own."""
FOLDER_NAME = Rule(
    "the name of a folder beside this one",
    "names of folders",
    lambda value: type(value) is str and is_folder_name(value),
)


@dataclass(frozen=True)
class Stage1Facts:
    """Facts of the detectors that a sweep builds on.

    Attributes:
        sweep: name of the sweep that trained them.
        id: id of that sweep in any tracking store.
        method: method of that sweep.
        member: name of the member of its front.
        trials: numbers of the member's trials.
        epoch: epoch that they were trained to.
        values: values of all their settings.
        metrics: metrics of the member in that sweep's objectives.
        digest: digest of their parameters.
    """

    sweep: str
    id: str
    method: str
    member: str
    trials: list[int]
    epoch: int
    values: Mapping[str, Value]
    metrics: Mapping[str, float]
    digest: str


@dataclass(frozen=True)
class SweepFacts:
    """Facts of a sweep.

    Attributes:
        name: name of the sweep and of its folder.
        id: id of the sweep in any tracking store.
        space: name of its space.
        inputs: facts of the corpus and the features that it learns from.
        options: options that it runs with.
        searched: facts of the space, except the number of trials.
        lane_seeds: seeds that the search may train with.
        fresh_seeds: seeds that check the front.
        versions: versions of Python and of the packages.
        git: state of the source tree; None where it is no git checkout.
        commands: command lines that ran it, the oldest first.
        baseline: name of the sweep that trained its baseline; None without one.
        stage1: facts of the detectors that it builds on; None without.
        tags: tags of its run in MLflow.
        kept: epochs whose models a trial keeps: all above the floors, or, in earlier versions, its
            own front.
        own: whether this user on this machine chose or accepted the options.
    """

    name: str
    id: str
    space: str
    inputs: InputFacts
    options: RunOptions = field(default_factory=RunOptions)
    searched: Mapping[str, Any] = field(default_factory=dict)
    lane_seeds: tuple[int, ...] = ()
    fresh_seeds: tuple[int, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    git: GitState | None = None
    commands: tuple[str, ...] = ()
    baseline: str | None = None
    stage1: Stage1Facts | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    kept: Literal["feasible", "front"] = "feasible"
    own: bool = field(default=True, compare=False)

    def to_json(self) -> str:
        """Return the facts as sweep.json holds them."""
        facts: dict[str, Any] = {
            "name": self.name,
            "id": self.id,
            "space": self.space,
            "commands": list(self.commands),
            "options": self.options.to_json(),
            "seed": self.options.seed,
            "lane_seeds": list(self.lane_seeds),
            "fresh_seeds": list(self.fresh_seeds),
            "searched": self.searched,
            **self.inputs.to_json(),
            "versions": self.versions,
            "git": asdict(self.git) if self.git else None,
        }
        if self.baseline:
            facts["baseline"] = self.baseline
        if self.stage1:
            facts["stage1"] = asdict(self.stage1)
        if self.tags:
            facts["tags"] = self.tags
        if self.kept != "front":
            facts["kept"] = self.kept
        if self.own and (signed := signature(self.id, facts["options"])):
            facts["signature"] = signed
        return json.dumps(sealed(FACTS_FILE, self.id, facts), indent=2)

    @classmethod
    def from_json(cls, content: str | bytes, source: str) -> "SweepFacts":
        """Read what `to_json` wrote, in this version or an earlier one.

        Args:
            content: content of the file.
            source: path of the file, for messages.

        Raises:
            StorageError: the content is not what a sweep writes, or a newer fairser wrote it; names
                file, field, value and rule.
        """
        try:
            facts = read_json(content)
        except FieldError as error:
            raise StorageError(f"{source} is not of a sweep: {error}") from error
        except DocumentError as error:
            raise StorageError(f"{source} cannot be read: {error}") from error
        if not isinstance(facts, dict) or not set(facts) >= REQUIRED:
            required = ", ".join(sorted(REQUIRED))
            raise StorageError(f"{source} is not of a sweep: it must hold {required}")
        try:
            read = _facts(facts)
            check_seal(FACTS_FILE, read.id, facts)
            return read
        except NewerFormat as error:
            raise StorageError(f"{source} cannot be read: {error}") from error
        except ValueError as error:  # a broken rule
            raise StorageError(f"{source} is not of a sweep: {error}") from error


def _facts(facts: dict[str, Any]) -> SweepFacts:
    git, stage1 = facts.get("git"), facts.get("stage1")
    rules = rules_of(SweepFacts)
    plain: dict[str, Any] = {"kept": "front"}
    for name in PLAIN:
        if name in facts:
            value = checked(facts, name, rules[name])
            plain[name] = tuple(value) if type(value) is list else value
    plain["commands"] = tuple(map(without_credentials, plain.get("commands", ())))
    if "baseline" in facts:
        checked(facts, "baseline", or_null(FOLDER_NAME))
    return SweepFacts(
        **plain,
        inputs=InputFacts.from_json(facts),
        options=RunOptions.from_json(facts.get("options", {})),
        git=None if git is None else read_fields(GitState, git, "git"),
        stage1=None if stage1 is None else read_fields(Stage1Facts, stage1, "stage1"),
        own=is_signed(facts),
    )


def read_facts(folder: Storage) -> SweepFacts | None:
    """Read sweep.json in a sweep's folder; None if there is no such file.

    Raises:
        StorageError: the file is not what a sweep writes; names the file.
    """
    content = folder.read(FACTS_FILE)
    return None if content is None else SweepFacts.from_json(content, folder.where(FACTS_FILE))
