"""Stage 1 of Chien & Lee: a representation that does not tell whose perception a label is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import losses, wasserstein
from fairser_core.methods.dnn_method import DnnMethod
from fairser_core.methods.emotion_method import Batch
from fairser_core.methods.method import Descent, Networks, require
from fairser_core.methods.paired_method import PairedMethod
from fairser_core.networks.networks import Mlp, Parameters

OPPONENT_HIDDEN = 64
"""Hidden units of the adversary and of the critic; four times as many did no better."""


class Noise(NamedTuple):
    """The chance of one step; only the first is that of the detector alone.

    Attributes:
        batch: what dropout drops of the batch (utterance, unit).
        pairs: what it drops of the pairs, the women's first (two a pair, unit).
        distance: what the estimator draws: directions (direction, latent), or how far along the
            segment between a pair the critic's slope is looked at (critic step, pair).
    """

    batch: Tensor
    pairs: Tensor
    distance: Tensor


@dataclass(frozen=True, kw_only=True)
class FairRep(PairedMethod, DnnMethod):
    """The detector's encoder hides from an adversary, and brings two groups together.

        L_Rep = L_1 - λ L_A + α L_D      (section 2.2.2)

    L_1 is the cross-entropy of the emotion over the batch. L_A is that of the adversary, which
    guesses from the latent representation z whether the ground truth is the women's or the men's
    perception, and L_D the Wasserstein-1 distance between z of the one and of the other. Both are
    of pairs that each step takes beside its batch: of 32 utterances often fewer than ten are of
    either group. Encoder and classifier descend L_Rep and the adversary L_A, at once, by gradient
    reversal. Without either term (`alpha` and `adversary_weight` 0) it is `Dnn`, bit for bit.

    Attributes:
        alpha: α, weight of the distance; with 0 it is the paper's FairRepG.
        adversary_weight: λ, which the paper's equation has at 1; with 0 it is the paper's FairRepF.
        adversary_learning_rate: of its Adam. An adversary no faster than the encoder guesses worse
            than chance, and the encoder only moves what there is to guess from.
        estimator: of the distance. `sliced`: the sliced distance times √(πd/2), d the width of z,
            so that a shift of one group has its length, as in W₁ itself: one α suits all three,
            and any d. `sinkhorn`: the divergence. `critic_gp`: what a critic with gradient
            penalty tells the groups apart by.
        directions: that `sliced` slices along.
        critic_steps: that the critic is trained before each step of the others.
        critic_learning_rate: of its Adam.
    """

    alpha: float = 0.1
    adversary_weight: float = 1.0
    adversary_learning_rate: float = 1e-2
    estimator: Literal["sliced", "critic_gp", "sinkhorn"] = "sliced"
    directions: int = 64
    critic_steps: int = 5
    critic_learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.alpha >= 0, "alpha", ">= 0", self.alpha)
        require(self.adversary_weight >= 0, "adversary_weight", ">= 0", self.adversary_weight)
        for name in ("adversary_learning_rate", "critic_learning_rate"):
            require(getattr(self, name) > 0, name, "> 0", getattr(self, name))
        self.one_of("estimator", ("sliced", "critic_gp", "sinkhorn"))
        self.at_least_one("directions", "critic_steps")

    @property
    def _has_critic(self) -> bool:
        return self.alpha > 0 and self.estimator == "critic_gp"

    @property
    def _opponent(self) -> Mlp:
        """The network of the adversary and of the critic."""
        return Mlp(features=self.latent, hidden=OPPONENT_HIDDEN, outputs=1)

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Constant rates of the networks that there are."""
        rates = {"predictor": self.learning_rate}
        if self.adversary_weight:
            rates["adversary"] = self.adversary_learning_rate
        if self._has_critic:
            rates["critic"] = self.critic_learning_rate
        return rates

    def init(self, problem: EmotionProblem, generator: torch.Generator) -> Networks:
        """Fresh parameters: the detector's are drawn first, so they equal those of `Dnn`."""
        networks = {"predictor": self.predictor(problem).init(generator)}
        opponents = [name for name in self.learning_rates(1) if name != "predictor"]
        return networks | {name: self._opponent.init(generator) for name in opponents}

    def noise(self, problem: EmotionProblem, rows: int, streams: Streams) -> Noise:
        """The chance of a step; what `Dnn` does not draw comes from a stream of its own."""
        network, own = self.predictor(problem), streams["debias"]
        return Noise(
            batch=network.noise(rows - 2 * self.pairs, streams["dropout"]),
            pairs=network.noise(2 * self.pairs, own),
            distance=self._distance_noise(own),
        )

    def _distance_noise(self, generator: torch.Generator) -> Tensor:
        if self._has_critic:
            return torch.rand(self.critic_steps, self.pairs, generator=generator)
        if self.alpha and self.estimator == "sliced":
            return wasserstein.directions(self.directions, self.latent, generator)
        return torch.empty(0)

    def descents(self) -> Sequence[Descent]:
        """First the critic, if there is one, in several steps; then all others at once."""
        steps = range(self.critic_steps if self._has_critic else 0)
        return [*(partial(self._critic_gradient, step) for step in steps), self.gradients]

    def _critic_gradient(
        self,
        step: int,
        networks: Networks,
        batch: Batch,
        noise: Noise,
        problem: EmotionProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of what the critic descends: -(gap - 10 penalty), at the z of this step."""
        female, male = self._latent(networks["predictor"], batch, noise, problem)

        gradient = wasserstein.critic_gradient(
            self._opponent, networks["critic"], female, male, noise.distance[step]
        )
        return {"critic": gradient}, {}

    def _latent(
        self, predictor: Parameters, batch: Batch, noise: Noise, problem: EmotionProblem
    ) -> tuple[Tensor, Tensor]:
        """Representations z of the pairs: women's and men's utterances (pair, latent)."""
        features = torch.cat([batch.female, batch.male])
        latent = self.predictor(problem).encode(predictor, features, noise.pairs)
        female, male = latent.chunk(2)
        return female, male

    def _adversary_loss(self, adversary: Parameters, female: Tensor, male: Tensor) -> Tensor:
        """L_A, in nats: log 2 where the adversary cannot tell. The encoder's gradient is -λ L_A."""
        latent = losses.reverse(torch.cat([female, male]), self.adversary_weight)
        logit = self._opponent(adversary, latent)[:, 0]
        truth = torch.cat([torch.ones_like(female[:, 0]), torch.zeros_like(male[:, 0])])
        return F.binary_cross_entropy_with_logits(logit, truth)

    def _distance(self, networks: Networks, female: Tensor, male: Tensor, drawn: Tensor) -> Tensor:
        """L_D."""
        if self.estimator == "sliced":
            as_long_as_a_shift = math.sqrt(math.pi * self.latent / 2)
            return as_long_as_a_shift * wasserstein.sliced(female, male, drawn)
        if self.estimator == "sinkhorn":
            return wasserstein.sinkhorn(female, male)
        scores = (self._opponent(networks["critic"], rows)[:, 0] for rows in (female, male))
        return wasserstein.critic_gap(*scores)

    def gradients(
        self, networks: Networks, batch: Batch, noise: Noise, problem: EmotionProblem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of L_Rep, and weight decay, for the detector; that of L_A for the adversary.

        Terms: `emotion_loss` (L_1, nats), `representation_loss` (L_Rep), and of those in use
        `adversary_loss` (L_A, nats), `adversary_advantage` (log 2 - L_A: near 0 when the adversary
        is fooled) and `distance` (L_D).
        """

        def descended(trained: Networks) -> tuple[Tensor, dict[str, Tensor]]:
            predictor = trained["predictor"]
            logits = self.predictor(problem)(predictor, batch.features, noise.batch)
            total = F.cross_entropy(logits, batch.label.long())
            terms = {"emotion_loss": total}
            if self.adversary_weight or self.alpha:
                female, male = self._latent(predictor, batch, noise, problem)
            if self.adversary_weight:
                terms["adversary_loss"] = self._adversary_loss(trained["adversary"], female, male)
                total = total + terms["adversary_loss"]
            if self.alpha:
                terms["distance"] = self._distance(networks, female, male, noise.distance)
                total = total + self.alpha * terms["distance"]
            return total, terms

        trained = {name: networks[name] for name in self.learning_rates(epoch) if name != "critic"}
        gradients, (_, terms) = grad_and_value(descended, has_aux=True)(trained)
        predictor = self.decayed(gradients["predictor"], networks["predictor"])
        return {**gradients, "predictor": predictor}, self._reported(terms)

    def _reported(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """The terms in use, and L_Rep with its signs."""
        reported = {name: value.detach() for name, value in terms.items()}
        representation = reported["emotion_loss"]
        if "adversary_loss" in reported:
            guess = reported["adversary_loss"]
            representation = representation - self.adversary_weight * guess
            reported["adversary_advantage"] = math.log(2) - guess
        if "distance" in reported:
            representation = representation + self.alpha * reported["distance"]
        return {**reported, "representation_loss": representation}
