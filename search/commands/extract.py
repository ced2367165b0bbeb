"""Extraction of a corpus' features by a pretrained model into the cache, ahead of searches."""

from typing import Any

from rich.console import Console

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.times import segments
from fairser_core.datasets.preparation import extract, vectors_of_corpus
from fairser_core.features.pretrained import Pretrained, open_pretrained
from fairser_core.features.speech_model import SpeechModel
from fairser_core.features.utterance_vectors import plan
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.files.ledger import facts_of
from fairser_core.files.usable import AudioFacts
from search.arguments.extract_arguments import task_of
from search.corpus.reading import extractable
from search.tasks.options import CorpusOptions
from search.terminal.console import say
from search.terminal.progress_bar import counting

GIGABYTE = 1e9


def run(options: CorpusOptions, console: Console) -> None:
    """Extract the features of a corpus into the cache."""
    assert options.pretrained  # the parser requires it
    pretrained = open_pretrained(options.pretrained)
    corpus = task_of(options).read(options, console)
    for note in corpus.notes:
        say(console, f"corpus {corpus.name}: {note}")
    corpus = extractable(corpus, pretrained, options.skip_broken, console)
    count = _extract(corpus, pretrained, console)
    say(
        console,
        f"{count}; a search with the same --pretrained finds their features in the cache",
    )


def _extract(corpus: Any, pretrained: Pretrained, console: Console) -> str:
    """Extract the features, and return how many utterances have them, in words."""
    if isinstance(pretrained, VqWav2vec):
        with counting("vq-wav2vec", console) as progress:
            extracted = extract(corpus, pretrained, progress)
        return f"{len(extracted):,} utterances have a ground truth"
    _announce(corpus, pretrained, console)
    with counting(pretrained.folder.path.name, console) as progress:
        vectors = vectors_of_corpus(corpus, pretrained, progress)
    return f"{len(vectors.row):,} utterances have vectors of {vectors.layers} layers"


def _announce(corpus: Corpus, model: SpeechModel, console: Console) -> None:
    """Print what the extraction takes before it begins, and warnings on the model.

    Raises:
        ValueError: the disk has too little room.
    """
    for note in model.folder.notes():
        say(console, f"pretrained model: {note}", style="yellow")
    of_rows = segments(corpus.utterances).tolist()
    ahead = plan(of_rows, model)
    facts = facts_of(of_rows, AudioFacts)
    hours = sum(fact.frames / fact.rate for fact in facts if fact.rate) / 3600
    where = "on the GPU" if ahead.device != "cpu" else f"in {ahead.processes} processes"
    say(
        console,
        f"{ahead.rows:,} utterances, {hours:,.1f} hours of audio, {model.folder.layers} layers of "
        f"{model.folder.width} values: {ahead.bytes / GIGABYTE:,.2f} GB on disk, {where}"
        + (
            f"; a base model takes about {hours / ahead.processes:,.1f} hours"
            if ahead.device == "cpu"
            else ""
        ),
    )
    if ahead.bytes > ahead.free:
        raise ValueError(
            f"the cache needs {ahead.bytes / GIGABYTE:,.2f} GB, the disk has "
            f"{ahead.free / GIGABYTE:,.2f} GB free: set FAIRSER_CACHE to a folder on another"
        )
