"""Command line of extract.py."""

import argparse
from typing import TYPE_CHECKING, Any

from search.arguments.corpus_arguments import (
    check_corpus,
    corpus_arguments,
    corpus_options,
    pretrained_argument,
)
from search.arguments.describe_arguments import CORPORA
from search.tasks.options import CorpusOptions
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed

if TYPE_CHECKING:
    from search.tasks.task import Task


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    command = command_line(
        typed("corpus extract"),
        "Extract the features of a corpus by a pretrained speech model: all layers of a folder's "
        "model, on the GPU or on all cores, or a vq-wav2vec on up to 4 cores. "
        "Extracted features are kept: interrupted, the same command resumes.",
        (
            "--corpus msp_podcast --corpus-dir PATH --pretrained wavlm-base",
            "--corpus iemocap --corpus-dir PATH --raters raters.csv --pretrained vq-wav2vec.pt",
        ),
    )
    corpus_arguments(command, CORPORA, "none; one must be named")
    pretrained_argument(command, "the model to extract features with", required=True)
    return command


def task_of(options: CorpusOptions) -> "Task[Any, Any, Any]":
    """Return the first task that learns from a pretrained model and a corpus.

    Folders are not of tasks of ratings by person, files of these alone.
    """
    from search.tasks.tasks import TASKS  # which take seconds to import

    folder = options.pretrained is not None and options.pretrained.is_dir()
    tasks = [task for task in TASKS.values() if task.ratings != folder]
    return next((task for task in tasks if options.corpus in task.readers), tasks[0])


def parse(argv: list[str] | None) -> CorpusOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    command = parser()
    given = parsed(command, argv)
    options = corpus_options(given)
    task = task_of(options)
    if "corpus" not in given or options.corpus not in task.readers:
        kind = "vq-wav2vec" if task.ratings else "folder"
        names = ", ".join(task.readers)
        command.error(f"--corpus must be one of {names} with a {kind} as --pretrained")
    for option in task.strangers:
        if option in given:
            command.error(f"--{option} does not go with a corpus {task.words.corpora}")
    check_corpus(command, given, CORPORA)
    return options
