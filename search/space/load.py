"""Loading of spaces from TOML files."""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from fairser_core.documents import MOST_TOML_BYTES, DocumentError, check_values, read_toml
from fairser_core.features import mfcc
from fairser_core.features.mfcc import MfccSettings
from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults, earlier
from search.space.checks import check
from search.space.domains import SpaceError, parse_domain
from search.space.space import Budget, Space
from search.space.stopping import Stopping
from search.tasks.tasks import TASKS

SPACES = Path(__file__).resolve().parents[2] / "spaces"
OF_TASKS = list(dict.fromkeys(table for task in TASKS.values() for table in task.settings))
TABLES = ("fixed", "search", "features", *OF_TASKS, "floor", "reference", "stopping", "budget")
BY_CORPUS = ("fixed", "budget")  # tables that [corpus.NAME] may override in part


def available() -> list[str]:
    """Return the names of the spaces that come with fairser."""
    return sorted(path.stem for path in SPACES.glob("*.toml"))


def _settings_table(kind: type, table: dict[str, Any], source: str) -> Any:
    """Return the settings dataclass that a table of the file describes.

    Raises:
        SpaceError: a key is unknown, or a value is impossible; names `source`.
    """
    names = [f.name for f in dataclasses.fields(kind)]
    for key in table:
        if key not in names:
            raise SpaceError(f"unknown key `{key}`; there are {', '.join(names)} ({source})")
    try:
        return kind(**table)
    except (ValueError, TypeError) as error:
        raise SpaceError(f"{error} ({source})") from error


def for_corpus(document: dict[str, Any], corpus: str, source: str) -> dict[str, Any]:
    """Return a document in which values of [corpus.NAME] replace those of all corpora.

    Args:
        document: parsed file, which is changed.
        corpus: name of the corpus.
        source: path of the file, for messages.

    Raises:
        SpaceError: a [corpus.NAME] holds another table than it may.
    """
    by_corpus = document.pop("corpus", {})
    if not isinstance(by_corpus, dict) or not all(
        isinstance(table, dict) for table in by_corpus.values()
    ):
        raise SpaceError(f"[corpus] must hold tables, got {by_corpus!r} ({source})")
    for name, tables in by_corpus.items():
        for table in tables:
            if table not in BY_CORPUS:
                raise SpaceError(
                    f"[corpus.{name}] may hold {' and '.join(BY_CORPUS)}, got {table} ({source})"
                )
    for table, values in by_corpus.get(corpus, {}).items():
        document[table] = {**document.get(table, {}), **values}
    return document


def _check_task(document: Mapping[str, Any], source: str) -> None:
    """Check that the task is known, and that method and tables belong to it."""
    for key in ("task", "method"):
        if not isinstance(document.get(key, ""), str):
            raise SpaceError(f"`{key}` must be text, got {document[key]!r} ({source})")
    objectives = document.get("objectives", [])
    if not isinstance(objectives, list) or not all(isinstance(name, str) for name in objectives):
        raise SpaceError(f"`objectives` must be a list of texts, got {objectives!r} ({source})")
    name = document.get("task")
    if name not in TASKS:
        raise SpaceError(f"`task` must be one of {', '.join(TASKS)}, got {name!r} ({source})")
    if document.get("method") not in TASKS[name].methods:
        raise SpaceError(
            f"`method` must be one of {', '.join(TASKS[name].methods)} for task {name!r}, got "
            f"{document.get('method')!r} ({source})"
        )
    for other, task in TASKS.items():
        for table in task.settings:
            if table in document and table not in TASKS[name].settings:
                raise SpaceError(f"[{table}] is of task {other!r}, this is {name!r} ({source})")


def parse(document: Mapping[str, Any], name: str, source: str) -> Space:
    """Return the space that a TOML document describes.

    Args:
        document: parsed file.
        name: name of the space.
        source: path of the file, for messages.

    Raises:
        SpaceError: a key or metric is unknown, or a value or range is impossible.
    """
    keys = ("method", "task", "objectives", "first", *TABLES)
    for key in document:
        if key not in keys:
            raise SpaceError(f"unknown key `{key}`; there are {', '.join(keys)} ({source})")
    _check_task(document, source)
    for key in TABLES:
        if not isinstance(document.get(key, {}), dict):
            raise SpaceError(f"[{key}] must be a table, got {document[key]!r} ({source})")
    space = Space(
        name=name,
        source=source,
        method=document["method"],
        task=document["task"],
        objectives=tuple(document.get("objectives", ())),
        fixed=dict(document.get("fixed", {})),
        search={
            key: parse_domain(table, f"{source} [search.{key}]")
            for key, table in document.get("search", {}).items()
        },
        features=_settings_table(
            MfccSettings, document.get("features", {}), f"{source} [features]"
        ),
        task_settings={
            table: _settings_table(kind, document.get(table, {}), f"{source} [{table}]")
            for table, kind in TASKS[document["task"]].settings.items()
        },
        floor=dict(document.get("floor", {})),
        reference=dict(document.get("reference", {})),
        first=_first(document, source),
        stopping=_settings_table(Stopping, document.get("stopping", {}), f"{source} [stopping]"),
        budget=_settings_table(Budget, document.get("budget", {}), f"{source} [budget]"),
    )
    both = sorted(set(space.fixed) & set(space.search))
    if both:
        raise SpaceError(f"`{both[0]}` is both fixed and searched ({source})")
    check(space)
    try:
        check_values(document)
    except DocumentError as error:
        raise SpaceError(f"{error} ({source})") from error
    return space


def _first(document: Mapping[str, Any], source: str) -> tuple[dict[str, Any], ...]:
    """Return the values of the configurations that are tried first."""
    first = document.get("first", [])
    if not isinstance(first, list) or not all(isinstance(values, dict) for values in first):
        raise SpaceError(f"[[first]] must be tables of values, got {first!r} ({source})")
    return tuple(first)


def load(name_or_path: str, corpus: str = "", changes: Mapping[str, Any] | None = None) -> Space:
    """Read a space by name or path, with the user's changes (`--set`) in place.

    Args:
        name_or_path: one of `available()` or a path that ends in .toml.
        corpus: name of the corpus; its `[corpus.NAME]` tables go first.
        changes: values by `key` (a setting of the method, no longer searched; or one of a table
            that only the task has) or `table.key`.

    Raises:
        SpaceError: there is no such space, its file is broken, or a value is impossible.
    """
    path = Path(name_or_path) if name_or_path.endswith(".toml") else SPACES / f"{name_or_path}.toml"
    if not path.is_file():
        raise SpaceError(
            f"no space {name_or_path!r}; there are {', '.join(available())}, or give the path of "
            "a .toml file"
        )
    try:
        with path.open("rb") as file:
            document = read_toml(file.read(MOST_TOML_BYTES + 1))
    except DocumentError as error:
        raise SpaceError(f"{error} ({path})") from error
    source = f"spaces/{path.name}" if path.parent == SPACES else str(path)
    document = for_corpus(document, corpus, source)
    for given_key, value in (changes or {}).items():
        key = _with_table(given_key, document)
        table, dot, inner = key.rpartition(".")
        document.setdefault(table if dot else "fixed", {})[inner] = value
        if not dot:
            document.get("search", {}).pop(key, None)
            for given in document.get("first", []):
                given.pop(key, None)
    return parse(document, path.stem, source)


def _with_table(key: str, document: Mapping[str, Any]) -> str:
    """Return a key with its table, if it is no setting of the method but one of the task's."""
    task, method = TASKS.get(str(document.get("task"))), str(document.get("method"))
    if "." in key or task is None or method not in METHODS or key in defaults(METHODS[method]):
        return key
    for table, kind in task.settings.items():
        if key in [field.name for field in dataclasses.fields(kind)]:
            return f"{table}.{key}"
    return key


def read_space(content: bytes, name: str, source: str) -> Space:
    """Read the space.toml of a sweep of this version or an earlier one.

    Args:
        content: content of the file.
        name: name of the space.
        source: path of the file, for messages.

    Raises:
        SpaceError: the file is broken, or is not what a sweep writes; names the file.
    """
    try:
        table = read_toml(content)
    except DocumentError as error:
        raise SpaceError(f"{source} cannot be read: {error}") from error
    return parse(as_now(table), name, source)


def as_now(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a space's facts as this version writes them.

    A single floor of an earlier version becomes a table of floors. Where the features have no
    `quantise`, they and the method have the values that they had when there was no such choice.
    Tables of the task that it lacks hold what is theirs by default.
    """
    task = TASKS.get(str(facts.get("task")))
    if task is not None:
        made = {name: dataclasses.asdict(kind()) for name, kind in task.settings.items()}
        missing = {name: table for name, table in made.items() if name not in facts}
        facts = {**facts, **tomllib.loads(tomli_w.dumps(missing))}
    floor, features, method = facts.get("floor"), facts.get("features"), facts.get("method")
    if isinstance(floor, dict) and set(floor) == {"metric", "of_baseline"}:
        facts = {**facts, "floor": {floor["metric"]: floor["of_baseline"]}}
    if isinstance(features, dict) and "quantise" not in features:
        fixed = facts.get("fixed", {})
        given = {*fixed, *facts.get("search", {})}
        before = {}
        if isinstance(method, str) and method in METHODS:
            before = earlier(METHODS[method], given)
        facts = {
            **facts,
            "features": {**features, **mfcc.EARLIER},
            "fixed": {**fixed, **before},
        }
    return facts
