"""What becomes of trials that fail, and of a sweep in which all do."""

import re

from search.store.log import Log
from search.store.storage import Storage
from search.store.trials import trial_folder

MAX_FAILURES = 2  # retries of a trial that does not get on
HOPELESS = 3  # trials in a row that fail by an error: it is hardly theirs
PLACE = r'File "([^"]+)", line (\d+).*'
NODE_GONE = "the node it ran on is gone"
KILLED = "its process was killed, as the system does when memory runs out"


class SweepFailed(RuntimeError):
    """Every trial of a sweep fails, so that it makes no sense to go on."""


def error_file(number: int) -> str:
    """Where the traceback of a trial's newest error lies in the sweep's folder."""
    return f"{trial_folder(number)}/error.txt"


def reason_of(traceback: str) -> str:
    """An error in one line: its type and message, and the place in the code that raised it."""
    if "running low on memory" in traceback:  # Ray kills before the system does
        return "its process was killed by Ray, since memory ran out"
    if "worker process has died" in traceback:
        return KILLED
    if "node has died" in traceback:
        return NODE_GONE
    *_, raised = re.split(PLACE, traceback)  # what is not indented below the last place
    lines = [line.strip() for line in raised.splitlines() if line[:1].strip()]
    places = re.findall(PLACE, traceback)
    where = f" ({places[-1][0]}:{places[-1][1]})" if places else ""
    if not lines:
        return "no error was left"
    return f"{lines[0] if places else lines[-1]}{where}"


class Failures:
    """Begins trials that failed again, ends those that fail for good, and stops hopeless sweeps.

    A trial that fails goes on from its newest checkpoint, and may do so `most` times without
    getting a new epoch done in between. One that got further is not stuck, however often it is
    killed: on machines that are taken away at any time that is usual.
    """

    def __init__(self, folder: Storage, log: Log, most: int) -> None:
        """Nothing has failed yet since the sweep began to run."""
        self._folder, self._log, self._most = folder, log, most
        self._untrained: dict[int, str] = {}
        self._in_a_row: dict[int, str] = {}

    def trained(self) -> None:
        """A trial has trained an epoch."""
        self._untrained = {}

    def ended_well(self) -> None:
        """A trial was trained as far as it should."""
        self._in_a_row = {}

    def diverged(self, number: int, reason: str) -> None:
        """A trial's numbers are no longer finite: that is its own doing."""
        self._again_or_over(number, reason)

    def raised(self, number: int, traceback: str) -> None:
        """A trial raised an error, or its process is gone.

        Raises:
            SweepFailed: several trials in a row failed so, or did before any trained an epoch.
        """
        self._folder.write(error_file(number), traceback.encode())
        reason = reason_of(traceback)
        over = not self._again_or_over(number, reason)
        if reason == NODE_GONE:  # with all that ran there, through no fault of theirs
            return
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
        """Whether the trial is begun again."""
        again = self._log.trials[number].stuck < self._most
        if again:
            self._log.retried(number, reason)
        else:
            self._log.ended(number, "failed", reason)
        return again
