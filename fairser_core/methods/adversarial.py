"""Adversarial: a projected-gradient adversary for equality of odds (Gorrostieta et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final, get_args

import torch
from torch import Tensor
from torch.func import grad_and_value, vjp

from fairser_core.datasets.activation import Problem
from fairser_core.lanes.lanes import stack, take
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses import losses
from fairser_core.losses.projection import Granularity, debias
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
from fairser_core.methods.paper import GORROSTIETA_2019, Paper
from fairser_core.networks.adversaries import Adversary
from fairser_core.networks.cnn import Cnn
from fairser_core.networks.layers import Parameters
from fairser_core.networks.vector_network import VectorNetwork

ZHANG_2018 = Paper(
    authors=("Zhang", "Lemoine", "Mitchell"),
    year=2018,
    title="Mitigating Unwanted Biases with Adversarial Learning",
    venue="AAAI/ACM Conference on AI, Ethics, and Society 2018, pp. 335-340",
    link="https://arxiv.org/abs/1801.07593",
)
AdversaryInput = Literal["centred", "raw", "standardised"]
TYPICAL_DEVIATION = 1.1
"""Standard deviation of activation on a scale of 1..7, in rating points; of the demo corpus 1.11.
There the centred input is the prediction less the threshold, as it stands."""
Schedule = Literal["constant", "zhang"]


@final
@dataclass(frozen=True, kw_only=True)
class Adversarial(ActivationMethod):
    """Method whose predictor learns activation while an adversary learns the group from it.

    Both step at once, each with its own Adam (Eqs. 2 to 5 and 10). `alpha0 = 0` is not the
    baseline: the projection still removes what would help the adversary. Defaults of the
    predictor are the paper's best network and training (section 4).

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
        alpha0: weight of the adversarial term (Eq. 5).
        adversary_learning_rate: of the adversary's Adam.
        adversary_input: input u of the adversary's sigmoid: `centred` (prediction less threshold,
            in units of `label_unit`), `standardised` (the network's own output), or `raw` (the
            prediction). The last is the paper's letter, which saturates the sigmoid on a 1..7
            scale, is close to inert there, and depends on the scale.
        label_unit: `deviation` divides the centred input by the standard deviation of the training
            labels and multiplies it by `TYPICAL_DEVIATION`; `point`, for sweeps of earlier
            versions, leaves it as it is.
        projection: whether Eq. 5 projects the predictor's gradient as one vector (`global`, as
            Zhang et al. 2018 define it) or tensor by tensor (`per_tensor`, as libraries do).
        schedule: `constant`, the paper's; `zhang` multiplies alpha0 by the square root of the
            epoch and divides both learning rates by the epoch (Zhang et al. 2018).
    """

    papers = (GORROSTIETA_2019, ZHANG_2018)
    systems = (
        ("adversarial", "Adversarial"),
        ("adversarial_vectors", "Adversarial, vectors"),
    )
    weight = "alpha0"
    sensitivity = ("adversary_learning_rate", "alpha0")

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
    alpha0: float = 1.0
    adversary_learning_rate: float = 1e-2
    adversary_input: AdversaryInput = "centred"
    label_unit: LabelUnit = "deviation"
    projection: Granularity = "global"
    schedule: Schedule = "constant"

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
        require_at_least(0, alpha0=self.alpha0)
        require_above(0, adversary_learning_rate=self.adversary_learning_rate)
        require_one_of(get_args(AdversaryInput), adversary_input=self.adversary_input)
        require_one_of(get_args(LabelUnit), label_unit=self.label_unit)
        require_one_of(get_args(Granularity), projection=self.projection)
        require_one_of(get_args(Schedule), schedule=self.schedule)

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
        """Draw fresh parameters, the predictor's first, so that they equal the baseline's."""
        return {
            "predictor": self.predictor(problem).init(generator),
            "adversary": fresh_adversaries(problem, generator),
        }

    def draws(self, problem: Problem, rows: int, streams: Streams) -> Tensor:
        """Draw the numbers that decide on dropout; see `Head.draws`."""
        return self.predictor(problem).draws(rows, streams["dropout"])

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the rates of both optimisers; see `schedule`."""
        decay = 1 / epoch if self.schedule == "zhang" else 1.0
        return {
            "predictor": self.learning_rate * decay,
            "adversary": self.adversary_learning_rate * decay,
        }

    def descents(self) -> Sequence[Descent]:
        """Return the one descent, of both networks at once."""
        return (self.gradients,)

    def gradients(
        self, networks: Networks, batch: Batch, draws: Tensor, problem: Problem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return Eq. 5 for the predictor and the gradient of Eq. 10 for the adversary.

        Both come of one forward pass. Terms: `primary_loss` (L_P), `adversary_loss` (L_A, nats)
        and `adversary_advantage`, H(group | level) - L_A: near 0 when the adversary is fooled.
        """

        def forward(parameters: Parameters) -> Tensor:
            return self.predictor(problem)(parameters, batch.windows, draws)

        def primary(output: Tensor) -> Tensor:
            (loss,) = over_targets(_primary, output, batch, problem, self)
            return loss

        def adversarial(output: Tensor, adversaries: Parameters) -> Tensor:
            each = iter(split_adversaries(adversaries, len(problem.targets)))

            def loss_of(
                output: Tensor, target: Tensor, high: Tensor, of_target: Problem
            ) -> tuple[Tensor]:
                network, score = Adversary(len(problem.groups)), self._score(output, of_target)
                return (network.loss(next(each), score, high, batch.groups),)

            (loss,) = over_targets(loss_of, output, batch, problem, self)
            return loss

        output, pull_back = vjp(forward, networks["predictor"])[:2]
        primary_slope, primary_loss = grad_and_value(primary)(output)
        (adversarial_slope, adversary_gradient), adversary_loss = grad_and_value(
            adversarial, argnums=(0, 1)
        )(output, networks["adversary"])
        (primary_gradient,) = pull_back(primary_slope)
        (adversarial_gradient,) = pull_back(adversarial_slope)
        alpha0 = self.alpha0 * (epoch**0.5 if self.schedule == "zhang" else 1.0)
        direction = debias(primary_gradient, adversarial_gradient, alpha0, self.projection)
        entropies = [of_target.gender_entropy for of_target in problem.targets]
        entropy = sum(entropies) / len(entropies)
        terms = {
            "primary_loss": primary_loss,
            "adversary_loss": adversary_loss,
            "adversary_advantage": entropy - adversary_loss,
        }
        return {"predictor": direction, "adversary": adversary_gradient}, terms

    def _score(self, output: Tensor, problem: Problem) -> Tensor:
        """Return u of Eq. 2 (window,) from the network's output in standard units."""
        if self.adversary_input == "raw":
            return problem.mean + problem.deviation * output
        if self.adversary_input == "standardised":
            return output
        points = problem.deviation if self.label_unit == "point" else TYPICAL_DEVIATION
        return points * (output - problem.standardise(problem.threshold))


def _primary(output: Tensor, target: Tensor, high: Tensor, problem: Problem) -> tuple[Tensor]:
    """Return L_P of one target."""
    return (-losses.ccc(target, output),)


def fresh_adversaries(problem: Problem, generator: torch.Generator) -> Parameters:
    """Draw an adversary for each target; those of several have a leading target axis."""
    network = Adversary(len(problem.groups))
    drawn = [network.init(generator) for _ in problem.targets]
    return drawn[0] if len(drawn) == 1 else stack(drawn)


def split_adversaries(parameters: Parameters, targets: int) -> list[Parameters]:
    """Return the parameters of each target's adversary."""
    return [parameters] if targets == 1 else [take(parameters, k) for k in range(targets)]
