"""Options of a corpus and of its reader."""

from dataclasses import dataclass
from pathlib import Path

from fairser_core.corpora.groups import Grouping


@dataclass(frozen=True)
class CorpusOptions:
    """Options of a corpus on a command line; None if an option was not given.

    Attributes:
        corpus: name of the reader.
        corpus_dir: folder of a release, or table of a manifest.
        threshold: activation above which an utterance is high.
        scale: least and largest label of a manifest.
        column: columns of a manifest by other names, each as KNOWN=NAME.
        raters: table of the raters' genders.
        preset: preset of a demo corpus, `biased` or `null`.
        skip_broken: whether unusable rows are left out instead of rejecting the corpus.
        smoke: whether a demo corpus is tiny.
        pretrained: file of the pretrained speech model for the features.
        classes: classes that are studied.
        secondary: weight of a secondary label among the votes of MSP-Podcast.
        group: attributes that group the speakers, see `Grouping.parse`.
        min_group: speakers and utterances that a group needs to be judged by.
        unknown: whether utterances of an unknown attribute are left `out`, or are a `group`.
    """

    corpus: str = "demo"
    corpus_dir: Path | None = None
    threshold: float | None = None
    scale: tuple[float, float] | None = None
    column: tuple[str, ...] | None = None
    raters: Path | None = None
    preset: str | None = None
    skip_broken: bool = False
    smoke: bool = False
    pretrained: Path | None = None
    classes: tuple[str, ...] | None = None
    secondary: float | None = None
    group: str | None = None
    min_group: tuple[int, int] | None = None
    unknown: str | None = None

    @property
    def grouping(self) -> Grouping:
        """Rule by which utterances are grouped.

        Raises:
            ValueError: `group` is not as `Grouping.parse` reads it.
        """
        fewest = self.min_group or (Grouping.fewest_speakers, Grouping.fewest_utterances)
        return Grouping.parse(
            self.group or "gender", unknown=self.unknown == "group", fewest=fewest
        )


CLASSES = ("classes", "secondary")
"""Options of classes of emotion."""
GROUPING = ("group", "min_group", "unknown")
"""Options of groups."""
