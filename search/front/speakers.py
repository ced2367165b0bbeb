"""Figures of candidates over validation speakers, from records that lie beside the front.

A front's intervals are over seeds, on the same validation utterances. Other speakers would move a
metric as well: `speakers.json` in a sweep's folder holds the metrics of candidates without each
speaker, as kept models predict the validation utterances again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairser_core.metrics.tables import metric_of
from search.store.storage import Storage, StorageError
from search.tasks.speaker_record import SpeakerRecord

FILE = "speakers.json"
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


def read_speakers(folder: Storage) -> dict[str, SpeakerRecord]:
    """Return the records of a sweep's candidates; none if it has no file of them.

    Raises:
        StorageError: the file is not what `write_speakers` writes; names it.
    """
    content = folder.read(FILE)
    if content is None:
        return {}
    try:
        held = json.loads(content)["candidates"]
        return {name: SpeakerRecord.from_json(row) for name, row in held.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(
            f"{folder.where(FILE)} is not a record of speakers: {error!r}; remove it, and "
            "resume the sweep to write it again"
        ) from error


def write_speakers(folder: Storage, records: Records) -> None:
    """Write the records of a sweep's candidates."""
    document = {"candidates": {name: record.to_json() for name, record in records.items()}}
    folder.write(FILE, (json.dumps(document, allow_nan=False) + "\n").encode())
