"""Operations of a sweep's log: the format of its lines.

A line is a JSON object. `event` names the operation, `time` is in seconds since 1970, and the
other keys are the operation's fields. `began` bears the version of the format in which the lines
below it are written. Version 1 is the same without a version.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from search.store.trials import EndState, Purpose

FORMAT_VERSION = 2


class Operation(StrEnum):
    """What happened to a sweep or to one of its trials."""

    BEGAN = "began"
    SUGGESTED = "suggested"
    EPOCH = "epoch"
    RETRIED = "retried"
    RESUMED = "resumed"
    ENDED = "ended"


class LineError(ValueError):
    """A line that no sweep's log holds; the message names the rule."""


class NewerFormat(ValueError):
    """A line that only a newer fairser can read."""


@dataclass(frozen=True)
class Rule:
    """Rule for the value of a field.

    Attributes:
        text: the rule in words, to stand behind "must be".
        holds: whether a value obeys it.
    """

    text: str
    holds: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_text(value: Any) -> bool:
    return type(value) is str


def _list_of(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: type(value) is list and all(map(holds, value))


def _table_of(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: type(value) is dict and all(map(holds, value.values()))


def _one_of(literal: Any) -> Rule:
    names = get_args(literal)
    return Rule(f"one of {', '.join(names)}", lambda value: value in names)


WHOLE = Rule("a whole number", _is_whole)
WHOLES = Rule("a list of whole numbers", _list_of(_is_whole))
NUMBER = Rule("a number", _is_number)
NUMBERS = Rule("a table of numbers", _table_of(_is_number))
LANES = Rule(
    "a table of lists of numbers or null",
    _table_of(_list_of(lambda value: value is None or _is_number(value))),
)
TEXT = Rule("text", _is_text)
TEXTS = Rule("a list of texts", _list_of(_is_text))
VALUES = Rule(
    "a table of numbers, texts, true or false",
    _table_of(lambda value: type(value) in (int, float, str, bool)),
)
VERSION = Rule("a whole number >= 1", lambda value: _is_whole(value) and value >= 1)

FIELDS: dict[Operation, dict[str, Rule]] = {
    Operation.BEGAN: {"version": VERSION},
    Operation.SUGGESTED: {
        "trial": WHOLE,
        "values": VALUES,
        "seeds": WHOLES,
        "purpose": _one_of(Purpose),
        "limit": WHOLE,
    },
    Operation.EPOCH: {
        "trial": WHOLE,
        "epoch": WHOLE,
        "metrics": NUMBERS,
        "lanes": LANES,
        "terms": NUMBERS,
        "seconds": NUMBER,
    },
    Operation.RETRIED: {"trial": WHOLE, "reason": TEXT},
    Operation.RESUMED: {"trial": WHOLE, "epoch": WHOLE, "damaged": TEXTS},
    Operation.ENDED: {"trial": WHOLE, "state": _one_of(EndState), "reason": TEXT},
}
"""Fields of each operation, in the order in which they are written."""


@dataclass(frozen=True)
class Line:
    """One line of a log.

    Attributes:
        operation: what happened.
        time: when it happened, in seconds since 1970.
        fields: fields of the operation.
    """

    operation: Operation
    time: float
    fields: Mapping[str, Any]

    def to_json(self) -> bytes:
        """Return the line as it is written.

        Raises:
            ValueError: a number is not finite.
        """
        record = {"event": self.operation, **self.fields, "time": self.time}
        return json.dumps(record, allow_nan=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Line":
        """Read a line and check its fields. Keys that are no fields are left out.

        Raises:
            LineError: the line is not JSON, a field is missing, or a value breaks its rule.
            NewerFormat: the operation is unknown, or the version of the format is newer.
        """
        try:
            record = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise LineError(str(error)) from error
        if type(record) is not dict:
            raise LineError(f"a line must be a JSON object, got {record!r}")
        operation = _operation(record)
        if operation is Operation.BEGAN:
            record = {"version": 1, **record}
            _check_version(record)
        fields = {name: _checked(record, name, rule) for name, rule in FIELDS[operation].items()}
        return cls(operation, _checked(record, "time", NUMBER), fields)


def _checked(record: Mapping[str, Any], name: str, rule: Rule) -> Any:
    """Return a value of a record that obeys a rule."""
    if name not in record:
        raise LineError(f"`{name}` is missing")
    if not rule.holds(record[name]):
        raise LineError(f"`{name}` must be {rule.text}, got {record[name]!r}")
    return record[name]


def _operation(record: Mapping[str, Any]) -> Operation:
    name = _checked(record, "event", TEXT)
    if name not in list(Operation):
        raise NewerFormat(
            f"operation {name!r} is unknown; there are {', '.join(Operation)}. "
            "A newer fairser wrote it"
        )
    return Operation(name)


def _check_version(record: Mapping[str, Any]) -> None:
    version = _checked(record, "version", VERSION)
    if version > FORMAT_VERSION:
        raise NewerFormat(
            f"operation {record['event']!r} begins lines of format version {version}; this "
            f"fairser reads versions up to {FORMAT_VERSION}. A newer fairser wrote it"
        )
