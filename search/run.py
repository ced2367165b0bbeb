"""Command that searches a space: trials on Ray Tune, and the Pareto front of them.

python search/run.py --space adversarial
"""

import sys

from rich.console import Console

from search.arguments.search_arguments import parse, parser
from search.terminal.console import exit_status, loading

__all__ = ["main", "parser"]


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        options = parse(argv)
        with loading(console):
            from search.commands.run import run

        run(options, console)

    return exit_status(work, "interrupted; nothing shown as done is lost")


if __name__ == "__main__":
    sys.exit(main())
