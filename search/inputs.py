"""What a sweep learns from: the corpus the options name and the task's arrays made from it."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fairser_core.corpora import RATED_READERS, READERS
from fairser_core.corpora.corpus import Corpus, fingerprint
from fairser_core.corpora.rated import RatedCorpus
from fairser_core.tasks.activation import Activation
from fairser_core.tasks.prepare import prepare
from search.space import Space


@contextlib.contextmanager
def counting(title: str, console: Console) -> Iterator[Callable[[int, int], None]]:
    """A progress bar over utterances; yields what is to be called with (done, in all)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # On paper a bar says nothing, and the empty line it would leave even less.
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def read_corpus(options: dict[str, Any], console: Console) -> Corpus:
    """The corpus the options name."""
    own: dict[str, Any] = {key: options[key] for key in ("preset", "scale") if key in options}
    folder = Path(options["corpus_dir"]) if "corpus_dir" in options else None
    with counting(f"reading corpus {options['corpus']}", console) as progress:
        if options["corpus"] == "demo":
            own |= {"smoke": options.get("smoke", False), "progress": progress}
        return READERS[options["corpus"]](
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
        if options["corpus"] == "demo_emotions":
            own["progress"] = progress
        return RATED_READERS[options["corpus"]](
            folder, skip_broken=options.get("skip_broken", False), **own
        )


def corpus_facts(corpus: Corpus) -> dict[str, Any]:
    """What sweep.json and MLflow hold about a corpus."""
    sizes = Counter(corpus.utterances["split"] + " " + corpus.utterances["gender"])
    return {
        "name": corpus.name,
        "fingerprint": fingerprint(corpus),
        "scale": list(corpus.scale),
        "threshold": corpus.threshold,
        "notes": list(corpus.notes),
        "utterances": dict(sorted(sizes.items())),
    }


def make_data(corpus: Corpus, space: Space, console: Console) -> Activation:
    """Arrays of the task, with a progress bar over utterances."""
    with counting("features", console) as progress:
        return prepare(corpus, space.features, space.windows, progress)
