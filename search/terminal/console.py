"""Console of a command: its prints, its exit status and its signals."""

import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

from rich.console import Console

from fairser_core.temporary import remove_folders
from search.terminal.credentials import without_credentials


class CommandError(Exception):
    """Error that a command reports in a sentence."""


def say(console: Console, text: str, style: str = "", wrap: bool = False) -> None:
    """Print text with brackets unchanged, and without credentials.

    Control characters, which could write anything anywhere on a terminal, are shown as escapes.

    Args:
        console: console to print on.
        text: text to print.
        style: style of rich.
        wrap: break long lines between words at the console's width, also without a terminal.
    """
    console.print(
        _plain(without_credentials(text)),
        style=style,
        markup=False,
        highlight=False,
        soft_wrap=not wrap,
    )


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


@contextlib.contextmanager
def loading(console: Console) -> Iterator[None]:
    """Show that the work of a command is imported inside the context, which takes seconds.

    Without a terminal a line on standard error says so.

    Args:
        console: console of the command.
    """
    if console.is_terminal:
        with console.status("loading"):
            yield
    else:
        sys.stderr.write("loading\n")
        sys.stderr.flush()
        yield


def exit_status(work: Callable[[Console], object], interrupted: str) -> int:
    """Run a command and report its errors in a sentence on stderr instead of a traceback.

    SIGTERM, and a terminal that is closed, end it as Ctrl-C does. A CommandError, ValueError or
    OSError is reported; every other error is raised.

    Args:
        work: function of the command; prints on the given console.
        interrupted: text printed after Ctrl-C.

    Returns:
        0; 2 after an error; 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # of a terminal that may lack letters of a name
            stream.reconfigure(errors="backslashreplace")
    console = Console()
    remove_folders()  # of commands that were killed
    if threading.current_thread() is threading.main_thread():
        _heed_signals()
    try:
        work(console)
    except (CommandError, ValueError, OSError) as error:
        say(Console(stderr=True), f"error: {error}", style="red")
        return 2
    except KeyboardInterrupt:
        console.print(interrupted)
        return 130
    return 0


def _heed_signals() -> None:
    """End as after Ctrl-C on SIGTERM, or when the terminal is closed."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _hang_up)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _hang_up(signum: int, frame: object) -> None:
    """Discard all further prints, since writing to a closed terminal would raise."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    raise KeyboardInterrupt
