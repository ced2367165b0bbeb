"""Live screen of a sweep: what is shown while it runs and when it ends."""

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from search.front.front import Front
from search.front.names import plural, why_infeasible
from search.presentation.front_table import front_table
from search.presentation.progress import Progress, duration, progress
from search.presentation.wording import mean_sd
from search.space.space import Budget
from search.store.trials import TrialRecord
from search.terminal.console import say

REFRESHES = 4  # a second
ShownTable = Callable[[Front, Mapping[int, str]], RenderableType]
"""Function that shows a front, given the reason of each failed trial."""
FAILURES = 3  # reasons shown at once
BAR = 60  # columns
PURPOSES = {"search": "", "race": " (further seeds)", "check": " (fresh seeds)", "replicate": ""}


def checked_epochs(front: Front) -> int:
    """Return the epochs that checking the front takes with one seed: each member trains once."""
    longest: dict[int, int] = {}
    for point in front.members:
        longest[point.trial] = max(point.epoch, longest.get(point.trial, 0))
    return sum(longest.values())


class Screen:
    """Shows a sweep: a live view on a terminal, else a line per trial; in the end the front.

    Use as a context manager and call `update` after each event.
    """

    def __init__(
        self,
        title: str,
        budget: Budget,
        console: Console | None = None,
        table: ShownTable = front_table,
    ) -> None:
        """Show nothing before the context is entered.

        Args:
            title: title of the view.
            budget: budget of the sweep.
            console: console to show on; standard output by default.
            table: function that shows the front.
        """
        self._title, self._budget, self._table = title, budget, table
        self._console = console or Console()
        self._began = time.monotonic()
        self._trained_before = 0
        self._over: set[int] | None = None
        self._now: tuple[Progress, Front] | None = None
        self._noted: dict[int, int] = {}
        self._said: set[str] = set()
        self._running: list[tuple[str, ...]] = []
        self._failed: dict[int, str] = {}
        self._repeated = 0
        self._live = Live(
            console=self._console,
            refresh_per_second=REFRESHES,
            transient=True,  # what stays is printed at the end
            get_renderable=self._view,
        )

    def __enter__(self) -> "Screen":
        """Begin to show."""
        self._began = time.monotonic()
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the last state as plain output, whatever ended the sweep."""
        self._live.stop()
        if self._now:
            state, front = self._now
            self.say(f"{state}; {duration(time.monotonic() - self._began)}")
            if self._repeated:
                epochs = plural(self._repeated, "epoch")
                self.say(f"{epochs} trained twice, since interruptions came before they were saved")
            if (
                front.members or not kind
            ):  # an error follows, which is of more use than an empty table
                self._console.print(self._table(front, self._failed))

    def update(self, trials: Mapping[int, TrialRecord], front: Front) -> None:
        """Take the newest state; the terminal is drawn by another thread, at its own pace.

        Trials that are over at the first call ended in an earlier run and are not shown again.
        """
        checks = self._budget.check_seeds * checked_epochs(front)
        state = progress(trials.values(), self._budget.lane_epochs, checks)
        over = {number for number, trial in trials.items() if trial.state != "running"}
        if self._over is None:
            self._over, self._trained_before = over, state.trained
            self._noted = {number: len(trial.notes) for number, trial in trials.items()}
        new = sorted(over - self._over)
        for number, note in self._new_notes(trials):
            self.say(f"trial {number} {note}")
        self._over, self._now = over, (state, front)
        self._repeated = sum(trial.repeated for trial in trials.values())
        self._failed = {n: trials[n].reason for n in over if trials[n].state == "failed"}
        if self._console.is_terminal:
            # Rows, not records: the drawing thread must not meet a record that is changing.
            running = [trial for trial in trials.values() if trial.state == "running"]
            self._running = [self._row(trial, front) for trial in running]
        else:
            for number in new:
                self.say(self._line(trials[number], front, state))

    def say(self, line: str) -> None:
        """Print a line, above a live view."""
        say(self._console, line)

    def _new_notes(self, trials: Mapping[int, TrialRecord]) -> Iterator[tuple[int, str]]:
        """Yield the notes on trials since the last update."""
        for number, trial in trials.items():
            before = self._noted.get(number, 0)
            self._noted[number] = len(trial.notes)
            yield from ((number, self._once(note)) for note in trial.notes[before:])

    def _once(self, text: str) -> str:
        """Return a text, in short if it was printed before: many trials often fail alike."""
        if text in self._said:
            return f"{text.partition(':')[0]}: as before"
        self._said.add(text)
        return text

    def _row(self, trial: TrialRecord, front: Front) -> tuple[str, ...]:
        """Return the cells of a trial that runs."""
        metrics = trial.last.metrics if trial.last else {}
        epoch = f"{trial.last.epoch if trial.last else 0}/{trial.limit}"
        return (str(trial.number), epoch, *(mean_sd(metrics, name) for name in front.objectives))

    def _line(self, trial: TrialRecord, front: Front, state: Progress) -> str:
        """Return the line of a trial that has just ended."""
        parts = []
        points = [point for point in front.points if trial.number in point.trials]
        if trial.purpose == "check" and trial.last:
            parts += [f"{name} {mean_sd(trial.last.metrics, name)}" for name in front.objectives]
        for point in points[:1]:
            parts += [f"{name} {mean_sd(point.metrics, name)}" for name in front.objectives]
            parts += ["on the front"] if point.on_front else []
            parts.append(why_infeasible(point))
        if trial.state == "failed" and f"begun again: {trial.reason}" in trial.notes:
            parts.append("as before")  # with the reason for which it was begun again
        else:
            parts.append(trial.reason)
        details = ", ".join(filter(None, parts))
        purpose = PURPOSES[trial.purpose]
        text = f"trial {trial.number}{purpose} {trial.state}" + (f": {details}" if details else "")
        return f"{text} [{state.share:.0%} done{self._time_left(state)}]"

    def _time_left(self, state: Progress) -> str:
        left = state.seconds_left(time.monotonic() - self._began, self._trained_before)
        return f", about {duration(left)} left" if left else ""

    def _failures(self) -> list[str]:
        """Return the newest failures, each with its reason."""
        shown = sorted(self._failed)[-FAILURES:]
        hidden = len(self._failed) - len(shown)
        lines = [f"{hidden} more failed before"] if hidden else []
        return lines + [f"trial {number} failed: {self._failed[number]}" for number in shown]

    def _view(self) -> RenderableType:
        """Return the live view; called from the drawing thread."""
        parts: list[RenderableType] = [Text(self._title, style="bold")]
        if self._now:
            state, front = self._now
            elapsed = duration(time.monotonic() - self._began)
            parts.append(Text(f"{state}; {elapsed}{self._time_left(state)}"))
            bar = Table.grid(padding=(0, 1))
            bar.add_row(
                ProgressBar(total=1.0, completed=state.share, width=BAR), f"{state.share:.0%}"
            )
            parts.append(bar)
            if self._running:
                running = Table("trial", "epoch", *front.objectives, title="running")
                for row in self._running:
                    running.add_row(*row)
                parts.append(running)
            parts.append(self._table(front, self._failed))
            parts += [Text(line, style="red", no_wrap=True) for line in self._failures()]
        return Group(*parts)
