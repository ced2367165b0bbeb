"""Log of a sweep: the only durable state, from which every other view is rebuilt.

`trials.jsonl` is only ever appended to, one JSON object a line. Each line is on disk before
anything else learns of it. Replaying the lines gives the trials as they stand.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.space.values import Value
from search.store.operations import FORMAT_VERSION, Line, Operation, check_order
from search.store.rules import NewerFormat, RuleError
from search.store.storage import Storage, StorageError
from search.store.trials import EndState, EpochRecord, Purpose, TrialRecord

FILE = "trials.jsonl"


@dataclass(frozen=True)
class End:
    """Moment at which a trial was over.

    Attributes:
        trial: number of the trial.
        trained: lane-epochs that all trials had trained by then.
        seconds: time that the sweep had run by then; pauses between runs do not count.
    """

    trial: int
    trained: int
    seconds: float


@contextlib.contextmanager
def _naming_line(folder: Storage, number: int) -> Iterator[None]:
    """Turn errors of a line into errors that name file and line."""
    source = f"{folder.where(FILE)} line {number}"
    try:
        yield
    except RuleError as error:
        raise StorageError(f"{source} is not of a sweep's log: {error}") from error
    except NewerFormat as error:
        raise StorageError(f"{source} cannot be read: {error}") from error


def read_lines(folder: Storage) -> Iterator[Line]:
    """Read the whole lines of the log in a sweep's folder, in order.

    Raises:
        StorageError: a whole line is not what a log holds, or a newer fairser wrote it; names file
            and line, and the rule or the operation.
    """
    for number, content in enumerate(folder.lines(FILE), start=1):
        with _naming_line(folder, number):
            line = Line.from_json(content)
        yield line


class Log:
    """Log of a sweep, with the trials that replaying it gives.

    Attributes:
        trials: records of the trials, by number.
        reports: (trial, epoch) of every epoch in the order reported.
        ends: moments at which trials were over, in order.
    """

    def __init__(self, folder: Storage) -> None:
        """Open the log in a sweep's folder and replay its lines.

        Raises:
            StorageError: see `read_lines`; also if a line cannot follow those above it, such as a
                second end of a trial.
        """
        self._folder = folder
        self.trials: dict[int, TrialRecord] = {}
        self.reports: list[tuple[int, int]] = []
        self.ends: list[End] = []
        self._trained, self._seconds = 0, 0.0
        self._newest: float | None = None
        self._operations: Mapping[Operation, Callable[..., None]] = {
            Operation.BEGAN: self._apply_began,
            Operation.SUGGESTED: self._apply_suggested,
            Operation.EPOCH: self._apply_epoch,
            Operation.RETRIED: self._apply_retried,
            Operation.RESUMED: self._apply_resumed,
            Operation.ENDED: self._apply_ended,
        }
        for number, line in enumerate(read_lines(folder), start=1):
            with _naming_line(folder, number):
                check_order(line, self.trials)
                self._apply(line)

    def _append(self, operation: Operation, **fields: Any) -> None:
        line = Line(operation, round(time.time(), 3), fields)
        check_order(line, self.trials)
        self._folder.append(FILE, line.to_json())
        self._apply(line)

    def _apply(self, line: Line) -> None:
        if self._newest is not None and line.operation is not Operation.BEGAN:
            self._seconds += max(line.time - self._newest, 0.0)
        self._newest = line.time
        self._operations[line.operation](**line.fields)

    def _apply_began(self, version: int) -> None:
        """Change no trial: time before this line does not count, which `_apply` sees to."""

    def _apply_suggested(
        self,
        trial: int,
        values: dict[str, Value],
        seeds: list[int],
        purpose: Purpose,
        limit: int,
    ) -> None:
        self.trials[trial] = TrialRecord(trial, values, seeds, purpose, limit)

    def _apply_epoch(self, trial: int, **fields: Any) -> None:
        record, epoch = self.trials[trial], EpochRecord(**fields)
        record.epochs.append(epoch)
        record.stuck = 0
        self.reports.append((trial, epoch.epoch))
        self._trained += len(record.seeds)

    def _apply_retried(self, trial: int, reason: str) -> None:
        record = self.trials[trial]
        record.notes.append(f"begun again: {reason}")
        record.stuck += 1

    def _apply_resumed(self, trial: int, epoch: int, damaged: list[str]) -> None:
        record = self.trials[trial]
        record.notes += damaged
        record.redone.update(range(epoch + 1, len(record.epochs) + 1))

    def _apply_ended(self, trial: int, state: EndState, reason: str) -> None:
        record = self.trials[trial]
        record.state, record.reason = state, reason
        self.ends.append(End(trial, self._trained, round(self._seconds, 3)))

    def began(self) -> None:
        """Record that the sweep begins to run, for the first time or again."""
        self._append(Operation.BEGAN, version=FORMAT_VERSION)

    def suggested(
        self,
        number: int,
        values: dict[str, Value],
        seeds: Sequence[int],
        purpose: Purpose,
        limit: int,
    ) -> None:
        """Record a new trial that is about to run."""
        self._append(
            Operation.SUGGESTED,
            trial=number,
            values=values,
            seeds=list(seeds),
            purpose=purpose,
            limit=limit,
        )

    def epoch(self, number: int, record: EpochRecord) -> bool:
        """Record an epoch that a trial reported.

        Returns:
            Whether the epoch is new; after a restart a trial reports old ones again, which change
            nothing.
        """
        last = self.trials[number].last
        if last and record.epoch <= last.epoch:
            return False
        self._append(Operation.EPOCH, trial=number, **vars(record))
        return True

    def retried(self, number: int, reason: str) -> None:
        """Record that a trial failed and is begun again, from its newest snapshot."""
        self._append(Operation.RETRIED, trial=number, reason=reason)

    def resumed(self, number: int, epoch: int, damaged: Sequence[str]) -> None:
        """Record that a trial goes on.

        Args:
            number: number of the trial.
            epoch: epoch of the snapshot that it goes on from; 0 without one.
            damaged: snapshots that could not be used, in words.
        """
        self._append(Operation.RESUMED, trial=number, epoch=epoch, damaged=list(damaged))

    def ended(self, number: int, state: EndState, reason: str = "") -> None:
        """Record that a trial is over."""
        self._append(Operation.ENDED, trial=number, state=state, reason=reason)
