"""The sweep's log: the one durable truth, which every other view is rebuilt from.

`trials.jsonl` is only ever appended to, one JSON object a line, each on disk before anything else
hears of it. Replaying it gives the trials as they stand.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from search.space.values import Value
from search.store.storage import Storage, StorageError

FILE = "trials.jsonl"

TrialState = Literal["running", "complete", "stopped", "failed"]
Purpose = Literal["search", "race", "check", "replicate"]


def trial_folder(number: int) -> str:
    """Where the files of a trial lie in the sweep's folder."""
    return f"trials/{number:04d}"


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

    def to_json(self) -> str:
        """The record as a line; `from_json` reads it."""
        return json.dumps(vars(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "EpochRecord":
        """Read what `to_json` wrote; anything else raises a ValueError or TypeError."""
        return cls(**json.loads(text))


@dataclass
class TrialRecord:
    """One trial as the log tells it.

    Attributes:
        number: the trial's name in the sweep, counted from 0.
        values: value of each searched key.
        seeds: seed of each lane.
        purpose: `search` tries new values; `race` trains values again with more seeds, since they
            may be on the front; `check` does so with fresh seeds once the search is over, and
            `replicate` with others in a sweep of its own.
        limit: epochs to train at most.
        state: `running` also when the sweep was interrupted in the middle of the trial.
        reason: why it stopped or failed, else empty.
        epochs: reported epochs in order, each once.
        notes: what befell it on the way, in words: why it was begun again, damaged checkpoints.
        stuck: how often it was begun again since its newest epoch.
        redone: epochs that were trained once more, since they had not been saved.
    """

    number: int
    values: dict[str, Value]
    seeds: list[int]
    purpose: Purpose = "search"
    limit: int = 0
    state: TrialState = "running"
    reason: str = ""
    epochs: list[EpochRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stuck: int = 0
    redone: set[int] = field(default_factory=set)

    @property
    def last(self) -> EpochRecord | None:
        """The newest reported epoch."""
        return self.epochs[-1] if self.epochs else None

    @property
    def repeated(self) -> int:
        """How many epochs were trained once more."""
        return len(self.redone)

    @property
    def trained(self) -> int:
        """Lane-epochs trained: epochs, each counted once a lane."""
        return len(self.seeds) * len(self.epochs)

    @property
    def charge(self) -> int:
        """Lane-epochs it takes of a budget: all it may train, until it ended with fewer.

        One that failed counts in full, or a search whose trials all fail would never end.
        """
        ended = self.state in ("complete", "stopped")
        return self.trained if ended else len(self.seeds) * self.limit


@dataclass(frozen=True)
class End:
    """The moment a trial was over.

    Attributes:
        trial: its number.
        trained: lane-epochs that all trials had trained by then.
        seconds: time that the sweep had run by then; when it did not run does not count.
    """

    trial: int
    trained: int
    seconds: float


class Log:
    """Appends to a sweep's log and keeps its trials as they stand.

    Attributes:
        trials: by number.
        reports: (trial, epoch) of every epoch in the order reported.
        ends: of the trials that are over, in order.
    """

    def __init__(self, folder: Storage) -> None:
        """Open the log in the sweep's folder and replay what it holds.

        Raises:
            StorageError: if a whole line is not what a log writes; names it.
        """
        self._folder = folder
        self.trials: dict[int, TrialRecord] = {}
        self.reports: list[tuple[int, int]] = []
        self.ends: list[End] = []
        self._trained, self._seconds = 0, 0.0
        self._heard: float | None = None
        for place, line in enumerate(folder.lines(FILE), start=1):
            try:
                self._apply(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise StorageError(
                    f"{folder.where(FILE)} line {place} is not of a sweep's log: {error!r}"
                ) from error

    def _append(self, record: dict[str, Any]) -> None:
        record = {**record, "time": round(time.time(), 3)}
        self._folder.append(FILE, json.dumps(record, allow_nan=False).encode())
        self._apply(record)

    def _apply(self, record: dict[str, Any]) -> None:
        if self._heard is not None and record["event"] != "began":  # before, it did not run
            self._seconds += max(record["time"] - self._heard, 0.0)
        self._heard = record["time"]
        if record["event"] == "began":
            return
        number = record["trial"]
        if record["event"] == "suggested":
            given = {name: record[name] for name in ("values", "seeds", "purpose", "limit")}
            self.trials[number] = TrialRecord(number, **given)
            return
        trial = self.trials[number]
        if record["event"] == "epoch":
            names = EpochRecord.__dataclass_fields__
            trial.epochs.append(EpochRecord(**{name: record[name] for name in names}))
            trial.stuck = 0
            self.reports.append((number, record["epoch"]))
            self._trained += len(trial.seeds)
        elif record["event"] == "retried":
            trial.notes.append(f"begun again: {record['reason']}")
            trial.stuck += 1
        elif record["event"] == "resumed":
            trial.notes += record["damaged"]
            trial.redone.update(range(record["epoch"] + 1, len(trial.epochs) + 1))
        else:
            trial.state, trial.reason = record["state"], record["reason"]
            self.ends.append(End(number, self._trained, round(self._seconds, 3)))

    def began(self) -> None:
        """The sweep begins to run, for the first time or again."""
        self._append({"event": "began"})

    def suggested(
        self,
        number: int,
        values: dict[str, Value],
        seeds: Sequence[int],
        purpose: Purpose,
        limit: int,
    ) -> None:
        """A new trial is about to run."""
        event = {"event": "suggested", "trial": number, "values": values, "seeds": list(seeds)}
        self._append({**event, "purpose": purpose, "limit": limit})

    def epoch(self, number: int, record: EpochRecord) -> bool:
        """A trial reported an epoch; False if it did so before (after a restart it does)."""
        last = self.trials[number].last
        if last and record.epoch <= last.epoch:
            return False
        self._append({"event": "epoch", "trial": number, **vars(record)})
        return True

    def retried(self, number: int, reason: str) -> None:
        """A trial failed and is begun again, from its newest checkpoint."""
        self._append({"event": "retried", "trial": number, "reason": reason})

    def resumed(self, number: int, epoch: int, damaged: Sequence[str]) -> None:
        """A trial begun before goes on.

        Args:
            number: of the trial.
            epoch: of the checkpoint that it goes on from; 0 if there was none.
            damaged: checkpoints that could not be used, in words.
        """
        event = {"event": "resumed", "trial": number, "epoch": epoch, "damaged": list(damaged)}
        self._append(event)

    def ended(
        self, number: int, state: Literal["complete", "stopped", "failed"], reason: str = ""
    ) -> None:
        """A trial is over."""
        self._append({"event": "ended", "trial": number, "state": state, "reason": reason})
