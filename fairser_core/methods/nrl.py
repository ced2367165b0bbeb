"""A representation that cannot tell the groups apart, then a detector on it (Feng et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses.wasserstein import critic_gap, critic_gradient
from fairser_core.methods.dnn_method import DnnMethod
from fairser_core.methods.emotion_method import Batch
from fairser_core.methods.method import Descent, Networks, require
from fairser_core.methods.paired_method import PairedMethod
from fairser_core.networks.networks import Mlp, Parameters


@dataclass(frozen=True, kw_only=True)
class Nrl(PairedMethod, DnnMethod):
    """Encoder and decoder minimise `L = |D(E(x)) - x|² + α W(E(x₁), E(x₀))`.

    x₁ and x₀ are utterances whose ground truth is the women's or the men's perception alone. No
    label of an emotion reaches the encoder; the classifier learns from its output, beside it. The
    encoder and the classifier are the DNN's, and start from the same parameters.

    W is what a critic tells them apart by; in each step it learns first. Feng et al. clip its
    weights to ±0.1; here a penalty keeps its slope near 1, so that W is a distance in the unit of
    the representation. They reconstruct the two groups, which hold all their data; here most
    utterances are in neither, so those of the batch are reconstructed. The error is a sum over
    features, like LFR's, and a mean over utterances: beside a mean over features, their α = 10
    leaves nothing but W to be minimised.

    Attributes:
        learning_rate: of the Adam of all but the critic; at a third of it a dozen epochs leave the
            classifier behind the representation, which no label shapes for it.
        alpha: weight of the distance; 0 is an autoencoder.
        critic_steps: of the critic's Adam in a step.
        critic_learning_rate: of the critic's Adam.
    """

    learning_rate: float = 3e-3
    alpha: float = 10.0
    critic_steps: int = 5
    critic_learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.alpha >= 0, "alpha", ">= 0", self.alpha)
        self.at_least_one("critic_steps")
        rate = self.critic_learning_rate
        require(rate > 0, "critic_learning_rate", "> 0", rate)

    def decoder(self, problem: EmotionProblem) -> Mlp:
        """The encoder turned round: from a representation (row, latent) to features."""
        return Mlp(features=self.latent, hidden=self.hidden, outputs=problem.features)

    def critic(self) -> Mlp:
        """From a representation (row, latent) to a score (row, 1)."""
        return Mlp(features=self.latent, hidden=self.latent, outputs=1)

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Fresh parameters: the predictor's are drawn first, so they equal the DNN's."""
        return {
            "predictor": self.predictor(problem).init(generator),
            "decoder": self.decoder(problem).init(generator),
            "critic": self.critic().init(generator),
        }

    def noise(self, problem: EmotionProblem, rows: int, streams: Streams) -> dict[str, Tensor]:
        """What dropout drops of the batch as in the DNN, and where the critic's slope is looked at.

        Nothing is dropped of the pairs: the distance is that of what a detector is asked with.
        """
        batch = rows - 2 * self.pairs
        return {
            "dropout": self.predictor(problem).noise(batch, streams["dropout"]),
            "mix": torch.rand(self.critic_steps, self.pairs, generator=streams["debias"]),
        }

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """One constant rate, and the critic's own."""
        return {
            "predictor": self.learning_rate,
            "decoder": self.learning_rate,
            "critic": self.critic_learning_rate,
        }

    def descents(self) -> Sequence[Descent]:
        """The critic's steps, then the step of all others."""
        steps = (partial(self._critic_gradient, step) for step in range(self.critic_steps))
        return (*steps, self.gradients)

    def _critic_gradient(
        self,
        step: int,
        networks: Networks,
        batch: Batch,
        noise: dict[str, Tensor],
        problem: EmotionProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """The critic ascends W's dual; no terms."""
        network = self.predictor(problem)
        women, men = (network.encode(networks["predictor"], x) for x in (batch.female, batch.male))

        gradient = critic_gradient(
            self.critic(), networks["critic"], women, men, noise["mix"][step]
        )
        return {"critic": gradient}, {}

    def gradients(
        self,
        networks: Networks,
        batch: Batch,
        noise: dict[str, Tensor],
        problem: EmotionProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of L, and of the classifier's cross-entropy; weight decay but for the critic.

        Terms: `emotion_loss` (nats), `reconstruction_loss` and `distance`, the critic's W.
        """
        network, critic = self.predictor(problem), self.critic()

        def loss(
            parameters: Parameters, decoder: Parameters
        ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
            latent = network.encode(parameters, batch.features, noise["dropout"])
            logits = network.classify(parameters, latent.detach())
            emotion = F.cross_entropy(logits, batch.label.long())
            missed = self.decoder(problem)(decoder, latent) - batch.features
            reconstruction = missed.square().sum(dim=-1).mean()
            women, men = (
                critic(networks["critic"], network.encode(parameters, rows))
                for rows in (batch.female, batch.male)
            )
            distance = critic_gap(women, men)
            total = emotion + reconstruction + self.alpha * distance
            return total, (emotion, reconstruction, distance)

        parameters, decoder = networks["predictor"], networks["decoder"]
        gradients, (_, terms) = grad_and_value(loss, argnums=(0, 1), has_aux=True)(
            parameters, decoder
        )
        directions = {
            "predictor": self.decayed(gradients[0], parameters),
            "decoder": self.decayed(gradients[1], decoder),
        }
        names = ("emotion_loss", "reconstruction_loss", "distance")
        return directions, dict(zip(names, terms, strict=True))
