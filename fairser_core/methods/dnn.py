"""The detector alone, without de-biasing: the DNN that Chien & Lee compare with."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.dnn_method import DnnMethod
from fairser_core.methods.emotion_method import Batch
from fairser_core.methods.method import Networks
from fairser_core.networks.networks import Parameters


@dataclass(frozen=True, kw_only=True)
class Dnn(DnnMethod):
    """Minimises the cross-entropy of an emotion against all others over each batch."""

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Fresh parameters of the detector."""
        return {"predictor": self.predictor(problem).init(generator)}

    def noise(self, problem: EmotionProblem, rows: int, streams: Streams) -> Tensor:
        """What dropout drops of so many utterances; see `Dnn.noise`."""
        return self.predictor(problem).noise(rows, streams["dropout"])

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """One constant rate."""
        return {"predictor": self.learning_rate}

    def gradients(
        self, networks: Networks, batch: Batch, noise: Tensor, problem: EmotionProblem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of the cross-entropy, and weight decay; terms: `emotion_loss` (nats)."""

        def loss(parameters: Parameters) -> Tensor:
            logits = self.predictor(problem)(parameters, batch.features, noise)
            return F.cross_entropy(logits, batch.label.long())

        parameters = networks["predictor"]
        gradient, value = grad_and_value(loss)(parameters)
        return {"predictor": self.decayed(gradient, parameters)}, {"emotion_loss": value}
