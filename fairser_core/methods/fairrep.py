"""FairRep: a representation that hides whose perception a label is.

Stage 1 of Chien & Lee (2023).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, final, get_args

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import losses, wasserstein
from fairser_core.losses.critic import critic_gap, critic_gradient
from fairser_core.losses.weight_decay import decayed
from fairser_core.methods.checks import (
    require_above,
    require_at_least,
    require_one_of,
    require_share,
)
from fairser_core.methods.emotion_method import Batch, EmotionMethod, Predictions
from fairser_core.methods.method import Descent, Networks
from fairser_core.methods.paper import CHIEN_LEE_2023
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import Parameters
from fairser_core.networks.mlp import Mlp

OPPONENT_HIDDEN = 64
"""Hidden units of the adversary and of the critic; four times as many did no better."""
Estimator = Literal["sliced", "critic_gp", "sinkhorn"]


class Draws(NamedTuple):
    """Randomness of one step; the DNN draws only the first.

    Attributes:
        batch: dropout of the batch (utterance, unit).
        pairs: dropout of the pairs, the women's first (two a pair, unit).
        distance: draws of the estimator: directions (direction, latent), or where on the segment
            between a pair the critic's slope is taken (critic step, pair).
    """

    batch: Tensor
    pairs: Tensor
    distance: Tensor


@final
@dataclass(frozen=True, kw_only=True)
class FairRep(EmotionMethod):
    """Method whose encoder deceives an adversary, and draws two groups together.

        L_Rep = L_1 - λ L_A + α L_D      (section 2.2.2)

    L_1 is the cross-entropy of the emotion over the batch. L_A is the cross-entropy of the
    adversary, which guesses from the latent representation z whether the ground truth is the
    women's or the men's perception. L_D is the Wasserstein-1 distance between z of the one and of
    the other. L_A and L_D are of pairs that each step takes beside its batch: of 32 utterances
    often fewer than ten are of either group. Encoder and classifier descend L_Rep and the adversary
    L_A, at once, by gradient reversal. Without either term (`alpha` and `adversary_weight` 0) the
    method is `Dnn`, bit for bit.

    Section 3.1 of the paper gives batch, rate, dropout and weight decay, not the layers' sizes.

    Attributes:
        batch: utterances in a step.
        learning_rate: of the Adam of encoder and classifier.
        patience: epochs without a better validation macro F1 after which a lane stops and keeps
            its best epoch; 0 trains all epochs and keeps the last.
        dropout: share of units dropped.
        weight_decay: of encoder and classifier, added to their gradient (L2 regularisation).
        hidden: units of the first layer.
        latent: units of the second layer, whose output is z.
        pairs: utterances of each group in a step.
        alpha: α, weight of the distance; with 0 the method is the paper's FairRepG.
        adversary_weight: λ, 1 in the paper's equation; with 0 the method is the paper's FairRepF.
        adversary_learning_rate: of the adversary's Adam. An adversary no faster than the encoder
            guesses worse than chance, and the encoder only moves its cues about.
        estimator: of the distance. `sliced`: the sliced distance times √(πd/2), with d the width of
            z, so that a shift of one group has its length, as in W₁ itself: one α suits all three
            estimators, and any d. `sinkhorn`: the divergence. `critic_gp`: the gap between the
            scores of a critic with gradient penalty.
        directions: number of directions of `sliced`.
        critic_steps: of the critic's Adam before each step of the others.
        critic_learning_rate: of the critic's Adam.
    """

    papers = (CHIEN_LEE_2023,)
    systems = (("fairrep_g", "FairRepG"), ("fairrep_f", "FairRepF"), ("fairrep", "FairRep"))
    weight = "alpha"
    sensitivity = ("adversary_learning_rate", "alpha")
    hands_over_detectors = True

    batch: int = 32
    learning_rate: float = 1e-3
    patience: int = 0
    dropout: float = 0.2
    weight_decay: float = 1e-3
    hidden: int = 256
    latent: int = 128
    pairs: int = 16
    alpha: float = 0.1
    adversary_weight: float = 1.0
    adversary_learning_rate: float = 1e-2
    estimator: Estimator = "sliced"
    directions: int = 64
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
        require_at_least(0, alpha=self.alpha, adversary_weight=self.adversary_weight)
        require_above(0, adversary_learning_rate=self.adversary_learning_rate)
        require_above(0, critic_learning_rate=self.critic_learning_rate)
        require_one_of(get_args(Estimator), estimator=self.estimator)
        require_at_least(1, directions=self.directions, critic_steps=self.critic_steps)

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

    @property
    def _opponent(self) -> Mlp:
        """Network of the adversary and of the critic, from z (row, latent) to (row, 1)."""
        return Mlp(features=self.latent, hidden=OPPONENT_HIDDEN, outputs=1)

    @property
    def _has_critic(self) -> bool:
        return self.alpha > 0 and self.estimator == "critic_gp"

    def predict(self, networks: Networks, features: Tensor, problem: EmotionProblem) -> Predictions:
        """Predict the emotion of utterances (utterance, feature), alike from each perspective."""
        score, latent = self.predictor(problem).detect(networks["predictor"], features)
        return Predictions(score, score, score, latent)

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Draw fresh parameters, the predictor's first, so that they equal those of `Dnn`."""
        networks = {"predictor": self.predictor(problem).init(generator)}
        opponents = [name for name in self.learning_rates(1) if name != "predictor"]
        return networks | {name: self._opponent.init(generator) for name in opponents}

    def draws(self, problem: EmotionProblem, rows: int, streams: Streams) -> Draws:
        """Draw the randomness of a step; all that `Dnn` does not draw has its own stream."""
        network, generator = self.predictor(problem), streams["debias"]
        return Draws(
            batch=network.draws(rows - 2 * self.pairs, streams["dropout"]),
            pairs=network.draws(2 * self.pairs, generator),
            distance=self._distance_draws(generator),
        )

    def _distance_draws(self, generator: torch.Generator) -> Tensor:
        if self._has_critic:
            return torch.rand(self.critic_steps, self.pairs, generator=generator)
        if self.alpha and self.estimator == "sliced":
            return wasserstein.directions(self.directions, self.latent, generator)
        return torch.empty(0)

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the rates, which are constant, of the networks of the terms in use."""
        rates = {"predictor": self.learning_rate}
        if self.adversary_weight:
            rates["adversary"] = self.adversary_learning_rate
        if self._has_critic:
            rates["critic"] = self.critic_learning_rate
        return rates

    def descents(self) -> Sequence[Descent]:
        """Return the critic's steps, if there is one, then the step of all others."""
        steps = range(self.critic_steps if self._has_critic else 0)
        return [*(partial(self._critic_gradient, step) for step in steps), self.gradients]

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
        female, male = self._latent(networks["predictor"], batch, draws, problem)
        gradient = critic_gradient(
            self._opponent, networks["critic"], female, male, draws.distance[step]
        )
        return {"critic": gradient}, {}

    def gradients(
        self, networks: Networks, batch: Batch, draws: Draws, problem: EmotionProblem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient of L_Rep, with weight decay, and that of L_A for the adversary.

        Terms: `emotion_loss` (L_1, nats), `representation_loss` (L_Rep), and of those in use
        `adversary_loss` (L_A, nats), `adversary_advantage` (log 2 - L_A: near 0 when the adversary
        is fooled) and `distance` (L_D).
        """

        def descended(trained: Networks) -> tuple[Tensor, dict[str, Tensor]]:
            predictor = trained["predictor"]
            logits = self.predictor(problem)(predictor, batch.features, draws.batch)
            total = F.cross_entropy(logits, batch.label.long())
            terms = {"emotion_loss": total}
            if self.adversary_weight or self.alpha:
                female, male = self._latent(predictor, batch, draws, problem)
            if self.adversary_weight:
                terms["adversary_loss"] = self._adversary_loss(trained["adversary"], female, male)
                total = total + terms["adversary_loss"]
            if self.alpha:
                terms["distance"] = self._distance(networks, female, male, draws.distance)
                total = total + self.alpha * terms["distance"]
            return total, terms

        trained = {name: networks[name] for name in self.learning_rates(epoch) if name != "critic"}
        gradients, (_, terms) = grad_and_value(descended, has_aux=True)(trained)
        predictor = decayed(gradients["predictor"], networks["predictor"], self.weight_decay)
        return {**gradients, "predictor": predictor}, self._reported(terms)

    def _latent(
        self, predictor: Parameters, batch: Batch, draws: Draws, problem: EmotionProblem
    ) -> tuple[Tensor, Tensor]:
        """Return z of the pairs: of women's and of men's utterances (pair, latent)."""
        features = torch.cat([batch.female, batch.male])
        latent = self.predictor(problem).encode(predictor, features, draws.pairs)
        female, male = latent.chunk(2)
        return female, male

    def _adversary_loss(self, adversary: Parameters, female: Tensor, male: Tensor) -> Tensor:
        """Return L_A in nats, log 2 for a fooled adversary; the encoder's gradient is -λ L_A's."""
        latent = losses.reverse(torch.cat([female, male]), self.adversary_weight)
        logit = self._opponent(adversary, latent)[:, 0]
        truth = torch.cat([torch.ones_like(female[:, 0]), torch.zeros_like(male[:, 0])])
        return F.binary_cross_entropy_with_logits(logit, truth)

    def _distance(self, networks: Networks, female: Tensor, male: Tensor, drawn: Tensor) -> Tensor:
        """Return L_D, in the unit of z."""
        if self.estimator == "sliced":
            as_long_as_a_shift = math.sqrt(math.pi * self.latent / 2)
            return as_long_as_a_shift * wasserstein.sliced(female, male, drawn)
        if self.estimator == "sinkhorn":
            return wasserstein.sinkhorn(female, male)
        scores = (self._opponent(networks["critic"], rows)[:, 0] for rows in (female, male))
        return critic_gap(*scores)

    def _reported(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the terms in use, and L_Rep with its signs."""
        reported = {name: value.detach() for name, value in terms.items()}
        representation = reported["emotion_loss"]
        if "adversary_loss" in reported:
            guess = reported["adversary_loss"]
            representation = representation - self.adversary_weight * guess
            reported["adversary_advantage"] = math.log(2) - guess
        if "distance" in reported:
            representation = representation + self.alpha * reported["distance"]
        return {**reported, "representation_loss": representation}
