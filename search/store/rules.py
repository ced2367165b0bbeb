"""Rules for values that JSON holds, taken from the annotations of dataclasses."""

import contextlib
import dataclasses
import math
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from fairser_core.documents import MOST_BYTES, DocumentError, read_json
from search.space.values import Value
from search.store.storage import Storage, StorageError

NEWER = "A newer fairser wrote it"
MOST_SHOWN = 200  # characters of a value in a message
KindT = TypeVar("KindT")


class RuleError(ValueError):
    """Error of a value that breaks its rule; names field, rule and value."""


class NewerFormat(ValueError):
    """Error of content that only a newer fairser can read."""


@dataclass(frozen=True)
class Rule:
    """Rule for a value.

    Attributes:
        text: rule in words, to stand behind "must be".
        plural: rule of several such values, to stand behind "a list of".
        holds: function that returns whether a value obeys the rule.
    """

    text: str
    plural: str
    holds: Callable[[Any], bool]


def list_of(rule: Rule, count: int | None = None) -> Rule:
    """Return the rule of a list, of `count` values if given."""
    number = "" if count is None else f"{count} "
    return Rule(
        f"a list of {number}{rule.plural}",
        f"lists of {number}{rule.plural}",
        lambda value: (
            type(value) is list and count in (None, len(value)) and all(map(rule.holds, value))
        ),
    )


def table_of(rule: Rule) -> Rule:
    """Return the rule of a table whose values obey a rule."""
    return Rule(
        f"a table of {rule.plural}",
        f"tables of {rule.plural}",
        lambda value: type(value) is dict and all(map(rule.holds, value.values())),
    )


def or_null(rule: Rule) -> Rule:
    """Return the rule of a value that may be null."""
    return Rule(
        f"{rule.text} or null",
        f"{rule.plural} or null",
        lambda value: value is None or rule.holds(value),
    )


def below(count: int) -> Rule:
    """Return the rule of a whole number from 0 to `count` - 1."""
    return Rule(
        f"a whole number from 0 to {count - 1}",
        f"whole numbers from 0 to {count - 1}",
        lambda value: type(value) is int and 0 <= value < count,
    )


def choice_of(names: tuple[str, ...]) -> Rule:
    """Return the rule of a name among several."""
    text = f"one of {', '.join(names)}"
    return Rule(text, text, lambda value: value in names)


ANYTHING = Rule("a value", "values", lambda value: True)
FLAG = Rule("true or false", "true or false", lambda value: type(value) is bool)
WHOLE = Rule("a whole number", "whole numbers", lambda value: type(value) is int)
NUMBER = Rule(
    "a finite number",
    "finite numbers",
    lambda value: type(value) is int or (type(value) is float and math.isfinite(value)),
)
TEXT = Rule("text", "texts", lambda value: type(value) is str)
SCALAR = Rule(
    "a finite number, text, true or false",
    "finite numbers, texts, true or false",
    lambda value: type(value) in (str, bool) or NUMBER.holds(value),
)
TABLE = table_of(ANYTHING)
_PLAIN = {Any: ANYTHING, bool: FLAG, int: WHOLE, float: NUMBER, str: TEXT, Path: TEXT}


def rule_of(annotation: Any) -> Rule:
    """Return the rule that an annotation states."""
    if annotation == Value:
        return SCALAR
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return choice_of(arguments)
    if origin is types.UnionType:
        present, null = arguments
        assert null is type(None)
        return or_null(rule_of(present))
    if origin is list or (origin is tuple and arguments[1] is Ellipsis):
        return list_of(rule_of(arguments[0]))
    if origin is tuple:
        return list_of(rule_of(arguments[0]), len(arguments))
    assert issubclass(origin, Mapping)
    return table_of(rule_of(arguments[1]))


def rules_of(kind: type[Any]) -> Mapping[str, Rule]:
    """Return the rules of a dataclass's fields, except of those that hold a dataclass."""
    return {
        name: rule_of(annotation)
        for name, annotation in get_type_hints(kind).items()
        if not any(map(dataclasses.is_dataclass, (annotation, *get_args(annotation))))
    }


def checked(table: Mapping[str, Any], name: str, rule: Rule, prefix: str = "") -> Any:
    """Return a value of a table that obeys its rule.

    Args:
        table: table of values by name.
        name: name of the value.
        rule: rule of the value.
        prefix: name of the table and a dot, for messages.

    Raises:
        RuleError: the value is missing, or breaks the rule.
    """
    if name not in table:
        raise RuleError(f"`{prefix}{name}` is missing")
    if not rule.holds(table[name]):
        shown = repr(table[name])
        shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]} ..."
        raise RuleError(f"`{prefix}{name}` must be {rule.text}, got {shown}")
    return table[name]


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
