"""Checked values of a JSON file: nothing of it is believed before it is looked at."""

import dataclasses
import json
import sys
import types
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

MOST = 100_000  # of any whole number without a limit of its own, and of the entries of a list
LIMITS = {
    "sample_rate": 1_000_000,
    "filters": 10_000,
    "conv_layers": 16,  # filters double from layer to layer
    "hidden_layers": 64,
}
"""A damaged or hostile number must not ask for all of the memory."""


class BundleError(ValueError):
    """A bundle cannot be used; the message names file, key, value and rule."""


def parse(content: bytes, place: str) -> dict[str, Any]:
    """The table that strict JSON holds: no NaN, no infinity, no key twice.

    Raises:
        BundleError: it is anything else.
    """
    try:
        found = json.loads(content, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{place} cannot be read as JSON: {error}") from error
    return table(found, place, "")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key stands twice among {sorted(key for key, _ in pairs)}"[:200])
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def refuse(place: str, key: str, rule: str, value: object) -> BundleError:
    """The error of a value that breaks a rule."""
    shown = repr(value) if len(repr(value)) < 80 else f"{repr(value)[:75]} ..."
    return BundleError(f"{place}: `{key}` must be {rule}, got {shown}")


def table(value: Any, place: str, key: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise refuse(place, key or "the file", "a table of keys and values", value)
    return value


def only(found: Mapping[str, Any], keys: Collection[str], place: str, within: str) -> None:
    """Raise a BundleError unless a table holds these keys and no others."""
    for key in keys:
        if key not in found:
            raise BundleError(f"{place}: `{_join(within, key)}` is missing")
    for key in found:
        if key not in keys:
            raise BundleError(
                f"{place}: there is no `{_join(within, key)}` in a bundle of this format; "
                f"here stand {', '.join(keys)}"
            )


def read(kind: type[T], value: Any, place: str, key: str) -> T:
    """A value of a kind.

    Args:
        kind: a dataclass, or what may annotate a dataclass' field: bool, int, float, str, a
            Literal, a tuple of these, or one of them or None.
        value: as JSON holds it.
        place: the file, for messages.
        key: the value's, for messages.

    Raises:
        BundleError: it is of another kind, beyond its limit or not finite, or breaks a rule of the
            dataclass.
    """
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, table(value, place, key), place, key)
    found: T = _plain(kind, value, place, key)
    return found


def _dataclass(kind: type[T], found: dict[str, Any], place: str, key: str) -> T:
    hints = get_type_hints(kind)
    names = {field.name: hints[field.name] for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    only(found, names, place, key)
    values = {n: read(hint, found[n], place, _join(key, n)) for n, hint in names.items()}
    try:
        return kind(**values)
    except ValueError as error:  # the dataclass' own rules, which name setting, rule and value
        raise BundleError(f"{place} [{key}]: {error}") from error


def _plain(kind: Any, value: Any, place: str, key: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        return None if value is None else read(inner, value, place, key)
    if origin is Literal:
        if value not in arguments:
            raise refuse(place, key, f"one of {arguments}", value)
        return value
    if origin is tuple:
        return _tuple(arguments, value, place, key)
    rule, holds = _rule(kind, key.rpartition(".")[2])
    if not holds(value):
        raise refuse(place, key, rule, value)
    return float(value) if kind is float else value


def _tuple(arguments: tuple[Any, ...], value: Any, place: str, key: str) -> tuple[Any, ...]:
    """A list of any length (`tuple[kind, ...]`), or of a given one (`tuple[kind, kind]`)."""
    length = None if arguments[-1] is ... else len(arguments)
    count = len(value) if isinstance(value, list) else -1
    if not (count == length or (length is None and 1 <= count <= MOST)):
        rule = f"a list of {length}" if length else f"a list of 1 to {MOST}"
        raise refuse(place, key, rule, value)
    return tuple(read(arguments[0], item, place, f"{key}[{n}]") for n, item in enumerate(value))


def _rule(kind: type, name: str) -> tuple[str, Callable[[Any], bool]]:
    """What a value of a kind must be, in words and as a test."""
    most, largest = LIMITS.get(name, MOST), sys.float_info.max
    rules: dict[type, tuple[str, Callable[[Any], bool]]] = {
        # In Python true is a 1; in a bundle it is not.
        bool: ("true or false", lambda value: type(value) is bool),
        int: (
            f"a whole number from 0 to {most}",
            lambda value: type(value) is int and 0 <= value <= most,
        ),
        float: (
            "a finite number",
            lambda value: type(value) in (int, float) and abs(value) <= largest,
        ),
        str: (
            "a text of 1 to 1000 characters",
            lambda value: type(value) is str and 1 <= len(value) <= 1000,
        ),
    }
    return rules[kind]


def _join(within: str, key: str) -> str:
    return f"{within}.{key}" if within else key
