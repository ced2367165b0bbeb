"""Rules for values that JSON holds, taken from the annotations of dataclasses."""

import dataclasses
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from search.space.values import Value

MOST_SHOWN = 200  # characters of a value in a message


class RuleError(ValueError):
    """Error of a value that breaks its rule; names field, rule and value."""


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
    if origin in (types.UnionType, Union):  # a Literal or None is the latter
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
