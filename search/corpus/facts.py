"""Facts of a sweep's inputs, as sweep.json and MLflow hold them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fairser_core.datasets.data import Data
from fairser_core.features.pretrained import Pretrained
from fairser_core.features.speech_model import SpeechModel
from search.store.changes import SAMPLE, check_same
from search.store.fields import read_fields
from search.store.rules import TABLE, checked
from search.tasks.facts import CorpusFacts

SAMPLES = 32  # values of the features that stand for all
PARTS = {"corpus": "corpus", "checkpoint": "pretrained model", "features": "feature set"}
"""Parts of a sweep's inputs, by their keys in sweep.json."""


@dataclass(frozen=True)
class PretrainedFacts:
    """Facts of the speech model that features are made with.

    Attributes:
        file: name of the model's file or folder.
        fingerprint: SHA-256 of its content.
        fairseq: version of fairseq that read the file; of a folder empty, as vectors in the cache
            need no library.
    """

    file: str
    fingerprint: str
    fairseq: str


@dataclass(frozen=True)
class InputFacts:
    """Facts of a sweep's inputs.

    Attributes:
        corpus: facts of the corpus.
        pretrained: facts of the speech model; None where features are made without a model.
        features: shape of the features and evenly spaced values of them.
    """

    corpus: CorpusFacts
    pretrained: PretrainedFacts | None
    features: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the facts under the keys of sweep.json."""
        pretrained = None if self.pretrained is None else asdict(self.pretrained)
        return {
            "corpus": self.corpus.to_json(),
            "checkpoint": pretrained,
            "features": dict(self.features),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "InputFacts":
        """Read what `to_json` wrote.

        Raises:
            RuleError: a fact is missing or not of its type; names fact, value and rule.
            NewerFormat: a fact is unknown.
        """
        pretrained, features = facts.get("checkpoint"), facts.get("features")
        return cls(
            read_fields(CorpusFacts, facts["corpus"], "corpus"),
            None if pretrained is None else read_fields(PretrainedFacts, pretrained, "checkpoint"),
            {} if features is None else checked(facts, "features", TABLE),
        )

    def check_against(self, before: "InputFacts", when: str = "when this sweep began") -> None:
        """Refuse inputs that have changed.

        Args:
            before: earlier facts.
            when: time of the earlier facts, for the message.

        Raises:
            SweepChanged: a part differs; names all differences of the first such part.
        """
        for key, now in self.to_json().items():
            before.check_part(key, now, when)

    def check_part(
        self, key: str, now: Mapping[str, Any] | None, when: str = "when this sweep began"
    ) -> None:
        """Refuse a part that differs from these facts.

        Args:
            key: key of `PARTS`.
            now: facts of the part under the keys of sweep.json; None where there is no such part.
            when: time of these facts, for the message.

        Raises:
            SweepChanged: the part differs; names all differences.
        """
        check_same(PARTS[key], self.to_json()[key] or {}, now, when)


def pretrained_facts(pretrained: Pretrained) -> PretrainedFacts:
    """Return the facts of a speech model."""
    if isinstance(pretrained, SpeechModel):
        folder = pretrained.folder
        return PretrainedFacts(folder.path.resolve().name, folder.fingerprint, "")
    return PretrainedFacts(pretrained.path.name, pretrained.sha256, pretrained.fairseq)


def features_facts(data: Data) -> dict[str, Any]:
    """Return a fingerprint of the features: their shape and evenly spaced values.

    Not a digest, which would differ between machines by the last digit of a value.
    """
    values = data.inputs.reshape(-1)
    rows = np.linspace(0, len(values) - 1, SAMPLES).round().astype(int)
    return {**data.sizes(), SAMPLE: [round(float(value), 6) for value in values[rows]]}
