"""What the methods of the emotion task share: the detector's network and its batches."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from fairser_core.methods.method import Method, require
from fairser_core.nets import Dnn, Parameters
from fairser_core.tasks.emotion import EmotionProblem


class Batch(NamedTuple):
    """Utterances of one step, as the detector of one emotion sees them.

    Attributes:
        features: normalised features (utterance, feature).
        label: 1 where the ground truth is the emotion, else 0 (utterance,).
    """

    features: Tensor
    label: Tensor


@dataclass(frozen=True, kw_only=True)
class EmotionMethod(Method[EmotionProblem, Batch]):
    """Settings of the network and of its training.

    Chien & Lee give the rate, the dropout, the batch and a "decay factor", here weight decay; they
    do not give the layers' sizes.

    Attributes:
        hidden: units of the first layer.
        latent: units of the second, whose output is the latent representation.
        dropout: share of units of either dropped.
        batch: utterances in a step.
        weight_decay: of all parameters, added to their gradient (L2 regularisation).
    """

    hidden: int = 256
    latent: int = 128
    dropout: float = 0.2
    batch: int = 32
    weight_decay: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("hidden", "latent")
        require(self.weight_decay >= 0, "weight_decay", ">= 0", self.weight_decay)

    def predictor(self, problem: EmotionProblem) -> Dnn:
        """The network that detects an emotion."""
        return Dnn(
            features=problem.features,
            hidden=self.hidden,
            latent=self.latent,
            dropout=self.dropout,
        )

    def noise(self, problem: EmotionProblem, rows: int, generator: torch.Generator) -> Tensor:
        """What dropout drops of so many utterances; see `Dnn.noise`."""
        return self.predictor(problem).noise(rows, generator)

    def score(self, parameters: Parameters, features: Tensor, problem: EmotionProblem) -> Tensor:
        """Probability of the emotion (utterance,), in 0..1: the softmax of the two classes."""
        return self.predictor(problem)(parameters, features).softmax(dim=-1)[:, 1]

    def decayed(self, gradient: Parameters, parameters: Parameters) -> Parameters:
        """The gradient with weight decay in it, as torch's Adam adds it."""
        return {
            name: slope + self.weight_decay * parameters[name] for name, slope in gradient.items()
        }
