"""Classifier against an adversary that guesses the group (Gorrostieta et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final, get_args

import torch
from torch import Tensor
from torch.func import grad_and_value, vjp

from fairser_core.datasets.category import CategoryProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses.classification import ClassLoss, Targets
from fairser_core.losses.projection import Granularity, debias
from fairser_core.losses.weight_decay import decayed
from fairser_core.methods.adversarial import ZHANG_2018
from fairser_core.methods.category_method import (
    CategoryBatch,
    CategoryMethod,
    class_probabilities,
    target_loss,
)
from fairser_core.methods.checks import (
    require_above,
    require_at_least,
    require_one_of,
    require_share,
)
from fairser_core.methods.method import Descent, Networks
from fairser_core.methods.paper import GORROSTIETA_2019
from fairser_core.networks.adversaries import ClassAdversary
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import Parameters


@final
@dataclass(frozen=True, kw_only=True)
class ClassifierAdversarial(CategoryMethod):
    """Method whose classifier learns while an adversary learns the group from its probabilities.

    The sibling of the adversarial method of Gorrostieta et al. (2019) for classes, with the same
    projection (Eq. 5). The adversary is linear in the probabilities, anew for each true class, as
    equality of odds asks (Zhang et al. 2018).

    Attributes:
        batch: utterances in a step.
        learning_rate: of Adam.
        patience: epochs without a better validation macro F1 after which a lane stops and keeps its
            best epoch; 0 trains all epochs and keeps the last.
        layer: layer of a speech model; 0 is the encoder's input. Not used without a model.
        hidden: units of the first layer.
        latent: units of the second.
        dropout: share of the units of either dropped.
        weight_decay: weight of the L2 penalty.
        targets: `hard` classes, `soft` shares of the votes, or `several` labels.
        loss: `cross_entropy`, `focal` or `kl`.
        balance: exponent of the classes' weights, share^-balance.
        focus: exponent of the focal loss.
        alpha0: weight of the adversarial term (Eq. 5).
        adversary_learning_rate: of the adversary's Adam.
        projection: whether Eq. 5 projects the gradient as one vector or tensor by tensor.
    """

    papers = (GORROSTIETA_2019, ZHANG_2018)
    systems = (
        ("classifier_adversarial", "Classifier, adversarial"),
        ("classifier_adversarial_vectors", "Classifier, adversarial, vectors"),
    )
    weight = "alpha0"
    sensitivity = ("adversary_learning_rate", "alpha0")

    batch: int = 64
    learning_rate: float = 1e-3
    patience: int = 0
    layer: int = 0
    hidden: int = 128
    latent: int = 64
    dropout: float = 0.2
    weight_decay: float = 0.0
    targets: Targets = "hard"
    loss: ClassLoss = "cross_entropy"
    balance: float = 1.0
    focus: float = 2.0
    alpha0: float = 1.0
    adversary_learning_rate: float = 1e-2
    projection: Granularity = "global"

    def __post_init__(self) -> None:
        require_at_least(2, batch=self.batch)
        require_above(0, learning_rate=self.learning_rate)
        require_at_least(0, patience=self.patience, weight_decay=self.weight_decay)
        require_at_least(0, layer=self.layer)
        require_at_least(1, hidden=self.hidden, latent=self.latent)
        require_share(dropout=self.dropout)
        require_one_of(get_args(Targets), targets=self.targets)
        require_one_of(get_args(ClassLoss), loss=self.loss)
        require_at_least(0, balance=self.balance, focus=self.focus, alpha0=self.alpha0)
        require_above(0, adversary_learning_rate=self.adversary_learning_rate)
        require_one_of(get_args(Granularity), projection=self.projection)

    def predictor(self, problem: CategoryProblem) -> Dnn:
        """Return the network that predicts classes."""
        return Dnn(
            features=problem.features,
            hidden=self.hidden,
            latent=self.latent,
            dropout=self.dropout,
            outputs=len(problem.classes),
        )

    def init(self, problem: CategoryProblem, generator: torch.Generator) -> Networks:
        """Draw fresh parameters, the predictor's first, so that they equal the classifier's."""
        return {
            "predictor": self.predictor(problem).init(generator),
            "adversary": _adversary(problem).init(generator),
        }

    def draws(self, problem: CategoryProblem, rows: int, streams: Streams) -> Tensor:
        """Draw the numbers that decide on dropout; see `Dnn.draws`."""
        return self.predictor(problem).draws(rows, streams["dropout"])

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the rates of both optimisers, which are constant."""
        return {
            "predictor": self.learning_rate,
            "adversary": self.adversary_learning_rate,
        }

    def descents(self) -> Sequence[Descent]:
        """Return the one descent."""
        return (self.gradients,)

    def gradients(
        self,
        networks: Networks,
        batch: CategoryBatch,
        draws: Tensor,
        problem: CategoryProblem,
        epoch: int,
    ) -> tuple[Networks, dict[str, Tensor]]:
        """Return Eq. 5 for the predictor and the adversary's gradient, of one forward pass.

        Terms: `class_loss`, `adversary_loss` (nats) and `adversary_advantage`, H(group | class)
        less the loss: near 0 when the adversary is fooled.
        """

        def forward(parameters: Parameters) -> Tensor:
            return self.predictor(problem)(parameters, batch.features, draws)

        def primary(logits: Tensor) -> Tensor:
            return target_loss(
                logits, batch, problem, self.targets, self.loss, self.balance, self.focus
            )

        def adversarial(logits: Tensor, adversary: Parameters) -> Tensor:
            probability = class_probabilities(logits, self.targets)
            return _adversary(problem).loss(adversary, probability, batch.label, batch.groups)

        logits, pull_back = vjp(forward, networks["predictor"])[:2]
        primary_slope, primary_loss = grad_and_value(primary)(logits)
        (adversarial_slope, adversary_gradient), adversary_loss = grad_and_value(
            adversarial, argnums=(0, 1)
        )(logits, networks["adversary"])
        (primary_gradient,) = pull_back(primary_slope)
        (adversarial_gradient,) = pull_back(adversarial_slope)
        direction = debias(primary_gradient, adversarial_gradient, self.alpha0, self.projection)
        terms = {
            "class_loss": primary_loss,
            "adversary_loss": adversary_loss,
            "adversary_advantage": problem.group_entropy - adversary_loss,
        }
        direction = decayed(direction, networks["predictor"], self.weight_decay)
        return {"predictor": direction, "adversary": adversary_gradient}, terms


def _adversary(problem: CategoryProblem) -> ClassAdversary:
    """Return the network that guesses the group."""
    return ClassAdversary(classes=len(problem.classes), groups=len(problem.groups))
