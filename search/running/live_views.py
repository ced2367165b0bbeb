"""Views of a running sweep: the screen, MLflow and the front's files."""

import textwrap
import time

from search.presentation.front_files import front_files
from search.presentation.live_screen import Screen
from search.sweep.sweep import Sweep
from search.tracking.mirror import Tracking

TRACKING_SECONDS = 1.0
FILES_SECONDS = 30.0  # drawing takes a second: a front that changes often is not drawn each time
SHARE = 0.05  # most of the time that is spent on drawing


class Views:
    """Views of a sweep, updated after each event; all their content is in the log too."""

    def __init__(self, screen: Screen, tracking: Tracking) -> None:
        """Make views, which show nothing before the first event."""
        self._screen, self._tracking = screen, tracking
        self._tracking_failed = False
        self._members: tuple[tuple[int, int], ...] = ()
        self._tracking_time = self._files_time = time.monotonic()
        self._files_pause = FILES_SECONDS

    def changed(self, sweep: Sweep) -> None:
        """Update the views."""
        self._report_tracking()
        front, now = sweep.front(), time.monotonic()
        self._screen.update(sweep.log.trials, front)
        members = tuple((point.trial, point.epoch) for point in front.members)
        if members != self._members and now - self._files_time >= self._files_pause:
            self._members, self._files_time = members, now
            history = sweep.history()
            files = front_files(front, history, sweep.name)
            sweep.write(files)
            self._files_pause = max(FILES_SECONDS, (time.monotonic() - now) / SHARE)
            self._tracking.update(sweep.log.trials, front, history or [], files)
        elif now - self._tracking_time >= max(TRACKING_SECONDS, self._tracking.pause):
            self._tracking_time = now
            self._tracking.update(sweep.log.trials, front, sweep.history() or [])

    def _report_tracking(self) -> None:
        """Report once that MLflow cannot be written, and once that it can again."""
        if bool(self._tracking.problem) != self._tracking_failed:
            self._tracking_failed = not self._tracking_failed
            reason = textwrap.shorten(self._tracking.problem or "", 200)
            problem = f"MLflow cannot be written and is tried again: {reason}"
            self._screen.print(problem if self._tracking_failed else "MLflow is written again")

    def finish(self, sweep: Sweep) -> None:
        """Write the last state to all views, to MLflow even if the results folder is full."""
        front, history = sweep.front(), sweep.history()
        files = front_files(front, history, sweep.name)
        self._screen.update(sweep.log.trials, front)
        try:
            sweep.write(files)
        finally:
            self._tracking.update(sweep.log.trials, front, history or [], files)
            self._tracking.close("finished" if sweep.done else "interrupted")
