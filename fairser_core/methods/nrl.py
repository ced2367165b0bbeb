"""NRL: a representation that hides the groups, then a detector on it (Feng et al. 2019).

Chien & Lee (2023) compare with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses.critic import critic_gap, critic_gradient
from fairser_core.losses.weight_decay import decayed
from fairser_core.methods.checks import require_above, require_at_least, require_share
from fairser_core.methods.emotion_method import Batch, EmotionMethod, Predictions
from fairser_core.methods.method import Descent, Networks
from fairser_core.methods.paper import CHIEN_LEE_2023, Paper
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import Parameters
from fairser_core.networks.mlp import Mlp

FENG_2019 = Paper(
    authors=("Feng", "Yang", "Lyu", "Tan", "Sun", "Wang"),
    year=2019,
    title="Learning Fair Representations via an Adversarial Framework",
    venue="arXiv:1904.13341",
    link="https://arxiv.org/abs/1904.13341",
)


class Draws(NamedTuple):
    """Randomness of one step.

    Attributes:
        dropout: of the batch; see `Dnn.draws`. Nothing of the pairs is dropped: the distance is
            that of the representations with which a detector predicts.
        mix: where on the segment between a pair the critic's slope is taken (critic step, pair).
    """

    dropout: Tensor
    mix: Tensor


@final
@dataclass(frozen=True, kw_only=True)
class Nrl(EmotionMethod):
    """Method whose encoder and decoder minimise `L = |D(E(x)) - x|² + α W(E(x₁), E(x₀))`.

    x₁ and x₀ are utterances whose ground truth is the women's or the men's perception alone. No
    label of an emotion reaches the encoder; the classifier learns from its output, beside it.
    Encoder and classifier are those of the DNN, and start from the same parameters.

    W is the gap between a critic's scores of the two groups; in each step the critic learns first.
    Feng et al. clip the critic's weights to ±0.1; here a penalty keeps its slope near 1, so that W
    is a distance in the unit of the representation. Feng et al. reconstruct the two groups, which
    hold all their data; here most utterances are in neither, so those of the batch are
    reconstructed. The error is a sum over features, as in LFR, and a mean over utterances: beside a
    mean over features, their α = 10 would leave W alone to be minimised.

    Attributes:
        batch: utterances in a step.
        learning_rate: of the Adam of all networks but the critic. At a third of the default a dozen
            epochs leave the classifier behind the representation, which no label shapes for it.
        patience: epochs without a better validation macro F1 after which a lane stops and keeps
            its best epoch; 0 trains all epochs and keeps the last.
        dropout: share of units dropped.
        weight_decay: of all parameters but the critic's, added to their gradient (L2
            regularisation).
        hidden: units of the first layer, and of the decoder's hidden layer.
        latent: units of the second layer, whose output is the latent representation, and of the
            critic's hidden layer.
        pairs: utterances of each group in a step.
        alpha: α, weight of the distance; 0 is an autoencoder.
        critic_steps: of the critic's Adam in a step.
        critic_learning_rate: of the critic's Adam.
    """

    papers = (FENG_2019, CHIEN_LEE_2023)
    systems = (("nrl", "NRL"),)
    weight = "alpha"
    hands_over_detectors = True

    batch: int = 32
    learning_rate: float = 3e-3
    patience: int = 0
    dropout: float = 0.2
    weight_decay: float = 1e-3
    hidden: int = 256
    latent: int = 128
    pairs: int = 16
    alpha: float = 10.0
    critic_steps: int = 5
    critic_learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        require_at_least(2, batch=self.batch)
        require_above(0, learning_rate=self.learning_rate)
        require_at_least(0, patience=self.patience)
        require_share(dropout=self.dropout)
        require_at_least(0, weight_decay=self.weight_decay)
        require_at_least(1, hidden=self.hidden, latent=self.latent)
        require_at_least(2, pairs=self.pairs)
        require_at_least(0, alpha=self.alpha)
        require_at_least(1, critic_steps=self.critic_steps)
        require_above(0, critic_learning_rate=self.critic_learning_rate)

    @property
    def extra_pairs(self) -> int:
        """The setting `pairs`."""
        return self.pairs

    def predictor(self, problem: EmotionProblem) -> Dnn:
        """Return the network of encoder and classifier."""
        return Dnn(
            features=problem.features,
            hidden=self.hidden,
            latent=self.latent,
            dropout=self.dropout,
        )

    def decoder(self, problem: EmotionProblem) -> Mlp:
        """Return the mirrored encoder: from a representation (row, latent) to features."""
        return Mlp(features=self.latent, hidden=self.hidden, outputs=problem.features)

    def critic(self) -> Mlp:
        """Return the network from a representation (row, latent) to a score (row, 1)."""
        return Mlp(features=self.latent, hidden=self.latent, outputs=1)

    def predict(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Predictions:
        """Predict the emotion of utterances (utterance, feature), alike from each perspective."""
        score, latent = self.predictor(problem).detect(networks["predictor"], features)
        return Predictions(score, score, score, latent)

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Draw fresh parameters, the predictor's first, so that they equal the DNN's."""
        return {
            "predictor": self.predictor(problem).init(generator),
            "decoder": self.decoder(problem).init(generator),
            "critic": self.critic().init(generator),
        }

    def draws(self, problem: EmotionProblem, rows: int, streams: Streams) -> Draws:
        """Draw the randomness of a step; the DNN draws the same for its dropout."""
        batch = rows - 2 * self.pairs
        return Draws(
            dropout=self.predictor(problem).draws(batch, streams["dropout"]),
            mix=torch.rand(self.critic_steps, self.pairs, generator=streams["debias"]),
        )

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the rates of all networks, which are constant."""
        return {
            "predictor": self.learning_rate,
            "decoder": self.learning_rate,
            "critic": self.critic_learning_rate,
        }

    def descents(self) -> Sequence[Descent]:
        """Return the critic's steps, then the step of all others."""
        steps = (partial(self._critic_gradient, step) for step in range(self.critic_steps))
        return (*steps, self.gradients)

    def _critic_gradient(
        self,
        step: int,
        networks: Networks,
        batch: Batch,
        draws: Draws,
        problem: EmotionProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient of the critic's loss at the representations of this step."""
        encode = partial(self.predictor(problem).encode, networks["predictor"])
        women, men = encode(batch.female), encode(batch.male)
        gradient = critic_gradient(self.critic(), networks["critic"], women, men, draws.mix[step])
        return {"critic": gradient}, {}

    def gradients(
        self,
        networks: Networks,
        batch: Batch,
        draws: Draws,
        problem: EmotionProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient of L and of the classifier's cross-entropy, with weight decay.

        Terms: `emotion_loss` (nats), `reconstruction_loss` and `distance`, the critic's W.
        """

        def loss(trained: Networks) -> tuple[Tensor, dict[str, Tensor]]:
            terms = self._terms(trained, networks["critic"], batch, draws, problem)
            return (
                terms["emotion_loss"]
                + terms["reconstruction_loss"]
                + self.alpha * terms["distance"]
            ), terms

        trained = {name: networks[name] for name in ("predictor", "decoder")}
        gradients, (_, terms) = grad_and_value(loss, has_aux=True)(trained)
        directions = {
            name: decayed(gradients[name], trained[name], self.weight_decay) for name in trained
        }
        return directions, terms

    def _terms(
        self,
        trained: Networks,
        critic: Parameters,
        batch: Batch,
        draws: Draws,
        problem: EmotionProblem,
    ) -> dict[str, Tensor]:
        """Return the classifier's cross-entropy and both terms of L, without α."""
        network, parameters = self.predictor(problem), trained["predictor"]
        latent = network.encode(parameters, batch.features, draws.dropout)
        logits = network.classify(parameters, latent.detach())
        missed = self.decoder(problem)(trained["decoder"], latent) - batch.features
        women, men = (
            self.critic()(critic, network.encode(parameters, rows))
            for rows in (batch.female, batch.male)
        )
        return {
            "emotion_loss": F.cross_entropy(logits, batch.label.long()),
            "reconstruction_loss": missed.square().sum(dim=-1).mean(),
            "distance": critic_gap(women, men),
        }
