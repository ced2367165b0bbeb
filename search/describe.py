"""Command that describes a corpus: sizes and, of ratings, the perception of women and of men.

python search/describe.py --corpus demo_emotions
"""

import argparse
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.console import Console

from fairser_core.csv_cells import cell
from fairser_core.datasets.splits import EvaluatedSplit
from search.arguments.corpus_arguments import check_corpus, corpus_arguments, corpus_options
from search.corpus.perception_png import perception_png
from search.corpus.resolution import TEST_SEEDS, assumed_resolutions, gap_of, resolution_sentence
from search.corpus.tables import agreement_table, counts_table, resolution_table
from search.store.results_folder import open_storage
from search.tasks.options import CorpusOptions
from search.tasks.task import Task
from search.tasks.tasks import READERS, TASKS
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say

CORPORA = list(dict.fromkeys(name for name, _ in READERS))
SEEDS: Mapping[EvaluatedSplit, int] = {"validation": 5, "test": TEST_SEEDS}
"""Seeds that a configuration can earn in the spaces, and those of a replication."""
LABELS = {name: task.readers for name, task in TASKS.items()}
"""Readers by the labels of their corpora."""
RATED = [name for task in TASKS.values() if task.ratings for name in task.readers]


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    arguments = command_line(
        typed("corpus describe"),
        "Show the sizes of a corpus and, if it has ratings by person, how often the "
        "consensus of the women and of the men among the raters is the ground truth.",
        ("--corpus demo_emotions", "--corpus manifest --corpus-dir clips.csv --scale 1,7"),
    )
    arguments.epilog = f"{arguments.epilog}\n\n{epilog()}"
    corpus_arguments(arguments, CORPORA, "demo")
    arguments.add_argument(
        "--labels",
        choices=LABELS,
        help="which labels to describe, of a corpus that has several (default: the first of them)",
    )
    rated = arguments.add_argument_group(f"corpora with ratings: {', '.join(RATED)}")
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
    for name, reader in READERS:
        folder = f" Needs {reader.folder}." if reader.folder else ""
        text = f"{name}: {reader.title}.{folder} Licence: {reader.licence}."
        lines += textwrap.wrap(text, 90, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(["corpora:", *lines])


@dataclass(frozen=True)
class DescribeOptions:
    """Options of the command.

    Attributes:
        corpus: options of the corpus to describe.
        labels: key of `LABELS`; None for those that the corpus has.
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


def labels_of(options: DescribeOptions) -> str:
    """Return the labels to describe.

    They are those asked for, those of the reader that recognises the folder, or the first that the
    corpus has.

    Raises:
        CorpusError: there is nothing in the folder to recognise.
        ValueError: the corpus has no such labels.
    """
    name, folder = options.corpus.corpus, options.corpus.corpus_dir
    choices = [labels for labels, readers in LABELS.items() if name in readers]
    if options.labels:
        if options.labels not in choices:
            rule = f"goes with corpora that have them; {name} has {' and '.join(choices)}"
            raise ValueError(f"--labels {options.labels} {rule}")
        return options.labels
    if folder and len(choices) > 1:
        for labels in choices:
            recognises = LABELS[labels][name].recognises
            if recognises and recognises(folder):
                return labels
    return choices[0]


def check_options(task: Task[Any, Any, Any], options: DescribeOptions) -> None:
    """Refuse options that say something of what a corpus does not have.

    Raises:
        ValueError: naming the option.
    """
    given = {name: getattr(options.corpus, name) for name in task.strangers}
    given["out"] = None if task.ratings else options.out
    for option, value in given.items():
        if value is not None:
            rule = f"does not go with a corpus {task.words.corpora}"
            raise ValueError(f"--{option.replace('_', '-')} {rule}: {options.corpus.corpus}")


def write_agreement(name: str, table: pd.DataFrame, out: str | None, console: Console) -> None:
    """Print and write how often each gender's consensus is the ground truth.

    Args:
        name: of the corpus.
        table: of `perception.agreement`.
        out: folder or URI to write to; None for the default.
        console: to print on.
    """
    title = "consensus is the ground truth, with 95 % intervals: "
    console.print(agreement_table(table, "all", title + "all utterances"))
    console.print(agreement_table(table, "S2", title + "S2"))
    folder = open_storage(out or f"results/describe-{name}")
    folder.write(
        "perception.csv", table.map(cell).to_csv(index=False, lineterminator="\n").encode()
    )
    heading = f"{name}: whose consensus is the ground truth"
    folder.write("perception.png", perception_png(table, heading))
    say(console, f"files {folder.where()}: perception.csv, perception.png")


def run(options: DescribeOptions, console: Console) -> None:
    """Do all that the command does."""
    labels = labels_of(options)
    task = TASKS[labels]
    check_options(task, options)
    corpus = task.read(options.corpus, console)
    for note in corpus.notes:
        say(console, f"corpus {corpus.name}: {note}")
    description = task.describe(corpus)
    for counts in description.counts:
        console.print(counts_table(counts))
    for line in description.sentences:
        say(console, line)
    with console.status("what can be seen of differences between groups"):
        resolutions = assumed_resolutions(task.name, corpus, SEEDS)
    console.print(resolution_table(resolutions))
    for of in resolutions:
        say(console, resolution_sentence(of, gap_of(task.name)))
    if description.agreement is not None:
        write_agreement(corpus.name, description.agreement, options.out, console)


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return exit_status(lambda console: run(parse(argv), console), "interrupted")


if __name__ == "__main__":
    sys.exit(main())
