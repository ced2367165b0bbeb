"""Command that extracts a corpus' vq-wav2vec features into the cache, ahead of searches.

python search/extract.py --corpus manifest --corpus-dir table.csv --pretrained vq-wav2vec.pt
"""

import argparse
import sys

from rich.console import Console

from fairser_core.datasets.preparation import extract
from fairser_core.features.vq_wav2vec import VqWav2vec
from search.arguments.corpus_arguments import (
    check_corpus,
    corpus_arguments,
    corpus_options,
    pretrained_argument,
)
from search.tasks.emotion import EmotionTask
from search.tasks.options import CorpusOptions
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say
from search.terminal.progress_bar import counting

TASK = EmotionTask()  # the one that learns from vq-wav2vec
CORPORA = list(TASK.readers)


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    command = command_line(
        typed("corpus extract"),
        "Extract the vq-wav2vec features of a corpus with ratings, on up to 4 cores. "
        "Extracted features are kept: interrupted, the same command resumes.",
        ("--corpus iemocap --corpus-dir PATH --raters raters.csv --pretrained vq-wav2vec.pt",),
    )
    corpus_arguments(command, CORPORA, "none; one must be named")
    pretrained_argument(command, "the model to extract features with", required=True)
    return command


def parse(argv: list[str] | None) -> CorpusOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    command = parser()
    given = parsed(command, argv)
    if "corpus" not in given:
        command.error(f"--corpus must be one of {', '.join(CORPORA)}")
    for option in TASK.strangers:
        if option in given:
            command.error(f"--{option} does not go with a corpus with ratings")
    check_corpus(command, given, CORPORA)
    return corpus_options(given)


def run(options: CorpusOptions, console: Console) -> None:
    """Extract the features of a corpus into the cache."""
    assert options.pretrained  # the parser requires it
    pretrained = VqWav2vec(options.pretrained)
    corpus = TASK.read(options, console)
    for note in corpus.notes:
        say(console, f"corpus {corpus.name}: {note}")
    with counting("vq-wav2vec", console) as progress:
        extracted = extract(corpus, pretrained, progress)
    say(
        console,
        f"{len(extracted):,} utterances have a ground truth; a search with the same --pretrained "
        "finds their features in the cache",
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return exit_status(
        lambda console: run(parse(argv), console), "interrupted; extracted features are kept"
    )


if __name__ == "__main__":
    sys.exit(main())
