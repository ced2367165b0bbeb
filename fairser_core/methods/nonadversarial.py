"""The recall penalty without an adversary (Gorrostieta et al. 2019, Eqs. 6 and 7)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.activation import Problem
from fairser_core.losses import losses
from fairser_core.methods.activation_method import ActivationMethod, Batch
from fairser_core.methods.method import Networks, require
from fairser_core.networks.networks import Parameters


@dataclass(frozen=True, kw_only=True)
class NonAdversarial(ActivationMethod):
    """Minimises `L_N = L_P + alpha1 L_eq`.

    The paper's recalls count thresholded predictions, so their gradient is zero almost
    everywhere; a sigmoid around the threshold stands in for the step.

    Attributes:
        alpha1: weight of the penalty; 0 is the baseline.
        temperature: width of the sigmoid in units of the label (rating points).
        surrogate: `soft` uses the sigmoid throughout; `straight_through` counts hard recalls
            forward and takes the sigmoid's gradient backward.
    """

    alpha1: float = 1.0
    temperature: float = 0.5
    surrogate: Literal["soft", "straight_through"] = "soft"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.alpha1 >= 0, "alpha1", ">= 0", self.alpha1)
        require(self.temperature > 0, "temperature", "> 0", self.temperature)
        self.one_of("surrogate", ("soft", "straight_through"))

    def init(self, problem: Problem, generator: torch.Generator) -> Networks:
        """Fresh parameters of the predictor."""
        return {"predictor": self.predictor(problem).init(generator)}

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """One constant rate: the paper trains this method with a single optimiser."""
        return {"predictor": self.learning_rate}

    def gradients(
        self, networks: Networks, batch: Batch, noise: Tensor, problem: Problem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of Eq. 6; terms: `primary_loss` (L_P) and `recall_penalty` (L_eq)."""

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            predicted = self.predict(parameters, batch.windows, problem, noise)
            primary = -losses.ccc(batch.target, predicted)
            penalty = losses.soft_recall_gap(
                predicted,
                batch.high,
                batch.female,
                problem.threshold,
                temperature=self.temperature,
                surrogate=self.surrogate,
            )
            return primary + self.alpha1 * penalty, (primary, penalty)

        gradient, (_, (primary, penalty)) = grad_and_value(objective, has_aux=True)(
            networks["predictor"]
        )
        terms = {"primary_loss": primary.detach(), "recall_penalty": penalty.detach()}
        return {"predictor": gradient}, terms
