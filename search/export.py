"""Command that hands a member of a front over as a bundle, which predicts without search.

python search/export.py SWEEP
"""

import sys

from rich.console import Console

from search.arguments.export_arguments import parse, parser
from search.terminal.console import exit_status, loading

__all__ = ["main", "parser"]


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        options = parse(argv)
        with loading(console):
            from search.commands.export import run

        run(options, console)

    return exit_status(work, "interrupted")


if __name__ == "__main__":
    sys.exit(main())
