"""What the methods share that detect an emotion with the DNN of Chien & Lee."""

from dataclasses import dataclass

from torch import Tensor

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.methods.emotion_method import Answer
from fairser_core.methods.method import Networks
from fairser_core.methods.regularised_method import RegularisedMethod
from fairser_core.networks.networks import Dnn


@dataclass(frozen=True, kw_only=True)
class DnnMethod(RegularisedMethod):
    """Settings of the network and of its training.

    Chien & Lee give the rate, the dropout, the batch and the weight decay, not the layers' sizes.

    Attributes:
        hidden: units of the first layer.
        latent: units of the second, whose output is the latent representation.
    """

    hidden: int = 256
    latent: int = 128

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("hidden", "latent")

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
