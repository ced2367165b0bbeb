"""Writes what Ray Tune reports into the sweep's log, before anything else hears of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ray.tune import Callback
from ray.tune.experiment import Trial

from search.log import EpochRecord, Log


def _reason(trial: Trial) -> str:
    """The last line of a trial's error: its type and message."""
    try:
        lines = Path(trial.error_file or "").read_text().split("\n")
    except OSError:
        lines = []
    return next((line.strip() for line in reversed(lines) if line.strip()), "no error was left")


class Recorder(Callback):
    """The log's only writer while a sweep runs, beside the searcher that opens trials.

    `changed` is called after each event, with the log up to date.

    Attributes:
        error: what went wrong in writing; Ray Tune hands on no more than its text.
    """

    def __init__(self, log: Log, changed: Callable[[], None]) -> None:
        """Record into `log`."""
        self._log, self._changed = log, changed
        self.error: Exception | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Empty: Ray Tune pickles its callbacks for a restore of its own, which is never used."""
        return {}

    def _record(self, write: Callable[[int], object], trial: Trial) -> None:
        """Write to the log if the trial is open there, then let the views know."""
        number = trial.config["trial"]
        try:
            if self._log.trials[number].state == "running":
                write(number)
            self._changed()
        except Exception as error:
            self.error = error
            raise

    def report(self, trial: Trial, result: dict[str, Any], why_stop: Callable[[int], str]) -> str:
        """An epoch, or the reason why the trial cannot be counted.

        Returns:
            Why the trial is to be stopped, which the log then knows too; empty if it goes on.
        """
        reason = ""

        def write(number: int) -> None:
            nonlocal reason
            if "failed" in result:
                self._log.ended(number, "failed", result["failed"])
            elif "record" in result:
                self._log.epoch(number, EpochRecord(**json.loads(result["record"])))
                reason = why_stop(number)
                if reason:
                    self._log.ended(number, "stopped", reason)

        self._record(write, trial)
        return reason

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """The trial trained all it should."""
        self._record(lambda n: self._log.ended(n, "complete"), trial)

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """The trial failed for good."""
        self._record(lambda n: self._log.ended(n, "failed", _reason(trial)), trial)
