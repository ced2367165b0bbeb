"""The console command `fairser`: all others behind one word.

fairser run --space adversarial
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

import shtab

from search.terminal.command_names import BESIDE, CONSOLE, PREDICTOR

HELP = {
    "run": "search a space on a corpus, keep the front of accuracy against fairness",
    "replicate": "train members of a front again with fresh seeds, and test them once",
    "report": "write a page on sweeps: tables and figures of the papers, fronts, costs",
    "export": "hand a member of a front over as a bundle that predicts without fairser's search",
    "predict": "predict activation or emotions of recordings with a bundle",
    "corpus describe": "show what a corpus holds, and how women and men hear its emotions",
    "corpus extract": "extract a corpus' vq-wav2vec features ahead of searches",
}
SWEEPS = shtab.cmd("find results -maxdepth 2 -name sweep.json 2>/dev/null | cut -d/ -f2")
COMPLETED = {
    **dict.fromkeys(("sweep", "sweeps", "resume", "base", "stage1"), SWEEPS),
    **dict.fromkeys(("corpus_dir", "raters", "checkpoint", "bundle", "files"), shtab.FILE),
    **dict.fromkeys(("results", "out"), shtab.DIRECTORY),
}
"""What a shell offers for an option, by its name in the parsers."""


def module(words: str) -> ModuleType:
    """The module of a command, with `parser` and `main`; not imported before, for Ray is slow."""
    return import_module(f"search.{BESIDE[words]}" if words in BESIDE else f"{PREDICTOR}.__main__")


def parser(whole: bool = False) -> argparse.ArgumentParser:
    """The command line.

    Args:
        whole: with all options of all commands, as completion needs them.
    """
    made = argparse.ArgumentParser(
        prog=CONSOLE,
        description="Search speech emotion recognition models that are fair, and hand them over.",
    )
    shtab.add_argument_to(made, "--print-completion", help="print a script that completes commands")
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    groups = {"": commands}
    for words, text in HELP.items():
        group, _, name = words.rpartition(" ")
        if group not in groups:
            above = commands.add_parser(group, help=f"what concerns a {group}")
            groups[group] = above.add_subparsers(metavar="COMMAND", required=True)
        parents = [_completed(module(words).parser())] if whole else []
        groups[group].add_parser(name, help=text, parents=parents, add_help=not whole)
    return made


def _completed(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser; its options tell a shell what to offer."""
    for action in made._actions:
        if action.dest in COMPLETED:
            action.complete = COMPLETED[action.dest]  # type: ignore[attr-defined]
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first words name; its exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    for words in HELP:
        known = words.split()
        if given[: len(known)] == known:
            status: int = module(words).main(given[len(known) :])
            return status
    parser("--print-completion" in given).parse_args(given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
