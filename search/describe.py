"""Command that describes a corpus: sizes and, of ratings, the perception of women and of men.

python search/describe.py --corpus demo_emotions
"""

import sys

from rich.console import Console

from search.arguments.describe_arguments import parse, parser
from search.terminal.console import exit_status, loading

__all__ = ["main", "parser"]


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        options = parse(argv)
        with loading(console):
            from search.commands.describe import run

        run(options, console)

    return exit_status(work, "interrupted")


if __name__ == "__main__":
    sys.exit(main())
