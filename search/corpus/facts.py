"""Facts of what a sweep learns from, as sweep.json and MLflow hold them."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.perception import perceive, sizes
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.datasets.emotion import studied_utterances
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.tasks.choice import Data
from search.store.changes import SAMPLE, check_same

SAMPLES = 32  # values of the features that stand for all
PARTS = {"corpus": "corpus", "pretrained model": "checkpoint", "feature set": "features"}
"""Parts of what a sweep learns from, and their keys in sweep.json."""


@dataclass(frozen=True)
class CorpusFacts:
    """Facts of a corpus.

    Attributes:
        name: of the corpus.
        fingerprint: digest of its tables and audio.
        notes: what its reader reports of it.
        utterances: number of utterances of each group that training tells apart.
        scale: least and largest label; None without activation.
        threshold: activation above it is high; None without activation.
        emotions: that are detected; None without ratings.
        perceived: sizes of the subsets S1 and S2; None without ratings.
    """

    name: str
    fingerprint: str
    notes: tuple[str, ...] = ()
    utterances: Mapping[str, int] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    threshold: float | None = None
    emotions: tuple[str, ...] | None = None
    perceived: Mapping[str, int] | None = None

    @property
    def level_threshold(self) -> float:
        """Activation above it is high; NaN without activation."""
        return math.nan if self.threshold is None else self.threshold

    def to_json(self) -> dict[str, Any]:
        """Facts as JSON holds them, without those that the corpus does not have."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return {n: list(v) if isinstance(v, tuple) else v for n, v in known.items()}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "CorpusFacts":
        """Read what `to_json` wrote; anything else raises a TypeError."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in facts.items()
        }
        return cls(**values)


@dataclass(frozen=True)
class PretrainedFacts:
    """Facts of the speech model that features are made with.

    Attributes:
        file: its name.
        fingerprint: SHA-256 of the file.
        fairseq: version that read it.
    """

    file: str
    fingerprint: str
    fairseq: str


@dataclass(frozen=True)
class InputFacts:
    """Facts of all that a sweep learns from.

    Attributes:
        corpus: of the corpus.
        pretrained: of the speech model; None where features are made without one.
        features: shape of the features and evenly spaced values of them.
    """

    corpus: CorpusFacts
    pretrained: PretrainedFacts | None
    features: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Facts under the keys of sweep.json."""
        pretrained = None if self.pretrained is None else asdict(self.pretrained)
        return {
            "corpus": self.corpus.to_json(),
            "checkpoint": pretrained,
            "features": dict(self.features),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "InputFacts":
        """Read what `to_json` wrote; anything else raises a TypeError or KeyError."""
        pretrained = facts.get("checkpoint")
        return cls(
            CorpusFacts.from_json(facts["corpus"]),
            PretrainedFacts(**pretrained) if pretrained else None,
            dict(facts.get("features") or {}),
        )

    def check_against(self, before: "InputFacts", when: str = "when this sweep began") -> None:
        """Refuse inputs that are not as they were.

        Args:
            before: the facts then.
            when: that was, for the message.

        Raises:
            SweepChanged: naming all that differs in the first part that does.
        """
        then, now = before.to_json(), self.to_json()
        for name, key in PARTS.items():
            check_same(name, then[key] or {}, now[key], when)


def corpus_facts(corpus: Corpus | RatedCorpus) -> CorpusFacts:
    """Return the facts of a corpus."""
    if isinstance(corpus, RatedCorpus):
        return _rated_facts(corpus)
    counts = Counter(corpus.utterances["split"] + " " + corpus.utterances["gender"])
    return CorpusFacts(
        name=corpus.name,
        fingerprint=corpus.fingerprint(),
        notes=tuple(corpus.notes),
        utterances=dict(sorted(counts.items())),
        scale=corpus.scale,
        threshold=corpus.threshold,
    )


def _rated_facts(corpus: RatedCorpus) -> CorpusFacts:
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table = studied_utterances(corpus.utterances, perceived)
    counts = Counter("session " + table["session"] + " " + table["gender"] + " " + table["subset"])
    return CorpusFacts(
        name=corpus.name,
        fingerprint=corpus.fingerprint(),
        notes=tuple(corpus.notes),
        utterances=dict(sorted(counts.items())),
        emotions=tuple(corpus.emotions),
        perceived=sizes(perceived),
    )


def pretrained_facts(pretrained: VqWav2vec) -> PretrainedFacts:
    """Return the facts of a speech model."""
    return PretrainedFacts(pretrained.path.name, pretrained.sha256, pretrained.fairseq)


def features_facts(data: Data) -> dict[str, Any]:
    """Return a fingerprint of the features: their shape and evenly spaced values.

    Not a digest, which would differ between machines by the last digit of a value.
    """
    values = data.inputs.reshape(-1)
    rows = np.linspace(0, len(values) - 1, SAMPLES).round().astype(int)
    return {**data.sizes(), SAMPLE: [round(float(value), 6) for value in values[rows]]}
