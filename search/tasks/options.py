"""Options that name a corpus and say how it is read."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CorpusOptions:
    """A corpus, as a command line names it; None where an option was not given.

    Attributes:
        corpus: name of the reader.
        corpus_dir: folder of a release, or table of a manifest.
        threshold: activation above it is high.
        scale: least and largest label of a manifest.
        raters: table of the raters' genders.
        preset: of a demo corpus, `biased` or `null`.
        skip_broken: leave unusable rows out instead of refusing the corpus.
        smoke: make a demo corpus tiny.
        pretrained: speech model that features are made with.
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
