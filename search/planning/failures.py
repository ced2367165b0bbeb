"""Failures of trials: retries, final failures, and the end of a sweep that only fails."""

import re

from search.store.log import Log
from search.store.storage import Storage
from search.store.trials import trial_folder
from search.terminal.console import CommandError

MAX_FAILURES = 2  # retries of a trial without a new epoch in between
HOPELESS = 3  # trials in a row that fail by an error, which then is of the whole sweep
CODE_LINE = r'File "([^"]+)", line (\d+).*'
MAX_DEPARTURES = 10  # nodes that leave under a trial without a new epoch in between
NODE_GONE = "the node it ran on is gone"
GPU_FULL = (
    "the memory of its GPU, or its share of it, ran out: a larger --gpus-per-trial gives a trial "
    "more, a smaller `batch` or fewer --seeds need less"
)
KILLED = "its process was killed, as the system does when memory runs out"


class SweepFailed(CommandError):
    """Error of a sweep whose trials all fail."""


def error_file(number: int) -> str:
    """Return the file of the traceback of a trial's newest error, in the sweep's folder."""
    return f"{trial_folder(number)}/error.txt"


def reason_of(traceback: str) -> str:
    """Return an error in one line: type, message, and the line of code that raised it."""
    if "running low on memory" in traceback:  # Ray kills before the system does
        return "its process was killed by Ray, since memory ran out"
    if "CUDA out of memory" in traceback:
        return GPU_FULL
    if "worker process has died" in traceback:
        return KILLED
    # The error stands unindented below the last line of code.
    *_, raised = re.split(CODE_LINE, traceback)
    lines = [line.strip() for line in raised.splitlines() if line[:1].strip()]
    code_lines = re.findall(CODE_LINE, traceback)
    where = f" ({code_lines[-1][0]}:{code_lines[-1][1]})" if code_lines else ""
    if not lines:
        return "no error was left"
    return f"{lines[0] if code_lines else lines[-1]}{where}"


class Failures:
    """Failures of a sweep's trials, with the decisions on them.

    A failed trial goes on from its newest snapshot, at most `most` times without a new epoch in
    between. A trial that makes progress may be killed any number of times, as is usual on
    preemptible machines. A node that leaves counts as no failure, unless many leave under the same
    trial, which then may be what brings them down. A sweep whose trials fail one after another is
    stopped.
    """

    def __init__(self, folder: Storage, log: Log, most: int) -> None:
        """Begin without failures.

        Args:
            folder: folder of the sweep.
            log: log of the sweep.
            most: retries of a trial without a new epoch in between.
        """
        self._folder, self._log, self._most = folder, log, most
        self._untrained: dict[int, str] = {}
        self._in_a_row: dict[int, str] = {}

    def trained(self) -> None:
        """Note that a trial trained an epoch."""
        self._untrained = {}

    def ended_well(self) -> None:
        """Note that a trial was trained as far as planned."""
        self._in_a_row = {}

    def diverged(self, number: int, reason: str) -> None:
        """Retry or end a trial whose numbers are no longer finite."""
        self._again_or_over(number, reason)

    def left(self, number: int) -> None:
        """Retry a trial whose node has left the cluster."""
        if self._log.trials[number].departures < MAX_DEPARTURES:
            self._log.retried(number, NODE_GONE, blamed=False)
        else:
            again = f"{MAX_DEPARTURES + 1} nodes left in a row while it ran on them"
            self._log.ended(number, "failed", again)

    def raised(self, number: int, traceback: str) -> None:
        """Retry or end a trial that raised an error, or whose process is gone.

        Raises:
            SweepFailed: several trials in a row failed so for good, or several failed so with no
                epoch trained in between.
        """
        self._folder.write(error_file(number), traceback.encode())
        reason = reason_of(traceback)
        over = not self._again_or_over(number, reason)
        self._untrained.setdefault(number, reason)
        if over:
            self._in_a_row.setdefault(number, reason)
        for failed in (self._untrained, self._in_a_row):
            if len(failed) >= HOPELESS:
                first, why = next(iter(failed.items()))
                raise SweepFailed(
                    f"{len(failed)} trials in a row failed, so the sweep is stopped. The first, "
                    f"trial {first}: {why}\nIts traceback is in "
                    f"{self._folder.where(error_file(first))}"
                )

    def _again_or_over(self, number: int, reason: str) -> bool:
        """Retry a trial if it may fail once more, else end it; return whether it is retried."""
        again = self._log.trials[number].stuck < self._most
        if again:
            self._log.retried(number, reason)
        else:
            self._log.ended(number, "failed", reason)
        return again
