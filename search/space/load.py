"""Loading of spaces from TOML files."""

import copy
import dataclasses
import tomllib
from collections.abc import Mapping
from typing import Any

import tomli_w

from fairser_core.documents import MOST_TOML_BYTES, DocumentError, read_toml
from fairser_core.features import mfcc
from fairser_core.features.vectors import EARLIER
from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults, earlier
from search.space.document import parse
from search.space.files import SPACES, space_path
from search.space.space import Space
from search.space.space_error import SpaceError
from search.tasks.tasks import TASKS

BY_CORPUS = ("fixed", "budget")  # tables that [corpus.NAME] may override in part


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
    path = space_path(name_or_path)
    try:
        with path.open("rb") as file:
            document = read_toml(file.read(MOST_TOML_BYTES + 1))
    except DocumentError as error:
        raise SpaceError(f"{error} ({path})") from error
    source = f"spaces/{path.name}" if path.parent == SPACES else str(path)
    document = for_corpus(document, corpus, source)
    try:
        return parse(changed(document, changes or {}), path.stem, source)
    except SpaceError as error:
        parse(document, path.stem, source)  # which raises a fault of the file itself
        raise SpaceError(_as_typed(str(error), source, changes or {})) from error


def changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of a space with changes in place.

    Args:
        document: parsed file; stays as it is.
        changes: values by `key` (a setting of the method, no longer searched; or one of a table
            that only the task has) or `table.key`.
    """
    result = copy.deepcopy(dict(document))
    for given, value in changes.items():
        key = _with_table(given, document)
        table, dot, inner = key.rpartition(".")
        held = result.setdefault(table if dot else "fixed", {})
        if not isinstance(held, dict):
            raise SpaceError(f"`{table}` holds no values, so {key} cannot be set (--set {key})")
        held[inner] = value
        if not dot:
            result.get("search", {}).pop(key, None)
            for given in result.get("first", []):
                given.pop(key, None)
    return result


def _as_typed(message: str, source: str, changes: Mapping[str, Any]) -> str:
    """Return an error that changes brought about, with what was typed in place of the file."""
    named = [key for key in changes if repr(key.rpartition(".")[2]).strip("'") in message]
    typed = " ".join(f"--set {key}={changes[key]}" for key in named or changes)
    head, at, _ = message.rpartition(f" ({source}")
    return f"{head if at else message} ({typed})"


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
    `quantise`, they and the method have the values that they had when there was no such choice, and
    likewise vectors without `normalisation`. Tables of the task that it lacks hold what is theirs
    by default.
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
    vectors = facts.get("vectors")
    if isinstance(vectors, dict):
        facts = {**facts, "vectors": {**EARLIER, **vectors}}
    return facts
