"""What the methods share that detect an emotion with the DNN of Chien & Lee."""

from dataclasses import dataclass

from torch import Tensor

from fairser_core.methods.emotion_method import Answer, EmotionMethod
from fairser_core.methods.method import Networks, require
from fairser_core.nets import Dnn, Parameters
from fairser_core.tasks.emotion import EmotionProblem


@dataclass(frozen=True, kw_only=True)
class DnnMethod(EmotionMethod):
    """Settings of the network and of its training.

    Chien & Lee give the rate, the dropout, the batch and a "decay factor", here weight decay; they
    do not give the layers' sizes.

    Attributes:
        hidden: units of the first layer.
        latent: units of the second, whose output is the latent representation.
        dropout: share of units of either dropped.
        weight_decay: of all parameters, added to their gradient (L2 regularisation).
    """

    hidden: int = 256
    latent: int = 128
    dropout: float = 0.2
    weight_decay: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("hidden", "latent")
        require(0 <= self.dropout < 1, "dropout", "in [0, 1)", self.dropout)
        require(self.weight_decay >= 0, "weight_decay", ">= 0", self.weight_decay)

    def predictor(self, problem: EmotionProblem) -> Dnn:
        """The network that detects an emotion."""
        return Dnn(
            features=problem.features,
            hidden=self.hidden,
            latent=self.latent,
            dropout=self.dropout,
        )

    def answer(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Answer:
        """The softmax of the two classes, from every perspective the same."""
        network, parameters = self.predictor(problem), networks["predictor"]
        latent = network.encode(parameters, features)
        score = network.classify(parameters, latent).softmax(dim=-1)[:, 1]
        return Answer(score, score, score, latent)

    def decayed(self, gradient: Parameters, parameters: Parameters) -> Parameters:
        """The gradient with weight decay in it, as torch's Adam adds it."""
        return {
            name: slope + self.weight_decay * parameters[name] for name, slope in gradient.items()
        }
