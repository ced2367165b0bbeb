"""Log of a sweep: the only durable state, from which every other view is rebuilt.

`trials.jsonl` is only ever appended to, one JSON object a line. Each line is on disk before
anything else learns of it. Replaying the lines gives the trials as they stand. `log.json` beside
it states how far the log had come, so that a lost log or tail is noticed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.space.values import Value
from search.store.chain import Chain
from search.store.log_lines import FILE, naming_line, next_line
from search.store.log_mark import LogDamaged, read_mark, write_mark
from search.store.operations import FORMAT_VERSION, Line, Operation, check_order
from search.store.storage import Storage, StorageError
from search.store.trials import EndState, EpochRecord, Purpose, TrialRecord
from search.terminal.signals import held_signals

MARKED = {*Operation} - {Operation.EPOCH, Operation.RETRIED, Operation.RESUMED}
"""Operations after which `log.json` is written."""


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


class Log:
    """Log of a sweep, with the trials that replaying it gives.

    Attributes:
        trials: records of the trials, by number.
        reports: (trial, epoch) of every epoch in the order reported.
        ends: moments at which trials were over, in order.
        asked: times at which a test of a trial's models was begun, in UTC, by its number; empty
            text for a test that a repair of the log found recorded.
        repairs: repairs of this log, in words.
    """

    def __init__(self, folder: Storage) -> None:
        """Open the log in a sweep's folder and replay its lines.

        Raises:
            LogDamaged: see `read_lines`; also if a line cannot follow those above it, such as a
                second end of a trial, or if the log is gone or shorter than it was.
            StorageError: a newer fairser wrote the log.
        """
        mark = read_mark(folder)
        self._folder, self._chain = folder, Chain(mark.lines)
        self.trials: dict[int, TrialRecord] = {}
        self.reports: list[tuple[int, int]] = []
        self.ends: list[End] = []
        self.asked: dict[int, list[str]] = {}
        self.repairs: list[str] = []
        self._trained, self._seconds = 0, 0.0
        self._sweeps: set[str] = set()
        self._newest: float | None = None
        self._operations: Mapping[Operation, Callable[..., None]] = {
            Operation.BEGAN: self._apply_began,
            Operation.SUGGESTED: self._apply_suggested,
            Operation.EPOCH: self._apply_epoch,
            Operation.RETRIED: self._apply_retried,
            Operation.RESUMED: self._apply_resumed,
            Operation.ENDED: self._apply_ended,
            Operation.ASKED: self._apply_asked,
            Operation.REPAIRED: self._apply_repaired,
        }
        try:
            self._replay()
            mark.check(folder, FILE, self._chain)
        except LogDamaged as damaged:
            damaged.trials = self.trials
            raise
        self._mark_ahead = mark.lines > self._chain.lines  # by a torn line

    def _replay(self) -> None:
        for number, content in enumerate(self._folder.lines(FILE), start=1):
            with naming_line(self._folder, number):
                line = next_line(content, self._chain)
                check_order(line, self.trials)
                self._chain.add(content)
            self._apply(line)

    @property
    def digest(self) -> str:
        """Digest of the last line, which covers the whole log; empty for a log without lines."""
        return self._chain.digest

    @property
    def bare_lines(self) -> int:
        """Number of lines without a digest, which an earlier version wrote."""
        return self._chain.bare

    def _append(self, operation: Operation, **fields: Any) -> None:
        line = Line(operation, round(time.time(), 3), fields)
        check_order(line, self.trials)
        content = self._chain.link(line.to_json())
        with held_signals():  # else the file could have a line that the chain lacks
            if self._mark_ahead:
                write_mark(self._folder, self._chain)
                self._mark_ahead = False
            self._folder.append(FILE, content)
            self._chain.add(content)
            self._apply(line)
            if operation in MARKED:
                write_mark(self._folder, self._chain)

    def check_of(self, sweep: str) -> None:
        """Check that the log is that of the sweep with an id, as far as it states one.

        Raises:
            StorageError: the log is of another sweep.
        """
        if others := sorted(self._sweeps - {sweep}):
            raise StorageError(
                f"{self._folder.where(FILE)} is the log of the sweep with the id {others[0]}, not "
                f"of that with the id {sweep}, in whose folder it lies"
            )

    def check_intact(self) -> None:
        """Check that the log is still where it was, as long as this process left it.

        Raises:
            StorageError: the log is gone, or was changed by another process.
        """
        self._folder.check_end(FILE)

    def _apply(self, line: Line) -> None:
        if self._newest is not None and line.operation is not Operation.BEGAN:
            self._seconds += max(line.time - self._newest, 0.0)
        self._newest = line.time
        self._operations[line.operation](**line.fields)

    def _apply_began(self, version: int, sweep: str) -> None:
        """Change no trial: time before this line does not count, which `_apply` sees to."""
        if sweep:
            self._sweeps.add(sweep)

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
        record.stuck = record.departures = 0
        self.reports.append((trial, epoch.epoch))
        self._trained += len(record.seeds)

    def _apply_retried(self, trial: int, reason: str, blamed: bool) -> None:
        record = self.trials[trial]
        record.notes.append(f"begun again: {reason}")
        if blamed:
            record.stuck += 1
        else:
            record.departures += 1

    def _apply_resumed(self, trial: int, epoch: int, damaged: list[str]) -> None:
        record = self.trials[trial]
        record.notes += damaged
        record.redone.update(range(epoch + 1, len(record.epochs) + 1))

    def _apply_ended(self, trial: int, state: EndState, reason: str) -> None:
        record = self.trials[trial]
        record.state, record.reason = state, reason
        self.ends.append(End(trial, self._trained, round(self._seconds, 3)))

    def _apply_asked(self, trial: int, candidate: str, seeds: list[int], begun: str) -> None:
        self.asked.setdefault(trial, []).append(begun)

    def _apply_repaired(self, dropped: int, asked: list[int], file: str) -> None:
        for trial in asked:
            self.asked.setdefault(trial, []).append("")
        self.repairs.append(f"{dropped} damaged lines of the log were dropped; {file} keeps them")

    def began(self, sweep: str = "") -> None:
        """Record that the sweep with an id begins to run, for the first time or again."""
        self._append(Operation.BEGAN, version=FORMAT_VERSION, sweep=sweep)

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

    def retried(self, number: int, reason: str, blamed: bool = True) -> None:
        """Record that a trial is begun again, from its newest snapshot.

        Args:
            number: number of the trial.
            reason: reason why it ended.
            blamed: whether it failed, rather than the node that it ran on.
        """
        self._append(Operation.RETRIED, trial=number, reason=reason, blamed=blamed)

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

    def asking(self, number: int, candidate: str, seeds: Sequence[int], begun: str) -> None:
        """Record that a trial's models are about to be tested.

        Args:
            number: number of the trial.
            candidate: name of the candidate that was trained.
            seeds: seeds of the tested models.
            begun: time of the test, in UTC.
        """
        self._append(
            Operation.ASKED, trial=number, candidate=candidate, seeds=list(seeds), begun=begun
        )

    def repaired(self, dropped: int, asked: Sequence[int], file: str) -> None:
        """Record that damaged lines were dropped.

        Args:
            dropped: number of the dropped lines.
            asked: trials whose models were tested, which the lines that are left do not state.
            file: name of the file that keeps the dropped lines.
        """
        self._append(Operation.REPAIRED, dropped=dropped, asked=list(asked), file=file)
