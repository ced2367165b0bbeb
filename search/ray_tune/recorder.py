"""Writes what Ray Tune reports into the sweep's log, before anything else hears of it."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from ray.tune import Callback
from ray.tune.experiment import Trial

from search.planning.failures import Failures
from search.store.log import Log
from search.store.storage import StorageError
from search.store.trials import EpochRecord


def _traceback(trial: Trial) -> str:
    try:
        return Path(trial.error_file or "").read_text()
    except OSError:
        return ""


class Recorder(Callback):
    """The log's only writer while a sweep runs, beside the searcher that opens trials.

    A trial of the sweep is a trial of Ray's each time it is begun: one that failed or was
    interrupted comes again as another.

    Attributes:
        error: what went wrong in writing; Ray Tune hands on no more than its text.
    """

    def __init__(
        self,
        log: Log,
        failures: Failures,
        changed: Callable[[], None],
        check_ray: Callable[[], None],
    ) -> None:
        """Record into a log.

        Args:
            log: of the sweep.
            failures: decides what becomes of a trial that failed.
            changed: called after each event, with the log up to date.
            check_ray: raises if Ray as a whole has failed, so that no trial is blamed for it.
        """
        self._log, self._failures = log, failures
        self._changed, self._check_ray = changed, check_ray
        self._over: set[str] = set()
        self.error: Exception | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Empty: Ray Tune pickles its callbacks for a restore of its own, which is never used."""
        return {}

    @contextlib.contextmanager
    def _heard(self) -> Iterator[None]:
        """Let the views know of what was written, and keep what went wrong."""
        try:
            yield
            self._changed()
        except Exception as error:
            self.error = error
            raise

    def _end(self, trial: Trial, state: Literal["complete", "stopped"], reason: str = "") -> None:
        self._over.add(trial.trial_id)
        self._log.ended(trial.config["trial"], state, reason)
        self._failures.ended_well()

    def report(self, trial: Trial, result: dict[str, Any], why_stop: Callable[[int], str]) -> str:
        """Take in what a trial reports.

        Returns:
            Why the trial is to be stopped, which the log then knows too; empty if it goes on.

        Raises:
            StorageError: if the trial could not use the results folder.
        """
        number, reason = trial.config["trial"], ""
        with self._heard():
            if "storage" in result:
                raise StorageError(result["storage"])
            if "diverged" in result:
                self._over.add(trial.trial_id)
                self._failures.diverged(number, result["diverged"])
            if "resumed" in result:
                self._log.resumed(number, **json.loads(result["resumed"]))
            if "record" in result and trial.trial_id not in self._over:
                if self._log.epoch(number, EpochRecord.from_json(result["record"])):
                    self._failures.trained()
                reason = why_stop(number)
                if reason:
                    self._end(trial, "stopped", reason)
        return reason

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """The trial trained all it should."""
        with self._heard():
            if trial.trial_id not in self._over:
                self._end(trial, "complete")

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """The trial raised, or its process is gone."""
        with self._heard():
            self._check_ray()
            if trial.trial_id not in self._over:
                self._over.add(trial.trial_id)
                self._failures.raised(trial.config["trial"], _traceback(trial))
