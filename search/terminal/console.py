"""What the commands print, and how they end."""

import os
import signal
from collections.abc import Callable

from rich.console import Console


def say(console: Console, text: str, style: str = "") -> None:
    """Print text as it is: brackets are no markup, long lines are not broken."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def exit_status(work: Callable[[Console], None], interrupted: str, *errors: type[Exception]) -> int:
    """Do a command's work; what goes wrong gets a sentence instead of a traceback.

    Args:
        work: is given the console to print on.
        interrupted: what to say after Ctrl-C.
        errors: to be told like a ValueError or an OSError.

    Returns:
        0; 2 after an error; 130 after Ctrl-C.
    """
    console = Console()
    told: tuple[type[Exception], ...] = (ValueError, OSError, *errors)
    try:
        work(console)
    except told as error:
        say(console, f"error: {error}", style="red")
        return 2
    except KeyboardInterrupt:
        console.print(interrupted)
        return 130
    return 0


def heed_signals() -> None:
    """End like after Ctrl-C when the system asks for it, or the terminal is gone."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _hang_up)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _hang_up(signum: int, frame: object) -> None:
    """The terminal is gone: what is still to be said goes nowhere, instead of raising there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    raise KeyboardInterrupt
