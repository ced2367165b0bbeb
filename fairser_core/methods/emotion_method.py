"""What the methods of the emotion task share: their batches, and what they answer."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.methods.method import Method, Networks


class Batch(NamedTuple):
    """Utterances of one step, as the detector of one emotion sees them.

    Attributes:
        features: normalised features (utterance, feature).
        label: 1 where the ground truth is the emotion, else 0 (utterance,).
        heard: 1 where the consensus of the women (first) or men (second) among the raters is the
            emotion, else 0 (utterance, gender).
        known: 1 where these have a consensus (utterance, gender).
        female: features of utterances whose ground truth is the women's perception alone (pair,
            feature), as many as of `male`: `EmotionMethod.extra_pairs`.
        male: features of utterances whose ground truth is the men's (pair, feature).
    """

    features: Tensor
    label: Tensor
    heard: Tensor
    known: Tensor
    female: Tensor
    male: Tensor


class Answer(NamedTuple):
    """What a detector says of utterances.

    Attributes:
        score: probability of the emotion (utterance,), in 0..1.
        female: the same from the women's perspective (utterance,).
        male: the same from the men's (utterance,).
        latent: the representation in which neighbours are looked for (utterance, unit).
    """

    score: Tensor
    female: Tensor
    male: Tensor
    latent: Tensor


@dataclass(frozen=True, kw_only=True)
class EmotionMethod(Method[EmotionProblem, Batch]):
    """A way to detect an emotion.

    Attributes:
        batch: utterances in a step.
    """

    batch: int = 32

    @property
    def extra_pairs(self) -> int:
        """Utterances of each aligned gender that a step takes beside its batch."""
        return 0

    @property
    def graded_by_views(self) -> bool:
        """Whether early stopping goes by what the genders hear, instead of the ground truth."""
        return False

    @abstractmethod
    def answer(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Answer:
        """What the detector says of utterances (utterance, feature); nothing is dropped."""
