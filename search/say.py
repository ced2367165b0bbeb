"""What the commands print, and how they end."""

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
