"""Options of a corpus and of its reader."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CorpusOptions:
    """Options of a corpus on a command line; None if an option was not given.

    Attributes:
        corpus: name of the reader.
        corpus_dir: folder of a release, or table of a manifest.
        threshold: activation above which an utterance is high.
        scale: least and largest label of a manifest.
        raters: table of the raters' genders.
        preset: preset of a demo corpus, `biased` or `null`.
        skip_broken: whether unusable rows are left out instead of rejecting the corpus.
        smoke: whether a demo corpus is tiny.
        pretrained: file of the pretrained speech model for the features.
    """

    corpus: str = "demo"
    corpus_dir: Path | None = None
    threshold: float | None = None
    scale: tuple[float, float] | None = None
    raters: Path | None = None
    preset: str | None = None
    skip_broken: bool = False
    smoke: bool = False
    pretrained: Path | None = None
