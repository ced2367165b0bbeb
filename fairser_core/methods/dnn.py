"""DNN: the detector alone, without de-biasing, with which Chien & Lee (2023) compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses.weight_decay import decayed
from fairser_core.methods.checks import require_above, require_at_least, require_share
from fairser_core.methods.emotion_method import Batch, EmotionMethod, Predictions
from fairser_core.methods.method import Descent, Networks
from fairser_core.methods.paper import CHIEN_LEE_2023
from fairser_core.networks.dnn import Dnn as Network
from fairser_core.networks.layers import Parameters


@final
@dataclass(frozen=True, kw_only=True)
class Dnn(EmotionMethod):
    """Method that minimises the cross-entropy of an emotion against all others over each batch.

    Section 3.1 of the paper gives batch, rate, dropout and weight decay, not the layers' sizes.

    Attributes:
        batch: utterances in a step.
        learning_rate: of the detector's Adam.
        patience: epochs without a better validation macro F1 after which a lane stops and keeps
            its best epoch; 0 trains all epochs and keeps the last.
        dropout: share of units dropped.
        weight_decay: of all parameters, added to their gradient (L2 regularisation).
        hidden: units of the first layer.
        latent: units of the second layer, whose output is the latent representation.
    """

    papers = (CHIEN_LEE_2023,)
    systems = (("dnn", "DNN"),)
    hands_over_detectors = True

    batch: int = 32
    learning_rate: float = 1e-3
    patience: int = 0
    dropout: float = 0.2
    weight_decay: float = 1e-3
    hidden: int = 256
    latent: int = 128

    def __post_init__(self) -> None:
        require_at_least(2, batch=self.batch)
        require_above(0, learning_rate=self.learning_rate)
        require_at_least(0, patience=self.patience)
        require_share(dropout=self.dropout)
        require_at_least(0, weight_decay=self.weight_decay)
        require_at_least(1, hidden=self.hidden, latent=self.latent)

    @property
    def extra_pairs(self) -> int:
        """0: the loss is of the batch alone."""
        return 0

    def predictor(self, problem: EmotionProblem) -> Network:
        """Return the network that detects an emotion."""
        return Network(
            features=problem.features,
            hidden=self.hidden,
            latent=self.latent,
            dropout=self.dropout,
        )

    def predict(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Predictions:
        """Predict the emotion of utterances (utterance, feature), alike from each perspective."""
        score, latent = self.predictor(problem).detect(networks["predictor"], features)
        return Predictions(score, score, score, latent)

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Draw fresh parameters of the detector."""
        return {"predictor": self.predictor(problem).init(generator)}

    def draws(self, problem: EmotionProblem, rows: int, streams: Streams) -> Tensor:
        """Draw the numbers that decide on dropout; see `networks.Dnn.draws`."""
        return self.predictor(problem).draws(rows, streams["dropout"])

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the detector's rate, which is constant."""
        return {"predictor": self.learning_rate}

    def descents(self) -> Sequence[Descent]:
        """Return the one descent."""
        return (self.gradients,)

    def gradients(
        self, networks: Networks, batch: Batch, draws: Tensor, problem: EmotionProblem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient with weight decay; term `emotion_loss` (cross-entropy, nats)."""

        def loss(parameters: Parameters) -> Tensor:
            logits = self.predictor(problem)(parameters, batch.features, draws)
            return F.cross_entropy(logits, batch.label.long())

        parameters = networks["predictor"]
        gradient, value = grad_and_value(loss)(parameters)
        direction = decayed(gradient, parameters, self.weight_decay)
        return {"predictor": direction}, {"emotion_loss": value}
