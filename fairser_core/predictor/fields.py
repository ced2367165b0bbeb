"""Checked values of a JSON file: each value is checked before it is used."""

import dataclasses
import sys
import types
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from fairser_core.documents import DocumentError, read_json

T = TypeVar("T")

MOST = 100_000  # of any whole number without a limit of its own, and of the entries of a list
LIMITS = {
    "sample_rate": 1_000_000,
    "filters": 10_000,
    "conv_layers": 16,  # filters double from layer to layer
    "hidden_layers": 64,
}
"""A damaged or hostile number must not use up the memory."""


class BundleError(ValueError):
    """A bundle cannot be used; the message names file, key, value and rule."""


def parse(content: bytes, file: str) -> dict[str, Any]:
    """Parse the table of a JSON file.

    Args:
        content: content of the file.
        file: name of the file, for messages.

    Raises:
        BundleError: the file holds anything else.
    """
    try:
        values = read_json(content)
    except DocumentError as error:
        raise BundleError(f"{file} cannot be read as JSON: {error}") from error
    return table(values, file, "")


def refuse(file: str, key: str, rule: str, value: object) -> BundleError:
    """Return the error of a value that breaks a rule."""
    shown = repr(value) if len(repr(value)) < 80 else f"{repr(value)[:75]} ..."
    return BundleError(f"{file}: `{key}` must be {rule}, got {shown}")


def table(value: Any, file: str, key: str) -> dict[str, Any]:
    """Return the value, which must be a JSON object."""
    if not isinstance(value, dict):
        raise refuse(file, key or "the file", "a table of keys and values", value)
    return value


def only(values: Mapping[str, Any], keys: Collection[str], file: str, within: str) -> None:
    """Raise a BundleError unless a table holds these keys and no others."""
    for key in keys:
        if key not in values:
            raise BundleError(f"{file}: `{_join(within, key)}` is missing")
    for key in values:
        if key not in keys:
            raise BundleError(
                f"{file}: there is no `{_join(within, key)}` in a bundle of this format; "
                f"here stand {', '.join(keys)}"
            )


def read(kind: type[T], value: Any, file: str, key: str) -> T:
    """Read a value of a kind.

    Args:
        kind: a dataclass, or a type of a dataclass' field: bool, int, float, str, a Literal, a
            tuple of these, or one of them or None.
        value: value as JSON holds it.
        file: name of the file, for messages.
        key: key of the value, for messages.

    Raises:
        BundleError: the value is of another kind, beyond its limit or not finite, or breaks a rule
            of the dataclass.
    """
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, table(value, file, key), file, key)
    plain: T = _plain(kind, value, file, key)
    return plain


def _dataclass(kind: type[T], fields: dict[str, Any], file: str, key: str) -> T:
    hints = get_type_hints(kind)
    names = {field.name: hints[field.name] for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    only(fields, names, file, key)
    values = {n: read(hint, fields[n], file, _join(key, n)) for n, hint in names.items()}
    try:
        return kind(**values)
    except ValueError as error:  # rules of the dataclass, which name setting, rule and value
        raise BundleError(f"{file} [{key}]: {error}") from error


def _plain(kind: Any, value: Any, file: str, key: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        return None if value is None else read(inner, value, file, key)
    if origin is Literal:
        if value not in arguments:
            raise refuse(file, key, f"one of {arguments}", value)
        return value
    if origin is tuple:
        return _tuple(arguments, value, file, key)
    rule, holds = _rule(kind, key.rpartition(".")[2])
    if not holds(value):
        raise refuse(file, key, rule, value)
    return float(value) if kind is float else value


def _tuple(arguments: tuple[Any, ...], value: Any, file: str, key: str) -> tuple[Any, ...]:
    """Read a list of any length (`tuple[kind, ...]`) or of a fixed one (`tuple[kind, kind]`)."""
    length = None if arguments[-1] is ... else len(arguments)
    count = len(value) if isinstance(value, list) else -1
    least = 0 if key.endswith(".further") else 1
    if not (count == length or (length is None and least <= count <= MOST)):
        rule = f"a list of {length}" if length else f"a list of {least} to {MOST}"
        raise refuse(file, key, rule, value)
    return tuple(read(arguments[0], item, file, f"{key}[{n}]") for n, item in enumerate(value))


def _rule(kind: type, name: str) -> tuple[str, Callable[[Any], bool]]:
    """Return the rule for values of a kind, in words and as a test."""
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
