"""Command that replicates members of a front: fresh seeds, one test, a comparison.

python search/replicate.py SWEEP
"""

import sys

from rich.console import Console

from search.arguments.replicate_arguments import parse, parser
from search.terminal.console import exit_status, loading

__all__ = ["main", "parser"]


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        options = parse(argv)
        with loading(console):
            from search.commands.replicate import run

        run(options, console)

    return exit_status(work, "interrupted; the same command resumes, nothing shown as done is lost")


if __name__ == "__main__":
    sys.exit(main())
