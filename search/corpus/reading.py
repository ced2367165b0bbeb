"""What a sweep learns from: the corpus the options name and the task's arrays made from it."""

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from fairser_core.corpora import RATED_READERS, READERS
from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.perception import perceive, sizes
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.datasets.emotion import studied_utterances
from fairser_core.datasets.preparation import prepare_activation, prepare_emotion
from fairser_core.features.vectors import VectorSettings
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.tasks.choice import Data
from search.space.space import Space
from search.space.tasks import TASKS
from search.terminal.progress_bar import counting


def read_corpus(options: dict[str, Any], console: Console) -> Corpus:
    """The corpus the options name."""
    own: dict[str, Any] = {key: options[key] for key in ("preset", "scale") if key in options}
    folder = Path(options["corpus_dir"]) if "corpus_dir" in options else None
    with counting(f"reading corpus {options['corpus']}", console) as progress:
        reader = READERS[options["corpus"]]
        if "smoke" in reader.options:
            own |= {"smoke": options.get("smoke", False), "progress": progress}
        return reader.read(
            folder,
            threshold=options.get("threshold"),
            skip_broken=options.get("skip_broken", False),
            **own,
        )


def read_rated(options: dict[str, Any], console: Console) -> RatedCorpus:
    """The corpus with ratings that the options name."""
    own: dict[str, Any] = {key: options[key] for key in ("preset",) if key in options}
    if "raters" in options:
        own["raters"] = Path(options["raters"])
    folder = Path(options["corpus_dir"]) if "corpus_dir" in options else None
    with counting(f"reading corpus {options['corpus']}", console) as progress:
        reader = RATED_READERS[options["corpus"]]
        if "smoke" in reader.options:
            own |= {"smoke": options.get("smoke", False), "progress": progress}
        return reader.read(folder, skip_broken=options.get("skip_broken", False), **own)


def check_goes(space: Space, options: dict[str, Any]) -> None:
    """Refuse a corpus or an option that the space's task cannot use, or a lack of one it needs.

    Raises:
        ValueError: naming the option and what goes with the task.
    """
    task, corpus = TASKS[space.task], options["corpus"]
    if corpus not in task.corpora:
        raise ValueError(
            f"space {space.name} is of task {space.task!r}, which learns from --corpus "
            f"{', '.join(task.corpora)}, got {corpus}"
        )
    for option in task.strangers:
        if option in options:
            raise ValueError(
                f"--{option} does not go with space {space.name}, which is of task {space.task!r}"
            )
    layer = space.vectors.layer
    if layer != VectorSettings().layer and "checkpoint" not in options:
        raise ValueError(
            f"`layer` {layer} is of vq-wav2vec, which needs --checkpoint ({space.place} [vectors])"
        )


def read_of(space: Space, options: dict[str, Any], console: Console) -> Corpus | RatedCorpus:
    """The corpus that the options name to a space's task."""
    task = TASKS[space.task]
    options = {**options, "corpus": task.corpora[options["corpus"]]}
    return (read_rated if space.task == "emotion" else read_corpus)(options, console)


def corpus_facts(corpus: Corpus | RatedCorpus) -> dict[str, Any]:
    """What sweep.json and MLflow hold about a corpus."""
    if isinstance(corpus, RatedCorpus):
        return _rated_facts(corpus)
    counts = Counter(corpus.utterances["split"] + " " + corpus.utterances["gender"])
    return {
        "name": corpus.name,
        "fingerprint": corpus.fingerprint(),
        "scale": list(corpus.scale),
        "threshold": corpus.threshold,
        "notes": list(corpus.notes),
        "utterances": dict(sorted(counts.items())),
    }


def _rated_facts(corpus: RatedCorpus) -> dict[str, Any]:
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table = studied_utterances(corpus.utterances, perceived)
    counts = Counter("session " + table["session"] + " " + table["gender"] + " " + table["subset"])
    return {
        "name": corpus.name,
        "fingerprint": corpus.fingerprint(),
        "emotions": list(corpus.emotions),
        "notes": list(corpus.notes),
        "utterances": dict(sorted(counts.items())),
        "perceived": sizes(perceived),
    }


def read_checkpoint(options: dict[str, Any]) -> VqWav2vec | None:
    """The vq-wav2vec that the options name; None where features are not made with it.

    Raises:
        VqWav2vecError: the file cannot be read, or fairseq is not installed.
    """
    return VqWav2vec(Path(options["checkpoint"])) if "checkpoint" in options else None


def checkpoint_facts(wav2vec: VqWav2vec | None) -> dict[str, Any] | None:
    """What sweep.json and MLflow hold about the checkpoint; its fingerprint is a SHA-256."""
    if wav2vec is None:
        return None
    return {
        "file": wav2vec.path.name,
        "fingerprint": wav2vec.sha256,
        "fairseq": wav2vec.fairseq,
    }


def make_data(
    corpus: Corpus | RatedCorpus,
    space: Space,
    console: Console,
    wav2vec: VqWav2vec | None = None,
) -> Data:
    """Arrays of the task, with a progress bar over utterances."""
    with counting("features", console) as progress:
        if isinstance(corpus, RatedCorpus):
            return prepare_emotion(corpus, space.features, space.vectors, wav2vec, progress)
        return prepare_activation(corpus, space.features, space.windows, progress)
