"""Command line of describe.py."""

import argparse
import textwrap
from dataclasses import dataclass

from fairser_core.corpora import RATED_READERS
from search.arguments.corpus_arguments import check_corpus, corpus_arguments, corpus_options
from search.tasks.options import CorpusOptions
from search.tasks.readers import ALL_READERS, TASK_READERS
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed

CORPORA = list(dict.fromkeys(name for name, _ in ALL_READERS))
"""Names of the readers."""


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    arguments = command_line(
        typed("corpus describe"),
        "Show the sizes of a corpus and, if it has ratings by person, how often the "
        "consensus of the women and of the men among the raters is the ground truth.",
        ("--corpus demo_emotions", "--corpus manifest --corpus-dir clips.csv --scale 1,7"),
    )
    arguments.epilog = f"{epilog()}\n\n{arguments.epilog}"
    corpus_arguments(arguments, CORPORA, "demo")
    arguments.add_argument(
        "--labels",
        choices=TASK_READERS,
        help="which labels to describe, of a corpus that has several (default: the first of them)",
    )
    rated = arguments.add_argument_group(f"corpora with ratings: {', '.join(RATED_READERS)}")
    rated.add_argument(
        "--out",
        metavar="DIR",
        help="folder or URI for perception.csv and perception.png "
        "(default: results/describe-<corpus>)",
    )
    return arguments


def epilog() -> str:
    """Describe every corpus: what it is, the folder it needs, and its licence."""
    lines = []
    for name, reader in ALL_READERS:
        folder = f" Needs {reader.folder}." if reader.folder else ""
        text = f"{name}: {reader.title}.{folder} Licence: {reader.licence}."
        lines += textwrap.wrap(text, 90, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(["corpora:", *lines])


@dataclass(frozen=True)
class DescribeOptions:
    """Options of the command.

    Attributes:
        corpus: options of the corpus to describe.
        labels: key of `TASK_READERS`; None for those that the corpus has.
        out: folder or URI to write to; None for the default.
    """

    corpus: CorpusOptions
    labels: str | None = None
    out: str | None = None


def parse(argv: list[str] | None) -> DescribeOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    arguments = parser()
    given = parsed(arguments, argv)
    check_corpus(arguments, given, CORPORA)
    return DescribeOptions(corpus_options(given), given.get("labels"), given.get("out"))
