"""Baseline: the predictor of activation alone, without de-biasing (Gorrostieta et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.activation import Problem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import losses
from fairser_core.methods.activation_method import (
    POOLINGS,
    ActivationMethod,
    Batch,
    VectorPooling,
    over_targets,
    predict_activation,
    predictor_network,
)
from fairser_core.methods.checks import (
    require_above,
    require_at_least,
    require_one_of,
    require_share,
)
from fairser_core.methods.method import Descent, Networks
from fairser_core.methods.paper import GORROSTIETA_2019
from fairser_core.networks.cnn import Cnn
from fairser_core.networks.layers import Parameters
from fairser_core.networks.vector_network import VectorNetwork


@final
@dataclass(frozen=True, kw_only=True)
class Baseline(ActivationMethod):
    """Method that minimises `L_P = -CCC` over each batch (Eq. 9).

    Defaults are the paper's best network and training (section 4); the paper does not state the
    learning rate.

    Attributes:
        batch: windows in a step.
        learning_rate: of the predictor's Adam.
        patience: epochs without a better validation CCC after which a lane stops and keeps its
            best epoch; 0 trains all epochs and keeps the last.
        conv_layers: convolutional layers.
        filters: of the first convolutional layer; each further layer has twice as many.
        kernel: side of a filter.
        stride: of a filter, both ways.
        hidden_layers: fully connected layers before the output.
        hidden: units of each.
        dropout: share of hidden units dropped (the paper's keep probability is 0.7).
        stratified_batches: give every batch the training set's proportions of gender and level.
        layer: layer of a speech model, for `features = "vectors"`; 0 is the encoder's input.
        pooling: statistics of a vector: `mean` over frames, `mean_std` with the standard deviation,
            or `weighted`, means of all layers weighed by a softmax that is trained.
        activation_weight: weight of the target activation among several; so of the two others.
        valence_weight: of valence.
        dominance_weight: of dominance.
    """

    papers = (GORROSTIETA_2019,)
    systems = (("baseline", "None"), ("baseline_vectors", "None, vectors"))

    batch: int = 200
    learning_rate: float = 1e-3
    patience: int = 0
    conv_layers: int = 2
    filters: int = 16
    kernel: int = 8
    stride: int = 4
    hidden_layers: int = 2
    hidden: int = 128
    dropout: float = 0.3
    stratified_batches: bool = False
    layer: int = 0
    pooling: VectorPooling = "mean"
    activation_weight: float = 1.0
    valence_weight: float = 1.0
    dominance_weight: float = 1.0

    def __post_init__(self) -> None:
        require_at_least(2, batch=self.batch)
        require_above(0, learning_rate=self.learning_rate)
        require_at_least(0, patience=self.patience)
        require_share(dropout=self.dropout)
        require_at_least(1, conv_layers=self.conv_layers, filters=self.filters)
        require_at_least(1, kernel=self.kernel, stride=self.stride)
        require_at_least(1, hidden_layers=self.hidden_layers, hidden=self.hidden)
        require_at_least(0, layer=self.layer)
        require_one_of(POOLINGS, pooling=self.pooling)
        require_above(0, activation_weight=self.activation_weight)
        require_above(0, valence_weight=self.valence_weight)
        require_above(0, dominance_weight=self.dominance_weight)

    def predictor(self, problem: Problem) -> Cnn | VectorNetwork:
        """Return the network that predicts activation."""
        return predictor_network(
            problem,
            {
                "conv_layers": self.conv_layers,
                "filters": self.filters,
                "kernel": self.kernel,
                "stride": self.stride,
            },
            {
                "hidden_layers": self.hidden_layers,
                "hidden": self.hidden,
                "dropout": self.dropout,
            },
            self.pooling,
        )

    def predict(
        self,
        parameters: Parameters,
        windows: Tensor,
        problem: Problem,
        draws: Tensor | None = None,
    ) -> Tensor:
        """Predict activation (window,); see `predict_activation`."""
        return predict_activation(self.predictor(problem), parameters, windows, problem, draws)

    def init(self, problem: Problem, generator: torch.Generator) -> Networks:
        """Draw fresh parameters of the predictor."""
        return {"predictor": self.predictor(problem).init(generator)}

    def draws(self, problem: Problem, rows: int, streams: Streams) -> Tensor:
        """Draw the numbers that decide on dropout; see `Head.draws`."""
        return self.predictor(problem).draws(rows, streams["dropout"])

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the predictor's rate, which is constant."""
        return {"predictor": self.learning_rate}

    def descents(self) -> Sequence[Descent]:
        """Return the one descent."""
        return (self.gradients,)

    def gradients(
        self, networks: Networks, batch: Batch, draws: Tensor, problem: Problem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient of L_P, and the term `primary_loss` (L_P)."""

        def primary(parameters: Parameters) -> Tensor:
            output = self.predictor(problem)(parameters, batch.windows, draws)
            (loss,) = over_targets(_primary, output, batch, problem, self)
            return loss

        gradient, value = grad_and_value(primary)(networks["predictor"])
        return {"predictor": gradient}, {"primary_loss": value}


def _primary(output: Tensor, target: Tensor, high: Tensor, problem: Problem) -> tuple[Tensor]:
    """Return L_P of one target."""
    return (-losses.ccc(target, output),)
