"""Command that extracts a corpus' features by a pretrained model into the cache, ahead of searches.

python search/extract.py --corpus msp_podcast --corpus-dir MSP --pretrained wavlm-base
"""

import sys

from rich.console import Console

from search.arguments.extract_arguments import parse, parser
from search.terminal.console import exit_status, loading

__all__ = ["main", "parser"]


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""

    def work(console: Console) -> None:
        options = parse(argv)
        with loading(console):
            from search.commands.extract import run

        run(options, console)

    return exit_status(work, "interrupted; extracted features are kept")


if __name__ == "__main__":
    sys.exit(main())
