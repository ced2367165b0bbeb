"""Progress bar over utterances."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextlib.contextmanager
def counting(title: str, console: Console) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar over utterances inside the context.

    Args:
        title: text beside the bar.
        console: console of the command; nothing is shown unless it is a terminal.

    Yields:
        Function to call with the utterances done and their total.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # In a file a bar is of no use, and would leave an empty line.
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
