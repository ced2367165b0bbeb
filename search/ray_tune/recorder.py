"""Recorder of Ray Tune's reports in the sweep's log, before any view of it changes."""

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
    """Recorder that writes the log while a sweep runs; the searcher opens the trials there.

    A trial that is begun again, after a failure or an interruption, is a new trial for Ray.

    Attributes:
        error: error of writing, of which Ray Tune passes on only the text; None without one.
    """

    def __init__(
        self,
        log: Log,
        failures: Failures,
        changed: Callable[[], None],
        check_ray: Callable[[], None],
        node_left: Callable[[str], bool],
    ) -> None:
        """Record into a log.

        Args:
            log: log of the sweep.
            failures: failures of its trials, which are retried or ended there.
            changed: function called after each event, with the log up to date.
            check_ray: function that raises if Ray as a whole has failed, so that no trial is
                blamed for it.
            node_left: function that returns whether a traceback is that of a node which left.
        """
        self._log, self._failures = log, failures
        self._changed, self._check_ray, self._node_left = changed, check_ray, node_left
        self._over: set[str] = set()
        self.error: Exception | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing: Ray Tune pickles its callbacks for a restore that is never used."""
        return {}

    @contextlib.contextmanager
    def _event(self) -> Iterator[None]:
        """Update the views after an event was written, and keep an error."""
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
        """Record what a trial reports.

        Args:
            trial: trial of Ray's.
            result: report.
            why_stop: function that returns why a trial of a number is to be stopped, else empty.

        Returns:
            Why the trial is to be stopped, which is then in the log too; empty if it goes on.

        Raises:
            StorageError: the trial could not use the results folder.
        """
        number, reason = trial.config["trial"], ""
        with self._event():
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
        """Record that a trial trained to its limit."""
        with self._event():
            if trial.trial_id not in self._over:
                self._end(trial, "complete")

    def on_trial_error(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        """Record that a trial raised an error, or that its process is gone."""
        with self._event():
            self._check_ray()
            if trial.trial_id in self._over:
                return
            self._over.add(trial.trial_id)
            number, traceback = trial.config["trial"], _traceback(trial)
            if self._node_left(traceback):
                self._failures.left(number)
            else:
                self._failures.raised(number, traceback)
