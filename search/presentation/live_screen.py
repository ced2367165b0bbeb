"""Screen of a running sweep: a live display or lines, and the front at the end."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from search.presentation.tally import Tally
from search.presentation.wording import mean_sd
from search.space.space import Budget
from search.store.trials import TrialRecord
from search.terminal.console import say

REFRESHES = 4  # a second
MakeTable = Callable[[Front, Mapping[int, str]], RenderableType]
"""Maker of a front's table, from the front and the reasons of failed trials by number."""
FAILURES = 3  # reasons shown at once
BAR = 60  # columns
SILENCE = 60.0  # seconds after which a line tells how far the trials are, without a terminal
WAITING = "waiting for workers"
PURPOSES = {"search": "", "race": " (further seeds)", "check": " (fresh seeds)", "replicate": ""}


def checked_epochs(front: Front) -> int:
    """Return the epochs of one seed that checking the front takes.

    Each configuration of the front is trained once, to its last epoch on the front.
    """
    last: dict[int, int] = {}
    for point in front.members:
        last[point.trial] = max(point.epoch, last.get(point.trial, 0))
    return sum(last.values())


class Screen:
    """Screen of a sweep: a live display on a terminal, else a line per trial; the front at the end.

    Use the screen as a context manager, and call `update` after each event.
    """

    def __init__(
        self,
        title: str,
        budget: Budget,
        console: Console | None = None,
        table: MakeTable = front_table,
        phase: str = "search",
    ) -> None:
        """Make a screen, which shows nothing before its context is entered.

        Args:
            title: title of the live display.
            budget: budget of the sweep.
            console: console to print on; standard output by default.
            table: maker of the front's table.
            phase: name of the bar of all that comes before the check of the front.
        """
        self._title, self._budget, self._table, self._phase = title, budget, table, phase
        self._console = console or Console()
        self._began = self._phase_began = self._printed = time.monotonic()
        self._trained_before = 0
        self._share = 0.0
        self._over = threading.Event()
        self._tally = Tally()
        self._state: tuple[Progress, Front] | None = None
        self._note_counts: dict[int, int] = {}
        self._printed_notes: set[str] = set()
        self._running: list[tuple[str, ...]] = []
        self._live = Live(
            console=self._console,
            refresh_per_second=REFRESHES,
            transient=True,  # the last state is printed at the end
            get_renderable=self._display,
        )

    def __enter__(self) -> "Screen":
        """Start the live display on a terminal, else a thread that ends long silences."""
        self._began = self._phase_began = self._printed = time.monotonic()
        if self._console.is_terminal:
            self._live.start()
        else:
            threading.Thread(target=self._end_silences, name="screen", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Print the last state as plain output, whatever ended the sweep."""
        self._live.stop()
        self._over.set()
        if self._state:
            state, front = self._state
            self.print(f"{state}; {duration(time.monotonic() - self._began)}")
            if self._tally.repeated:
                epochs = plural(self._tally.repeated, "epoch")
                self.print(f"{epochs} trained twice, because interruptions came before a snapshot")
            if front.members or not kind:  # an error explains more than an empty table
                self._console.print(self._table(front, self._tally.failed))

    def update(self, trials: Mapping[int, TrialRecord], front: Front) -> None:
        """Take the newest state; another thread draws the terminal at its own rate.

        Trials that are over at the first call ended in an earlier run and get no line.
        """
        checks = self._budget.check_seeds * checked_epochs(front)
        changing = self._tally.take(trials)
        state = progress(self._tally, self._budget.lane_epochs, checks)
        if self._state is None:
            self._trained_before = state.trained
            self._note_counts = {trial.number: len(trial.notes) for trial in changing}
        self._take_share(state)
        for number, note in self._new_notes(changing):
            self.print(f"trial {number} {note}")
        new = [trial for trial in changing if trial.state != "running"] if self._state else []
        self._state = state, front
        # Rows, not records: another thread must not meet a record that is changing.
        self._running = [self._row(trial, front) for trial in self._tally.running]
        if not self._console.is_terminal:
            for trial in new:
                self.print(self._line(trial, front, state))

    def _take_share(self, state: Progress) -> None:
        """Take the share that is done, which never falls within a phase."""
        if self._state and state.checking and not self._state[0].checking:
            self._phase_began, self._trained_before, self._share = time.monotonic(), 0, 0.0
        self._share = max(self._share, state.share)

    def print(self, line: str) -> None:
        """Print a line above the live display."""
        self._printed = time.monotonic()
        say(self._console, line)

    def _end_silences(self) -> None:
        """Print how far the trials are whenever nothing was printed for a minute."""
        while not self._over.wait(max(self._printed + SILENCE - time.monotonic(), 0.1)):
            if self._state and time.monotonic() - self._printed >= SILENCE:
                each = [f"trial {number} at epoch {epoch}" for number, epoch, *_ in self._running]
                state = self._state[0]
                text = ", ".join(each) or (WAITING if state.left else "no trial runs")
                self.print(f"{text} {self._done(state)}")

    def _new_notes(self, trials: Sequence[TrialRecord]) -> Iterator[tuple[int, str]]:
        """Yield the numbers and notes of trials with notes since the last update."""
        for trial in trials:
            count = self._note_counts.get(trial.number, 0)
            self._note_counts[trial.number] = len(trial.notes)
            yield from ((trial.number, self._shorten(note)) for note in trial.notes[count:])

    def _shorten(self, note: str) -> str:
        """Return a new note in full and a repeated one in short: many trials fail alike."""
        if note in self._printed_notes:
            return f"{note.partition(':')[0]}: as before"
        self._printed_notes.add(note)
        return note

    def _row(self, trial: TrialRecord, front: Front) -> tuple[str, ...]:
        """Return the table row of a running trial."""
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
            parts += [f"{name} {mean_sd(point.expected, name)}" for name in front.objectives]
            parts += ["on the front"] if point.on_front else []
            parts.append(why_infeasible(point))
        if trial.state == "failed" and f"begun again: {trial.reason}" in trial.notes:
            parts.append("as before")  # the reason is that of the last retry
        else:
            parts.append(trial.reason)
        details = ", ".join(filter(None, parts))
        purpose = PURPOSES[trial.purpose]
        text = f"trial {trial.number}{purpose} {trial.state}" + (f": {details}" if details else "")
        return f"{text} {self._done(state)}"

    def _done(self, state: Progress) -> str:
        """Return the share of the phase that is done: `[25% done, about 3 min left]`."""
        phase = "fresh seeds: " if state.checking else ""
        return f"[{phase}{self._share:.0%} done{self._time_left(state)}]"

    def _time_left(self, state: Progress) -> str:
        left = state.seconds_left(time.monotonic() - self._phase_began, self._trained_before)
        return f", about {duration(left)} left" if left else ""

    def _failures(self) -> list[str]:
        """Return lines on the newest failed trials."""
        failed = dict(self._tally.failed)
        shown = sorted(failed)[-FAILURES:]
        hidden = len(failed) - len(shown)
        lines = [f"{hidden} more failed before"] if hidden else []
        return lines + [f"trial {number} failed: {failed[number]}" for number in shown]

    def _bars(self, state: Progress) -> Table:
        """Return a bar of the first phase, and one of the check once that has begun."""
        bars = Table.grid(padding=(0, 1))
        shares = {self._phase: 1.0 if state.checking else self._share}
        if state.checking:
            shares["fresh seeds"] = self._share
        for title, share in shares.items():
            bars.add_row(title, ProgressBar(total=1.0, completed=share, width=BAR), f"{share:.0%}")
        return bars

    def _display(self) -> RenderableType:
        """Return the live display; called from the drawing thread."""
        parts: list[RenderableType] = [Text(self._title, style="bold")]
        if self._state:
            state, front = self._state
            elapsed = duration(time.monotonic() - self._began)
            parts.append(Text(f"{state}; {elapsed}{self._time_left(state)}"))
            parts.append(self._bars(state))
            if state.left and not self._running:
                parts.append(Text(WAITING))
            if self._running:
                running = Table("trial", "epoch", *front.objectives, title="running")
                for row in self._running:
                    running.add_row(*row)
                parts.append(running)
            parts.append(self._table(front, self._tally.failed))
            parts += [Text(line, style="red", no_wrap=True) for line in self._failures()]
        return Group(*parts)
