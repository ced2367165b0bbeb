"""Command that describes a corpus: sizes and, of ratings, the perception of women and of men.

python search/describe.py --corpus demo_emotions
"""

import argparse
import sys
import textwrap
from dataclasses import dataclass

from rich.console import Console

from fairser_core.corpora import RATED_READERS, READERS
from fairser_core.corpora.perception import agreement, perceive, sizes
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.rated_manifest import has_ratings
from search.arguments.corpus_arguments import check_corpus, corpus_arguments, corpus_options
from search.corpus.counts import activation_counts, emotion_counts, rater_counts, session_counts
from search.corpus.options import CorpusOptions
from search.corpus.perception_png import perception_png
from search.corpus.reading import read_corpus, read_rated
from search.corpus.tables import agreement_table, counts_table, given_line, subset_lines
from search.store.storage import open_storage
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say

CORPORA = list(dict.fromkeys([*READERS, *RATED_READERS]))


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    made = argparse.ArgumentParser(
        prog=typed("corpus describe"),
        description="Show the sizes of a corpus and, if it has ratings by person, how often the "
        "consensus of the women and of the men among the raters is the ground truth.",
        epilog=epilog(),
        argument_default=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    corpus_arguments(made, CORPORA, "demo")
    rated = made.add_argument_group(f"corpora with ratings: {', '.join(RATED_READERS)}")
    rated.add_argument(
        "--out",
        metavar="DIR",
        help="folder or URI for perception.csv and perception.png "
        "(default: results/describe-<corpus>)",
    )
    return made


def epilog() -> str:
    """Describe every corpus: what it is, the folder it needs, and its licence."""
    lines = []
    for name, reader in (*READERS.items(), *RATED_READERS.items()):
        folder = f" Needs {reader.folder}." if reader.folder else ""
        text = f"{name}: {reader.title}.{folder} Licence: {reader.licence}."
        lines += textwrap.wrap(text, 90, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(["corpora:", *lines])


@dataclass(frozen=True)
class DescribeOptions:
    """Options of the command.

    Attributes:
        corpus: to describe.
        out: folder or URI to write to; None for the default.
    """

    corpus: CorpusOptions
    out: str | None = None


def parse(argv: list[str] | None) -> DescribeOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    made = parser()
    given = vars(made.parse_args(argv))
    check_corpus(made, given, CORPORA)
    return DescribeOptions(corpus_options(given), given.get("out"))


def is_rated(options: DescribeOptions) -> bool:
    """Return whether the corpus has ratings by person; a manifest has if they lie beside it.

    Raises:
        ValueError: an option of activation is given for a corpus with ratings, or an option of
            ratings for a corpus without.
    """
    name, folder = options.corpus.corpus, options.corpus.corpus_dir
    rated = name in RATED_READERS and (
        name not in READERS or (folder is not None and has_ratings(folder))
    )
    given = {"threshold": options.corpus.threshold, "scale": options.corpus.scale}
    strangers = given if rated else {"out": options.out}
    for option, value in strangers.items():
        if value is not None:
            rule = "with ratings beside it, which are of emotions" if rated else "without ratings"
            raise ValueError(f"--{option} does not go with a corpus {rule}: {name}")
    return rated


def describe_ratings(corpus: RatedCorpus, out: str | None, console: Console) -> None:
    """Print the tables of a corpus with ratings; write the agreement of its raters."""
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table, numbers = agreement(perceived, corpus.emotions), sizes(perceived)
    console.print(counts_table(session_counts(corpus, perceived)))
    console.print(counts_table(emotion_counts(corpus, perceived)))
    console.print(counts_table(rater_counts(corpus, numbers)))
    for line in filter(None, [*subset_lines(numbers), given_line(corpus, perceived)]):
        say(console, line)
    title = "consensus is the ground truth, with 95 % intervals: "
    console.print(agreement_table(table, "all", title + "all utterances"))
    console.print(agreement_table(table, "S2", title + "S2"))
    folder = open_storage(out or f"results/describe-{corpus.name}")
    folder.write("perception.csv", table.to_csv(index=False, lineterminator="\n").encode())
    heading = f"{corpus.name}: whose consensus is the ground truth"
    folder.write("perception.png", perception_png(table, heading))
    say(console, f"files {folder.where()}: perception.csv, perception.png")


def run(options: DescribeOptions, console: Console) -> None:
    """Run the command."""
    if is_rated(options):
        rated = read_rated(options.corpus, console)
        for note in rated.notes:
            say(console, f"corpus {rated.name}: {note}")
        describe_ratings(rated, options.out, console)
    else:
        corpus = read_corpus(options.corpus, console)
        for note in corpus.notes:
            say(console, f"corpus {corpus.name}: {note}")
        console.print(counts_table(activation_counts(corpus)))


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return exit_status(lambda console: run(parse(argv), console), "interrupted")


if __name__ == "__main__":
    sys.exit(main())
