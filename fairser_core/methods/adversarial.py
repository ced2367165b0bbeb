"""Projected-gradient adversary for equality of odds (Gorrostieta et al. 2019, Eqs. 2 to 5)."""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad_and_value, vjp

from fairser_core.datasets.activation import Problem
from fairser_core.losses import losses
from fairser_core.losses.projection import debias
from fairser_core.methods.activation_method import ActivationMethod, Batch
from fairser_core.methods.method import Networks, require
from fairser_core.networks.networks import Adversary, Parameters


@dataclass(frozen=True, kw_only=True)
class Adversarial(ActivationMethod):
    """The predictor learns activation while an adversary learns gender from its predictions.

    Both step at once, each with its own Adam. `alpha0 = 0` is not the baseline: the projection
    still removes what would help the adversary.

    Attributes:
        alpha0: weight of the adversarial term (Eq. 5).
        adversary_learning_rate: of the adversary's Adam.
        adversary_input: what the adversary's sigmoid sees: `centred` (prediction less threshold),
            `standardised` (the network's own output), or `raw`, the paper's letter, which
            saturates the sigmoid on a 1..7 scale and is close to inert.
        projection: whether Eq. 5 projects the predictor's gradient as one vector (`global`, as
            Zhang et al. 2018 define it) or tensor by tensor (`per_tensor`, as libraries do).
        schedule: `constant`, the paper's; `zhang` lets alpha0 grow with the square root of the
            epoch and divides both learning rates by it (Zhang et al. 2018).
    """

    alpha0: float = 1.0
    adversary_learning_rate: float = 1e-2
    adversary_input: Literal["centred", "raw", "standardised"] = "centred"
    projection: Literal["global", "per_tensor"] = "global"
    schedule: Literal["constant", "zhang"] = "constant"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.alpha0 >= 0, "alpha0", ">= 0", self.alpha0)
        rate = self.adversary_learning_rate
        require(rate > 0, "adversary_learning_rate", "> 0", rate)
        self.one_of("adversary_input", ("centred", "raw", "standardised"))
        self.one_of("projection", ("global", "per_tensor"))
        self.one_of("schedule", ("constant", "zhang"))

    def init(self, problem: Problem, generator: torch.Generator) -> Networks:
        """Fresh parameters: the predictor's are drawn first, so they equal the baseline's."""
        return {
            "predictor": self.predictor(problem).init(generator),
            "adversary": Adversary().init(generator),
        }

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """One rate for each of the two optimisers."""
        decay = 1 / epoch if self.schedule == "zhang" else 1.0
        return {
            "predictor": self.learning_rate * decay,
            "adversary": self.adversary_learning_rate * decay,
        }

    def _score(self, predicted: Tensor, problem: Problem) -> Tensor:
        """`u` of Eq. 2 (window,)."""
        if self.adversary_input == "centred":
            return predicted - problem.threshold
        if self.adversary_input == "standardised":
            return (predicted - problem.mean) / problem.deviation
        return predicted

    def gradients(
        self, networks: Networks, batch: Batch, noise: Tensor, problem: Problem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Eq. 5 for the predictor, the gradient of Eq. 10 for the adversary, one forward pass.

        Terms: `primary_loss` (L_P), `adversary_loss` (L_A, nats) and `adversary_advantage`,
        H(gender | level) - L_A: near 0 when the adversary is fooled.
        """

        def forward(parameters: Parameters) -> Tensor:
            return self.predict(parameters, batch.windows, problem, noise)

        def primary(predicted: Tensor) -> Tensor:
            return -losses.ccc(batch.target, predicted)

        def adversarial(predicted: Tensor, adversary: Parameters) -> Tensor:
            logit = Adversary()(adversary, self._score(predicted, problem), batch.high)
            return F.binary_cross_entropy_with_logits(logit, batch.female)

        predicted, pull_back = vjp(forward, networks["predictor"])[:2]
        primary_slope, primary_loss = grad_and_value(primary)(predicted)
        (adversarial_slope, adversary_gradient), adversary_loss = grad_and_value(
            adversarial, argnums=(0, 1)
        )(predicted, networks["adversary"])
        (primary_gradient,) = pull_back(primary_slope)
        (adversarial_gradient,) = pull_back(adversarial_slope)
        alpha0 = self.alpha0 * (epoch**0.5 if self.schedule == "zhang" else 1.0)
        direction = debias(primary_gradient, adversarial_gradient, alpha0, self.projection)
        terms = {
            "primary_loss": primary_loss,
            "adversary_loss": adversary_loss,
            "adversary_advantage": problem.gender_entropy - adversary_loss,
        }
        return {"predictor": direction, "adversary": adversary_gradient}, terms
