"""Writes what Ray Tune reports into the sweep's log, before anything else hears of it."""

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


class Recorder(Callback):  # type: ignore[misc]
    """The log's only writer while a sweep runs, beside the searcher that opens trials.

    `changed` is called after each event, with the log up to date.
    """

    def __init__(self, log: Log, changed: Callable[[], None]) -> None:
        """Record into `log`."""
        self._log, self._changed = log, changed

    def on_step_end(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        """The loop went round: time has passed, if nothing else."""
        self._changed()

    def on_trial_result(
        self, iteration: int, trials: list[Trial], trial: Trial, result: dict[str, Any], **info: Any
    ) -> None:
        """An epoch, or the reason why the trial cannot be counted."""
        number = trial.config["trial"]
        if "failed" in result:
            self._log.ended(number, "failed", result["failed"])
        elif "record" in result:
            self._log.epoch(number, EpochRecord(**result["record"]))
        self._changed()

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """The trial trained all it should."""
        number = trial.config["trial"]
        if self._log.trials[number].state == "running":
            self._log.ended(number, "complete")
        self._changed()

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """The trial failed for good."""
        number = trial.config["trial"]
        if self._log.trials[number].state == "running":
            self._log.ended(number, "failed", _reason(trial))
        self._changed()
