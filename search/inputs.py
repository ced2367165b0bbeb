"""What a sweep learns from: the corpus the options name and the task's arrays made from it."""

from collections import Counter
from pathlib import Path
from typing import Any

from fairser_core.corpora.corpus import Corpus, fingerprint
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fairser_core.corpora import READERS
from fairser_core.tasks.activation import Activation
from fairser_core.tasks.prepare import prepare
from search.space import Space


def read_corpus(options: dict[str, Any], console: Console) -> Corpus:
    """The corpus the options name."""
    own: dict[str, Any] = {key: options[key] for key in ("preset", "scale") if key in options}
    if options["corpus"] == "demo":
        own["smoke"] = options.get("smoke", False)
    folder = Path(options["corpus_dir"]).expanduser() if "corpus_dir" in options else None
    with console.status(f"reading corpus {options['corpus']}"):
        return READERS[options["corpus"]](
            folder,
            threshold=options.get("threshold"),
            skip_broken=options.get("skip_broken", False),
            **own,
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
    columns = (
        TextColumn("features"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("features", total=None)
        return prepare(
            corpus,
            space.features,
            space.windows,
            lambda done, total: bar.update(task, completed=done, total=total),
        )


class CorpusChanged(ValueError):
    """A sweep cannot go on: its corpus is another than it began with."""


def check_same_corpus(before: dict[str, Any] | None, corpus: dict[str, Any]) -> None:
    """Refuse to go on with another corpus than a sweep began with.

    Args:
        before: facts of the corpus the sweep began with; None for a new sweep.
        corpus: facts of the corpus as it is now.

    Raises:
        CorpusChanged: naming what differs.
    """
    if before is None or before["fingerprint"] == corpus["fingerprint"]:
        return
    differing = [key for key in before if before[key] != corpus.get(key) and key != "fingerprint"]
    raise CorpusChanged(
        "the corpus is not the one this sweep began with: fingerprint "
        f"{corpus['fingerprint']}, then {before['fingerprint']}"
        + "".join(f"; {key} {corpus.get(key)}, then {before[key]}" for key in differing)
    )
