"""Console command `fairser`: all other commands behind one word.

fairser run --space adversarial
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

import shtab

from search.terminal.command_line import below, command_line, parsed
from search.terminal.command_names import BESIDE, CONSOLE, PREDICTOR

HELP = {
    "init": "make the files of a study of your own: a table of recordings, and a space",
    "run": "search a space on a corpus and keep the front of accuracy against fairness",
    "replicate": "train members of a front again with fresh seeds, and test them once",
    "report": "write a report on sweeps: tables and figures of the papers, fronts, costs",
    "export": "hand a member of a front over as a bundle that predicts without search",
    "list": "list the sweeps of a results folder",
    "show": "show a sweep: its verdict, its front, and the commands that follow",
    "predict": "predict activation or emotions of recordings with a bundle",
    "corpus describe": "show the sizes of a corpus, and the perception of women and of men",
    "corpus extract": "extract a corpus' features by a speech model ahead of searches",
}
EXAMPLES = (
    "run --space adversarial --smoke",
    "corpus describe --corpus manifest --corpus-dir speech.csv",
    "corpus extract --corpus manifest --corpus-dir speech.csv --pretrained wavlm-base",
    "run --space adversarial --corpus manifest --corpus-dir speech.csv --name mine",
    "show mine",
    "replicate mine",
    "report mine",
    "export mine",
    "predict results/mine/exports/12@20 recordings/*.wav",
)
SWEEPS = shtab.cmd("find results -maxdepth 2 -name sweep.json 2>/dev/null | cut -d/ -f2")
COMPLETED = {
    **dict.fromkeys(("sweep", "sweeps", "resume", "base", "stage1"), SWEEPS),
    **dict.fromkeys(("corpus_dir", "raters", "pretrained", "bundle", "files"), shtab.FILE),
    **dict.fromkeys(("results", "out", "folder", "audio"), shtab.DIRECTORY),
}
"""Completion of an option in a shell, by its name in the parsers."""


def module(words: str) -> ModuleType:
    """Import the module of a command, with `parser` and `main`; late, as Ray imports slowly."""
    return import_module(f"search.{BESIDE[words]}" if words in BESIDE else f"{PREDICTOR}.__main__")


def parser(whole: bool = False) -> argparse.ArgumentParser:
    """Return the parser.

    Args:
        whole: add all options of all commands, for completion.
    """
    command = command_line(
        CONSOLE,
        "Search speech emotion recognition models that are fair, and hand them over.",
        EXAMPLES,
    )
    command.add_argument("--version", action="version", version=f"{CONSOLE} {version(CONSOLE)}")
    shtab.add_argument_to(
        command, "--print-completion", help="print a script that completes commands"
    )
    commands = command.add_subparsers(metavar="COMMAND")
    groups = {"": commands}
    for words, text in HELP.items():
        group, _, name = words.rpartition(" ")
        if group not in groups:
            above = commands.add_parser(
                group,
                help=f"commands on a {group}",
                epilog=below(CONSOLE, [line for line in EXAMPLES if line.startswith(group)]),
                formatter_class=command.formatter_class,
            )
            groups[group] = above.add_subparsers(metavar="COMMAND", required=True)
        parents = [_completed(module(words).parser())] if whole else []
        groups[group].add_parser(name, help=text, parents=parents, add_help=not whole)
    return command


def _completed(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Give a parser's options their completion, and return the parser."""
    for action in command._actions:
        if action.dest in COMPLETED:
            action.complete = COMPLETED[action.dest]  # type: ignore[attr-defined]
    return command


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first words name, and return its exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    for words in HELP:
        name_words = words.split()
        if given[: len(name_words)] == name_words:
            status: int = module(words).main(given[len(name_words) :])
            return status
    arguments = parser("--print-completion" in given)
    parsed(arguments, given)
    arguments.error(f"a command is needed: {', '.join(HELP)}")


if __name__ == "__main__":
    sys.exit(main())
