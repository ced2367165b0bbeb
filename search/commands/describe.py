"""Description of a corpus: sizes and, of ratings, the perception of women and of men."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console

from fairser_core.csv_cells import cell
from fairser_core.datasets.splits import EvaluatedSplit
from search.arguments.describe_arguments import DescribeOptions
from search.arguments.shared_arguments import TEST_SEEDS
from search.corpus.perception_png import perception_png
from search.corpus.resolution import assumed_resolutions, gap_of, resolution_sentence
from search.corpus.tables import agreement_table, counts_table, resolution_table
from search.store.results_folder import open_storage
from search.tasks.readers import TASK_READERS
from search.tasks.task import Task
from search.tasks.tasks import TASKS
from search.terminal.console import say

SEEDS: Mapping[EvaluatedSplit, int] = {"validation": 5, "test": TEST_SEEDS}
"""Seeds that a configuration can earn in the spaces, and those of a replication."""


def labels_of(options: DescribeOptions) -> str:
    """Return the labels to describe.

    They are those asked for, those of the reader that recognises the folder, or the first that the
    corpus has.

    Raises:
        CorpusError: there is nothing in the folder to recognise.
        ValueError: the corpus has no such labels.
    """
    name, folder = options.corpus.corpus, options.corpus.corpus_dir
    choices = [labels for labels, readers in TASK_READERS.items() if name in readers]
    if options.labels:
        if options.labels not in choices:
            rule = f"goes with corpora that have them; {name} has {' and '.join(choices)}"
            raise ValueError(f"--labels {options.labels} {rule}")
        return options.labels
    if folder and len(choices) > 1:
        for labels in choices:
            recognises = TASK_READERS[labels][name].recognises
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
