"""Operations of a sweep's log: the format of its lines.

A line is a JSON object. `event` names the operation, `time` is in seconds since 1970, and the
other keys are the operation's fields. `began` bears the version of the format in which the lines
below it are written, and the id of the sweep, which earlier versions left out. Version 1 is the
same without a version. Since version 3 each line ends with
its digest; see `chain`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from search.store.fields import NEWER, NewerFormat
from search.store.rules import (
    FLAG,
    NUMBER,
    SCALAR,
    TEXT,
    WHOLE,
    Rule,
    RuleError,
    checked,
    choice_of,
    list_of,
    rules_of,
    table_of,
)
from search.store.trials import EndState, EpochRecord, Purpose, TrialRecord

FORMAT_VERSION = 3


class Operation(StrEnum):
    """Operation on a sweep or on one of its trials."""

    BEGAN = "began"
    SUGGESTED = "suggested"
    EPOCH = "epoch"
    RETRIED = "retried"
    RESUMED = "resumed"
    ENDED = "ended"
    ASKED = "asked"
    REPAIRED = "repaired"


VERSION = Rule("a whole number >= 1", "", lambda value: WHOLE.holds(value) and value >= 1)
NATURAL = Rule(
    "a whole number >= 0",
    "whole numbers >= 0",
    lambda value: WHOLE.holds(value) and value >= 0,
)
FIELDS: Mapping[Operation, Mapping[str, Rule]] = {
    Operation.BEGAN: {"version": VERSION, "sweep": TEXT},
    Operation.SUGGESTED: {
        "trial": NATURAL,
        "values": table_of(SCALAR),
        "seeds": list_of(WHOLE),
        "purpose": choice_of(get_args(Purpose)),
        "limit": NATURAL,
    },
    Operation.EPOCH: {"trial": NATURAL, **rules_of(EpochRecord)},
    Operation.RETRIED: {"trial": NATURAL, "reason": TEXT, "blamed": FLAG},
    Operation.RESUMED: {"trial": NATURAL, "epoch": NATURAL, "damaged": list_of(TEXT)},
    Operation.ENDED: {"trial": NATURAL, "state": choice_of(get_args(EndState)), "reason": TEXT},
    Operation.ASKED: {"trial": NATURAL, "candidate": TEXT, "seeds": list_of(WHOLE), "begun": TEXT},
    Operation.REPAIRED: {"dropped": NATURAL, "asked": list_of(NATURAL), "file": TEXT},
}
"""Fields of each operation, in the order in which they are written."""
EARLIER: Mapping[Operation, Mapping[str, Any]] = {
    Operation.BEGAN: {"version": 1, "sweep": ""},
    Operation.RETRIED: {"blamed": True},
}
"""Values of fields that lines of earlier versions leave out."""


@dataclass(frozen=True)
class Line:
    """Line of a log.

    Attributes:
        operation: operation that the line records.
        time: time of the operation, in seconds since 1970.
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
            RuleError: the line is not JSON, a field is missing, or a value breaks its rule.
            NewerFormat: the operation is unknown, or the version of the format is newer.
        """
        try:
            record = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise RuleError(str(error)) from error
        if type(record) is not dict:
            raise RuleError(f"a line must be a JSON object, got {record!r}")
        operation = _operation(record)
        record = {**EARLIER.get(operation, {}), **record}
        if operation is Operation.BEGAN:
            _check_version(record)
        fields = {name: checked(record, name, rule) for name, rule in FIELDS[operation].items()}
        return cls(operation, checked(record, "time", NUMBER), fields)


def _operation(record: Mapping[str, Any]) -> Operation:
    name = checked(record, "event", TEXT)
    if name not in list(Operation):
        raise NewerFormat(
            f"operation {name!r} is unknown; there are {', '.join(Operation)}. {NEWER}"
        )
    return Operation(name)


def _check_version(record: Mapping[str, Any]) -> None:
    version = checked(record, "version", VERSION)
    if version > FORMAT_VERSION:
        raise NewerFormat(
            f"operation {record['event']!r} begins lines of format version {version}; this "
            f"fairser reads versions up to {FORMAT_VERSION}. {NEWER}"
        )


def check_order(line: Line, trials: Mapping[int, TrialRecord]) -> None:
    """Check that a line can follow the lines above it.

    Args:
        line: line to be read or written.
        trials: trials by number, as the lines above give them.

    Raises:
        RuleError: a trial is suggested twice, goes on after its end, or was never suggested; an
            epoch does not follow the epoch before it; or test data are asked for an unfinished
            trial.
    """
    if line.operation in (Operation.BEGAN, Operation.REPAIRED):
        return
    number = line.fields["trial"]
    if line.operation is Operation.SUGGESTED:
        if number in trials:
            raise RuleError(f"`trial` must be the number of a new trial, got {number} again")
        return
    if number not in trials:
        raise RuleError(f"`trial` must be the number of a suggested trial, got {number}")
    trial = trials[number]
    if line.operation is Operation.ASKED:
        if trial.state != "complete":
            raise RuleError(f"`trial` must be the number of a complete trial, got {number}")
        return
    if trial.state != "running":
        raise RuleError(f"`trial` must be the number of a trial that runs, got {number} again")
    if line.operation is Operation.EPOCH and line.fields["epoch"] != len(trial.epochs) + 1:
        raise RuleError(
            f"`epoch` must be {len(trial.epochs) + 1}, the next of trial {number}, got "
            f"{line.fields['epoch']}"
        )
