"""Classifier with a penalty on recalls that differ by group (Gorrostieta et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final, get_args

import torch
from torch import Tensor
from torch.func import grad_and_value

from fairser_core.datasets.category import CategoryProblem
from fairser_core.lanes.random_streams import Streams
from fairser_core.losses.classification import ClassLoss, Targets, class_recall_gap
from fairser_core.losses.weight_decay import decayed
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
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import Parameters


@final
@dataclass(frozen=True, kw_only=True)
class ClassifierPenalty(CategoryMethod):
    """Method that minimises the loss of the classes plus `alpha1 L_eq`.

    The sibling of the non-adversarial method of Gorrostieta et al. (2019) for classes; see
    `class_recall_gap`.

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
        alpha1: weight of the penalty; 0 is the classifier.
    """

    papers = (GORROSTIETA_2019,)
    systems = (
        ("classifier_penalty", "Classifier, recall penalty"),
        ("classifier_penalty_vectors", "Classifier, recall penalty, vectors"),
    )
    weight = "alpha1"

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
    alpha1: float = 1.0

    def __post_init__(self) -> None:
        require_at_least(2, batch=self.batch)
        require_above(0, learning_rate=self.learning_rate)
        require_at_least(0, patience=self.patience, weight_decay=self.weight_decay)
        require_at_least(0, layer=self.layer)
        require_at_least(1, hidden=self.hidden, latent=self.latent)
        require_share(dropout=self.dropout)
        require_one_of(get_args(Targets), targets=self.targets)
        require_one_of(get_args(ClassLoss), loss=self.loss)
        require_at_least(0, balance=self.balance, focus=self.focus, alpha1=self.alpha1)

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
        """Draw fresh parameters of the predictor."""
        return {"predictor": self.predictor(problem).init(generator)}

    def draws(self, problem: CategoryProblem, rows: int, streams: Streams) -> Tensor:
        """Draw the numbers that decide on dropout; see `Dnn.draws`."""
        return self.predictor(problem).draws(rows, streams["dropout"])

    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the predictor's rate, which is constant."""
        return {"predictor": self.learning_rate}

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
        """Return the gradient with weight decay; terms `class_loss` and `recall_penalty`."""

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            logits = self.predictor(problem)(parameters, batch.features, draws)
            primary = target_loss(
                logits, batch, problem, self.targets, self.loss, self.balance, self.focus
            )
            probability = class_probabilities(logits, self.targets)
            penalty = class_recall_gap(probability, batch.label, batch.groups)
            return primary + self.alpha1 * penalty, (primary, penalty)

        parameters = networks["predictor"]
        gradient, (_, (primary, penalty)) = grad_and_value(objective, has_aux=True)(parameters)
        terms = {"class_loss": primary.detach(), "recall_penalty": penalty.detach()}
        return {"predictor": decayed(gradient, parameters, self.weight_decay)}, terms
