"""Fields of JSON tables, read into dataclasses by the rules of their annotations."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from fairser_core.documents import MOST_BYTES, DocumentError, read_json
from search.store.rules import TABLE, Rule, RuleError, checked, rules_of
from search.store.storage import Storage, StorageError

NEWER = "A newer fairser wrote it"
KindT = TypeVar("KindT")


class NewerFormat(ValueError):
    """Error of content that only a newer fairser can read."""


def check_names(table: Mapping[str, Any], names: Mapping[str, Any], prefix: str) -> None:
    """Check that a table holds no other names.

    Raises:
        NewerFormat: the table holds an unknown name.
    """
    for name in table:
        if name not in names:
            raise NewerFormat(f"`{prefix}{name}` is unknown; there are {', '.join(names)}. {NEWER}")


def read_fields(kind: type[KindT], table: Any, name: str) -> KindT:
    """Return a dataclass made of a JSON table; lists become tuples where it holds tuples.

    Args:
        kind: dataclass, whose annotations are the rules.
        table: value that the file holds.
        name: name of the table in the file, for messages.

    Raises:
        RuleError: `table` is no table, or a field is missing or breaks its rule.
        NewerFormat: `table` holds an unknown name.
    """
    checked({name: table}, name, TABLE)
    rules, prefix = rules_of(kind), f"{name}."
    check_names(table, rules, prefix)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        required = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        if required or field.name in table:
            checked(table, field.name, rules[field.name], prefix)
    hints = get_type_hints(kind)
    return kind(**{n: as_annotated(value, hints[n]) for n, value in table.items()})


def read_document(
    folder: Storage, name: str, problem: str, advice: str = ""
) -> Mapping[str, Any] | None:
    """Return the table that a JSON file in a folder holds; None if there is no such file.

    Args:
        folder: folder of the file.
        name: name of the file.
        problem: words for a file that holds anything else, such as "cannot be read".
        advice: further words of the message.

    Raises:
        StorageError: the file holds no JSON table; names the file.
    """
    content = folder.read(name, MOST_BYTES)
    if content is None:
        return None
    with naming_file(folder.where(name), problem, advice):
        table: Mapping[str, Any] = checked({"the file": read_json(content)}, "the file", TABLE)
    return table


@contextlib.contextmanager
def naming_file(path: str, problem: str, advice: str = "") -> Iterator[None]:
    """Raise errors of a file's content as a StorageError that names the file.

    Args:
        path: path of the file.
        problem: words for a file that holds anything else, such as "cannot be read".
        advice: further words of the message.
    """
    try:
        yield
    except (DocumentError, RuleError, NewerFormat) as error:
        raise StorageError(f"{path} {problem}: {error}{advice}") from error


def check_fields(rules: Mapping[str, Rule], value: Any, name: str) -> Mapping[str, Any]:
    """Return a table of a file that holds fields of these rules and no others.

    Args:
        rules: rules by field.
        value: value that the file holds.
        name: name of the table in the file, for messages.

    Raises:
        RuleError: `value` is no table, or a field is missing or breaks its rule.
        NewerFormat: `value` holds an unknown name.
    """
    table: Mapping[str, Any] = checked({name: value}, name, TABLE)
    check_names(table, rules, f"{name}.")
    for field, rule in rules.items():
        checked(table, field, rule, f"{name}.")
    return table


def as_annotated(value: Any, annotation: Any) -> Any:
    """Return a value that obeys its rule in its annotated form: a tuple or a path."""
    if value is None:
        return None
    kinds = {annotation, *get_args(annotation)}
    if isinstance(value, list) and tuple in {get_origin(kind) for kind in kinds}:
        return tuple(value)
    return Path(value) if Path in kinds else value
