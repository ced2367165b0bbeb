"""What the commands print."""

from rich.console import Console


def say(console: Console, text: str, style: str = "") -> None:
    """Print text as it is: brackets are no markup, long lines are not broken."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
