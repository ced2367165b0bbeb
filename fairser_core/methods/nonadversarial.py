"""Non-adversarial: a penalty on recalls that differ by group (Gorrostieta et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final, get_args

import torch
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.activation import Problem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import losses
from fairser_core.losses.losses import Surrogate
from fairser_core.methods.activation_method import (
    POOLINGS,
    ActivationMethod,
    Batch,
    LabelUnit,
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
class NonAdversarial(ActivationMethod):
    """Method that minimises `L_N = L_P + alpha1 L_eq` (Eqs. 6 and 7).

    The paper's recalls count thresholded predictions, so their gradient is zero almost
    everywhere. A sigmoid around the threshold stands in for the step. Defaults of the predictor
    are the paper's best network and training (section 4).

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
        alpha1: weight of the penalty; 0 is the baseline.
        temperature: width of the sigmoid. On a scale of 1..7, where activation has a standard
            deviation of about 1.1, the default is half a rating point.
        label_unit: unit of the temperature; `point` is for sweeps of earlier versions.
        surrogate: `soft` uses the sigmoid throughout; `straight_through` counts hard recalls
            forward and takes the sigmoid's gradient backward.
    """

    papers = (GORROSTIETA_2019,)
    systems = (
        ("nonadversarial", "Non-adversarial"),
        ("nonadversarial_vectors", "Non-adversarial, vectors"),
    )
    weight = "alpha1"

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
    alpha1: float = 1.0
    temperature: float = 0.45
    label_unit: LabelUnit = "deviation"
    surrogate: Surrogate = "soft"

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
        require_at_least(0, alpha1=self.alpha1)
        require_above(0, temperature=self.temperature)
        require_one_of(get_args(LabelUnit), label_unit=self.label_unit)
        require_one_of(get_args(Surrogate), surrogate=self.surrogate)

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
        """Return the predictor's rate, which is constant; the paper has a single optimiser."""
        return {"predictor": self.learning_rate}

    def descents(self) -> Sequence[Descent]:
        """Return the one descent."""
        return (self.gradients,)

    def gradients(
        self, networks: Networks, batch: Batch, draws: Tensor, problem: Problem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return the gradient of L_N; terms `primary_loss` (L_P) and `recall_penalty` (L_eq).

        All values of labels are in standard units.
        """

        def terms_of(
            output: Tensor, target: Tensor, high: Tensor, of_target: Problem
        ) -> tuple[Tensor, ...]:
            unit = of_target.deviation if self.label_unit == "point" else 1.0
            primary = -losses.ccc(target, output)  # first: gradients are summed in this order
            penalty = losses.soft_recall_gap(
                output,
                high,
                batch.groups,
                of_target.standardise(of_target.threshold),
                temperature=self.temperature / unit,
                surrogate=self.surrogate,
            )
            return primary, penalty

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            output = self.predictor(problem)(parameters, batch.windows, draws)
            primary, penalty = over_targets(terms_of, output, batch, problem, self)
            return primary + self.alpha1 * penalty, (primary, penalty)

        gradient, (_, (primary, penalty)) = grad_and_value(objective, has_aux=True)(
            networks["predictor"]
        )
        terms = {"primary_loss": primary.detach(), "recall_penalty": penalty.detach()}
        return {"predictor": gradient}, terms
