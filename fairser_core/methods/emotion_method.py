"""The contract of a method of the emotion task, its batches and its predictions."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from torch import Tensor

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.methods.method import Method, Networks


class Batch(NamedTuple):
    """Utterances of one step, as the detector of one emotion needs them.

    Attributes:
        features: normalised features (utterance, feature).
        label: 1 where the ground truth is the emotion, else 0 (utterance,).
        perceived: 1 where the consensus of the women (first) or men (second) among the raters is
            the emotion, else 0 (utterance, gender).
        consensus: 1 where these have a consensus, else 0 (utterance, gender).
        female: features of utterances whose ground truth is the women's perception alone (pair,
            feature); `EmotionMethod.extra_pairs` of them.
        male: features of utterances whose ground truth is the men's alone (pair, feature).
    """

    features: Tensor
    label: Tensor
    perceived: Tensor
    consensus: Tensor
    female: Tensor
    male: Tensor


class Predictions(NamedTuple):
    """Predictions of a detector.

    Attributes:
        score: probability of the emotion (utterance,), in [0, 1].
        female: the same from the women's perspective (utterance,).
        male: the same from the men's perspective (utterance,).
        latent: representation in which neighbours are searched (utterance, unit).
    """

    score: Tensor
    female: Tensor
    male: Tensor
    latent: Tensor


@dataclass(frozen=True, kw_only=True)
class EmotionMethod(Method[EmotionProblem, Batch]):
    """A way to train a detector of an emotion.

    Attributes:
        graded_by_perspectives: whether early stopping goes by the perception of each gender
            instead of the ground truth.
    """

    task: ClassVar[str] = "emotion"
    graded_by_perspectives: ClassVar[bool] = False

    @property
    @abstractmethod
    def extra_pairs(self) -> int:
        """Utterances of each aligned gender that a step takes beside its batch."""

    @abstractmethod
    def predict(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Predictions:
        """Predict the emotion of utterances; nothing is dropped.

        Args:
            networks: of the method.
            features: normalised features (utterance, feature).
            problem: of the task.
        """
