"""A TOML document as a space."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from fairser_core.documents import DocumentError, check_values
from fairser_core.features.mfcc import MfccSettings
from search.space.checks import check
from search.space.domains import parse_domain
from search.space.space import STANDS, Budget, Space
from search.space.space_error import SpaceError
from search.space.stopping import Stopping
from search.tasks.tasks import TASKS
from search.terminal.nearest import nearest

OF_TASKS = list(dict.fromkeys(table for task in TASKS.values() for table in task.settings))
TABLES = ("fixed", "search", "features", *OF_TASKS, "floor", "reference", "stopping", "budget")


def _settings_table(kind: type, table: dict[str, Any], source: str) -> Any:
    """Return the settings dataclass that a table of the file describes.

    Raises:
        SpaceError: a key is unknown, or a value is impossible; names `source`.
    """
    names = [f.name for f in dataclasses.fields(kind)]
    for key in table:
        if key not in names:
            raise SpaceError(
                f"unknown key `{key}`; there are {', '.join(names)}{nearest(key, names)} ({source})"
            )
    try:
        return kind(**table)
    except (ValueError, TypeError) as error:
        raise SpaceError(f"{error} ({source})") from error


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
    _check_keys(document, source)
    space = _space(document, name, source)
    both = sorted(set(space.fixed) & set(space.search))
    if both:
        raise SpaceError(f"`{both[0]}` is both fixed and searched ({source})")
    check(space)
    try:
        check_values(document)
    except DocumentError as error:
        raise SpaceError(f"{error} ({source})") from error
    return space


def _check_keys(document: Mapping[str, Any], source: str) -> None:
    """Check that keys are known, that tables are tables, and that all are of the task."""
    keys = ("method", "task", "objectives", "first", *TABLES)
    for key in document:
        if key not in keys:
            raise SpaceError(
                f"unknown key `{key}`; there are {', '.join(keys)}{nearest(key, keys)} ({source})"
            )
    _check_task(document, source)
    for key in TABLES:
        if not isinstance(document.get(key, {}), dict):
            raise SpaceError(f"[{key}] must be a table, got {document[key]!r} ({source})")


def _space(document: Mapping[str, Any], name: str, source: str) -> Space:
    """Return the space of a document whose keys are checked."""
    floor = dict(document.get("floor", {}))
    return Space(
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
        standing=floor.pop(STANDS, 0.0),
        floor=floor,
        reference=dict(document.get("reference", {})),
        first=_first(document, source),
        stopping=_settings_table(Stopping, document.get("stopping", {}), f"{source} [stopping]"),
        budget=_settings_table(Budget, document.get("budget", {}), f"{source} [budget]"),
    )


def _first(document: Mapping[str, Any], source: str) -> tuple[dict[str, Any], ...]:
    """Return the values of the configurations that are tried first."""
    first = document.get("first", [])
    if not isinstance(first, list) or not all(isinstance(values, dict) for values in first):
        raise SpaceError(f"[[first]] must be tables of values, got {first!r} ({source})")
    return tuple(first)
