"""The views of a running sweep, kept current: screen, MLflow, the front's files."""

import textwrap
import time

from search.presentation.front_files import front_files
from search.presentation.live_screen import Screen
from search.sweep.sweep import Sweep
from search.tracking.mirror import Tracking

TRACKING_SECONDS = 1.0
FILES_SECONDS = 30.0  # drawing takes a second, so a front that moves fast is not drawn each time


class Views:
    """Called by the sweep after each event; keeps nothing that the log does not have."""

    def __init__(self, screen: Screen, tracking: Tracking) -> None:
        """Nothing is shown before the first event."""
        self._screen, self._tracking = screen, tracking
        self._troubled = False
        self._members: tuple[tuple[int, int], ...] = ()
        self._tracked = self._drawn = time.monotonic()

    def changed(self, sweep: Sweep) -> None:
        """Bring the views up to date."""
        self._tell_of_tracking()
        front, now = sweep.front(), time.monotonic()
        self._screen.update(sweep.log.trials, front)
        members = tuple((point.trial, point.epoch) for point in front.members)
        if members != self._members and now - self._drawn >= FILES_SECONDS:
            self._members, self._drawn = members, now
            history = sweep.history()
            files = front_files(front, history, sweep.name)
            sweep.write(files)
            self._tracking.update(sweep.log.trials, front, history or [], files)
        elif now - self._tracked >= TRACKING_SECONDS:
            self._tracked = now
            self._tracking.update(sweep.log.trials, front, sweep.history() or [])

    def _tell_of_tracking(self) -> None:
        """Say once that MLflow cannot be written, and once that it can again."""
        if bool(self._tracking.problem) != self._troubled:
            self._troubled = not self._troubled
            why = textwrap.shorten(self._tracking.problem or "", 200)
            problem = f"MLflow cannot be written and is tried again: {why}"
            self._screen.say(problem if self._troubled else "MLflow is written again")

    def finish(self, sweep: Sweep) -> None:
        """Write the last state of everything; MLflow gets it also if the results folder is full."""
        front, history = sweep.front(), sweep.history()
        files = front_files(front, history, sweep.name)
        self._screen.update(sweep.log.trials, front)
        try:
            sweep.write(files)
        finally:
            self._tracking.update(sweep.log.trials, front, history or [], files)
            self._tracking.close("finished" if sweep.done else "interrupted")
