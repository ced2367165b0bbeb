"""The predictor alone, without de-biasing: negative CCC (Gorrostieta et al. 2019, Eq. 9)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.activation import Problem
from fairser_core.losses import losses
from fairser_core.methods.activation_method import ActivationMethod, Batch
from fairser_core.methods.method import Networks
from fairser_core.networks.networks import Parameters


@dataclass(frozen=True, kw_only=True)
class Baseline(ActivationMethod):
    """Minimises `L_P = -CCC` over each batch."""

    def init(self, problem: Problem, generator: torch.Generator) -> Networks:
        """Fresh parameters of the predictor."""
        return {"predictor": self.predictor(problem).init(generator)}

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """One constant rate."""
        return {"predictor": self.learning_rate}

    def gradients(
        self, networks: Networks, batch: Batch, noise: Tensor, problem: Problem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Gradient of Eq. 9; terms: `primary_loss`."""

        def primary(parameters: Parameters) -> Tensor:
            predicted = self.predict(parameters, batch.windows, problem, noise)
            return -losses.ccc(batch.target, predicted)

        gradient, value = grad_and_value(primary)(networks["predictor"])
        return {"predictor": gradient}, {"primary_loss": value}
