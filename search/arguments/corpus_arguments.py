"""Arguments that choose a corpus and the form of reading it."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairser_core.corpora.checks import KNOWN
from fairser_core.corpora.groups import Grouping
from search.arguments.run_options import RunOptions
from search.arguments.value_types import finite
from search.tasks.options import CorpusOptions
from search.tasks.readers import ALL_READERS
from search.terminal.command_names import typed
from search.terminal.nearest import nearest

CORPUS = "demo"  # where none is named
SYNTHETIC = {name for name, reader in ALL_READERS if not reader.folder}
OWNERS = {
    option: list(dict.fromkeys(name for name, reader in ALL_READERS if option in reader.options))
    for option in ("preset", "scale", "threshold", "column", "raters", "classes", "secondary")
}
"""Corpora that an option goes with."""


def _scale(text: str) -> tuple[float, float]:
    try:
        low, high = map(finite, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be LOW,HIGH, got {text!r}") from None
    return low, high


def corpus_arguments(command: argparse.ArgumentParser, corpora: list[str], default: str) -> None:
    """Add the options of a corpus.

    Args:
        command: parser of the command.
        corpora: names to choose from.
        default: default corpus, in words.
    """
    corpus = command.add_argument_group("corpus")
    corpus.add_argument(
        "--corpus",
        choices=corpora,
        help=f"which corpus (default: {default}); `{typed('corpus describe')} --help` lists them "
        "with the folder that each needs and its licence",
    )
    corpus.add_argument(
        "--corpus-dir",
        type=Path,
        metavar="PATH",
        help="path of the corpus: a release's folder, or the CSV or Parquet file of a manifest",
    )
    _label_arguments(corpus)
    _class_arguments(corpus)
    _group_arguments(command.add_argument_group("groups"))
    corpus.add_argument(
        "--preset",
        choices=("biased", "null"),
        help="of a demo corpus: with its bias, or a control without it (default: biased)",
    )
    corpus.add_argument(
        "--skip-broken",
        action="store_true",
        help="leave unusable rows out and report their number (default: reject the corpus)",
    )


def _label_arguments(corpus: argparse._ArgumentGroup) -> None:
    """Add the options that state what a corpus' labels leave open."""
    corpus.add_argument(
        "--threshold",
        type=finite,
        metavar="X",
        help="activation above it is high (default: 3.5 on a 1..7 scale, else the scale's middle)",
    )
    corpus.add_argument(
        "--scale",
        metavar="LOW,HIGH",
        type=_scale,
        help="a manifest's label scale (default: inferred)",
    )
    corpus.add_argument(
        "--column",
        metavar="KNOWN=NAME,...",
        type=_columns,
        help="columns of a manifest that bear other names, such as activation=arousal",
    )
    corpus.add_argument(
        "--raters",
        type=Path,
        metavar="PATH.csv",
        help="genders of IEMOCAP's raters, which the release lacks: columns rater,gender",
    )


def _class_arguments(corpus: argparse._ArgumentGroup) -> None:
    """Add the options of classes of emotion."""
    corpus.add_argument(
        "--classes",
        metavar="NAME,...",
        type=_names,
        help="classes of emotion to study, by name (default: all of the corpus; of IEMOCAP "
        "neutral, happiness, anger and sadness)",
    )
    corpus.add_argument(
        "--secondary",
        type=finite,
        metavar="X",
        help="weight in 0..1 of a secondary label among the votes of MSP-Podcast, where a primary "
        "label has 1 (default: 0)",
    )


def _group_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the options of groups."""
    group.add_argument(
        "--group",
        metavar="NAME,...",
        type=_grouping,
        help="attributes of the speakers that name the groups, several in combination, numbers in "
        "bands between edges: gender,age:30:45 (default: gender)",
    )
    group.add_argument(
        "--min-group",
        metavar="SPEAKERS,UTTERANCES",
        type=_sizes,
        help="smaller groups are shown and not judged by (default: 5,50; two are always judged)",
    )
    group.add_argument(
        "--unknown",
        choices=("out", "group"),
        help="utterances of an unknown attribute are in no group, or are one (default: out)",
    )


def _columns(text: str) -> tuple[str, ...]:
    pairs = [[part.strip() for part in each.partition("=")] for each in text.split(",")]
    for name, _, other in pairs:
        if name not in KNOWN or not other:
            like = "" if name in KNOWN else nearest(name, KNOWN)
            raise argparse.ArgumentTypeError(
                f"must be KNOWN=NAME,... with KNOWN one of {', '.join(KNOWN)}, got {text!r}{like}"
            )
    return tuple(f"{name}={other}" for name, _, other in pairs)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(","))


def _grouping(text: str) -> str:
    try:
        return str(Grouping.parse(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _sizes(text: str) -> tuple[int, int]:
    try:
        speakers, utterances = map(int, text.split(","))
    except ValueError:
        speakers = utterances = -1
    if min(speakers, utterances) < 0:
        raise argparse.ArgumentTypeError(f"must be SPEAKERS,UTTERANCES, got {text!r}")
    return speakers, utterances


def pretrained_argument(command: argparse.ArgumentParser, use: str, required: bool = False) -> None:
    """Add the option that names a pretrained model.

    Args:
        command: parser of the command.
        use: use of the model, in words.
        required: whether the option must be given.
    """
    command.add_argument_group("pretrained speech model").add_argument(
        "--pretrained",
        "--checkpoint",  # its name in earlier versions
        type=Path,
        metavar="FOLDER|FILE.pt",
        required=required,
        help="folder of a model as Hugging Face publishes it (WavLM, HuBERT, wav2vec 2.0, XLS-R, "
        "data2vec-audio, Whisper), for spaces of activation; or file of a vq-wav2vec, as fairseq "
        f"publishes it, for spaces of emotions: {use}",
    )


def corpus_options(given: Mapping[str, Any]) -> CorpusOptions:
    """Return the options of a corpus that were given.

    Args:
        given: options by name; those that are not of a corpus are ignored.
    """
    return RunOptions().changed(given).corpus


def check_corpus(
    command: argparse.ArgumentParser, given: dict[str, Any], corpora: list[str]
) -> None:
    """Exit with a message if options of a corpus do not go together."""
    problem = corpus_problem(given, corpora)
    if problem:
        command.error(problem)


def corpus_problem(given: Mapping[str, Any], corpora: list[str]) -> str | None:
    """Return why options of a corpus do not go together; None if they do."""
    corpus = given.get("corpus", CORPUS)
    if corpus not in SYNTHETIC and "corpus_dir" not in given:
        return f"--corpus {corpus} needs --corpus-dir"
    for option, owners in OWNERS.items():
        if option in given and corpus not in owners:
            names = " or ".join(owner for owner in owners if owner in corpora)
            return f"--{option} goes with --corpus {names}"
    return None
