"""Figures of candidates over validation speakers, from records that lie beside the front.

A front's intervals are over seeds, on the same validation utterances. Other speakers would move a
metric as well: `speakers.json` in a sweep's folder holds the metrics of candidates without each
speaker, as kept models predict the validation utterances again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairser_core.metrics.tables import metric_of
from search.store.fields import check_fields, naming_file
from search.store.rules import (
    ANYTHING,
    NUMBER,
    TABLE,
    RuleError,
    below,
    checked,
    list_of,
    or_null,
    rules_of,
    table_of,
)
from search.store.sealed_document import read_sealed, write_sealed
from search.store.storage import Storage
from search.tasks.speaker_record import SpeakerRecord

FILE = "speakers.json"
PROBLEM = "is not a record of speakers"
ADVICE = "; remove it, and resume the sweep to write it again"
VALUES = table_of(list_of(or_null(NUMBER)))
RULES = {
    **rules_of(SpeakerRecord),
    "per_seed": VALUES,
    "without": VALUES,
    "chance": table_of(or_null(NUMBER)),
    "shared": table_of(or_null(NUMBER)),
}
"""Rules of a record's fields; a number that is undefined is null."""
Records = Mapping[str, SpeakerRecord]
"""Records of candidates by their names, `trial@epoch`."""


@dataclass(frozen=True)
class SpeakerFigures:
    """Figures of a candidate over seeds and validation speakers.

    Attributes:
        intervals: 95 % interval of metrics over seeds and speakers; none for an absolute gap.
        chance: mean absolute value of each difference between groups, and of each gap among the
            objectives, with the groups given by chance.
        reasons: why a metric has no interval, or what it lacks.
    """

    intervals: dict[str, tuple[float, float]]
    chance: dict[str, float]
    reasons: dict[str, str]


def speaker_figures(
    record: SpeakerRecord, lanes: Mapping[str, Sequence[float | None]]
) -> SpeakerFigures:
    """Return the figures of a candidate.

    Args:
        record: record of the candidate.
        lanes: each metric per seed, of all seeds that count; None in a seed that diverged.
    """
    intervals, reasons = {}, {}
    for name in record.without:
        if name not in lanes:
            continue
        of = record.interval(name, np.array(lanes[name], np.float64), metric_of(name).range)
        if np.isfinite(of.low):
            intervals[name] = of.low, of.high
        if of.reason:
            reasons[name] = of.reason
    return SpeakerFigures(intervals, dict(record.chance), reasons)


def read_speakers(folder: Storage, sweep: str) -> dict[str, SpeakerRecord]:
    """Return the records of a sweep's candidates; none if it has no file of them.

    Args:
        folder: folder of the sweep.
        sweep: id of the sweep.

    Raises:
        StorageError: the file is not what `write_speakers` writes; names it.
    """
    document = read_sealed(folder, FILE, sweep, PROBLEM, ADVICE)
    if document is None:
        return {}
    with naming_file(folder.where(FILE), PROBLEM, ADVICE):
        held = checked(document, "candidates", table_of(TABLE))
        return {name: _record(row, f"candidates.{name}") for name, row in held.items()}


def _record(row: Any, name: str) -> SpeakerRecord:
    """Return the record that a table holds; those of earlier versions have nothing shared."""
    table = check_fields(RULES, {"shared": {}, **row} if isinstance(row, dict) else row, name)
    for key, group in enumerate(table["group"]):
        checked({str(key): group}, str(key), below(len(table["sizes"])), f"{name}.group.")
    for field, of in (("per_seed", "seeds"), ("without", "group")):
        for key in table[field]:
            checked(table[field], key, list_of(or_null(NUMBER), len(table[of])), f"{name}.{field}.")
    for key in table["without"]:
        checked(table["per_seed"], key, ANYTHING, f"{name}.per_seed.")
    for number, (key, size) in enumerate(table["sizes"].items()):
        if size != table["group"].count(number):
            raise RuleError(f"`{name}.sizes.{key}` must be the number of its speakers, got {size}")
    return SpeakerRecord.from_json(table)


def write_speakers(folder: Storage, sweep: str, records: Records) -> None:
    """Write the records of the candidates of the sweep with an id."""
    document = {"candidates": {name: record.to_json() for name, record in records.items()}}
    write_sealed(folder, FILE, sweep, document)
