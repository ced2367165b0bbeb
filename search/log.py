"""The sweep's log: the one durable truth, which every other view is rebuilt from.

`trials.jsonl` is only ever appended to, one JSON object a line, each on disk before anything else
hears of it. Replaying it gives the trials as they stand.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from search.storage import Storage

FILE = "trials.jsonl"

TrialState = Literal["running", "complete", "stopped", "failed"]
Value = float | int | str | bool


@dataclass(frozen=True)
class EpochRecord:
    """One reported epoch.

    Attributes:
        epoch: counted from 1.
        metrics: means over lanes and spreads (`<metric>_sd`); all finite.
        lanes: each metric per lane; None in a lane that diverged.
        terms: mean loss terms over the lanes that train.
        seconds: time the epoch took.
    """

    epoch: int
    metrics: dict[str, float]
    lanes: dict[str, list[float | None]]
    terms: dict[str, float]
    seconds: float


@dataclass
class TrialRecord:
    """One trial as the log tells it.

    Attributes:
        number: the trial's name in the sweep, counted from 0.
        values: value of each searched key.
        seeds: seed of each lane.
        state: `running` also when the sweep was interrupted in the middle of the trial.
        reason: why it stopped or failed, else empty.
        epochs: reported epochs in order, each once.
    """

    number: int
    values: dict[str, Value]
    seeds: list[int]
    state: TrialState = "running"
    reason: str = ""
    epochs: list[EpochRecord] = field(default_factory=list)

    @property
    def last(self) -> EpochRecord | None:
        """The newest reported epoch."""
        return self.epochs[-1] if self.epochs else None


class Log:
    """Appends to a sweep's log and keeps its trials as they stand."""

    def __init__(self, folder: Storage) -> None:
        """Open the log in the sweep's folder and replay what it holds."""
        self._folder = folder
        self.trials: dict[int, TrialRecord] = {}
        for line in folder.lines(FILE):
            self._apply(json.loads(line))

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps({**record, "time": round(time.time(), 3)}, allow_nan=False)
        self._folder.append(FILE, line.encode())
        self._apply(record)

    def _apply(self, record: dict[str, Any]) -> None:
        number = record["trial"]
        if record["event"] == "suggested":
            self.trials[number] = TrialRecord(number, record["values"], record["seeds"])
            return
        trial = self.trials[number]
        if record["event"] == "epoch":
            names = EpochRecord.__dataclass_fields__
            trial.epochs.append(EpochRecord(**{name: record[name] for name in names}))
        else:
            trial.state, trial.reason = record["state"], record["reason"]

    def suggested(self, number: int, values: dict[str, Value], seeds: Sequence[int]) -> None:
        """A new trial is about to run."""
        self._append(
            {"event": "suggested", "trial": number, "values": values, "seeds": list(seeds)}
        )

    def epoch(self, number: int, record: EpochRecord) -> bool:
        """A trial reported an epoch; False if it did so before (after a restart it does)."""
        last = self.trials[number].last
        if last and record.epoch <= last.epoch:
            return False
        self._append({"event": "epoch", "trial": number, **vars(record)})
        return True

    def ended(
        self, number: int, state: Literal["complete", "stopped", "failed"], reason: str = ""
    ) -> None:
        """A trial is over."""
        self._append({"event": "ended", "trial": number, "state": state, "reason": reason})
