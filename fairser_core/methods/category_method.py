"""The contract of a method of the category task, its batches and its predictions."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from fairser_core.datasets.category import CategoryProblem
from fairser_core.losses.classification import ClassLoss, Targets, class_loss, label_loss
from fairser_core.methods.method import Method
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import Parameters


class CategoryBatch(NamedTuple):
    """Utterances of one step.

    Attributes:
        features: normalised (utterance, feature).
        label: 1 in the column of the class; zeros where there is none (utterance, class).
        shares: shares of the votes; zeros where none names a class (utterance, class).
        groups: 1 in the column of the group, else 0 (utterance, group).
    """

    features: Tensor
    label: Tensor
    shares: Tensor
    groups: Tensor


@dataclass(frozen=True, kw_only=True)
class CategoryMethod(Method[CategoryProblem, CategoryBatch]):
    """A way to train a classifier of emotions."""

    task: ClassVar[str] = "category"
    inputs: ClassVar[tuple[str, ...]] = ("layer",)

    @property
    @abstractmethod
    def layer(self) -> int:
        """Layer of a speech model whose vectors are learned from; not used without a model."""

    @property
    @abstractmethod
    def targets(self) -> Targets:
        """Targets: `hard` classes, `soft` shares of the votes, or `several` labels."""

    @abstractmethod
    def predictor(self, problem: CategoryProblem) -> Dnn:
        """Return the network that predicts classes."""


def predict_classes(
    method: CategoryMethod, parameters: Parameters, features: Tensor, problem: CategoryProblem
) -> Tensor:
    """Return the probability of each class (utterance, class); nothing is dropped."""
    logits = method.predictor(problem)(parameters, features)
    return class_probabilities(logits, method.targets)


def class_probabilities(logits: Tensor, targets: Targets) -> Tensor:
    """Return probabilities of the classes that sum to 1 (utterance, class).

    Of several labels they are those of each label, divided by their sum.
    """
    if targets != "several":
        return logits.softmax(dim=-1)
    labels = logits.sigmoid()
    return labels / labels.sum(dim=-1, keepdim=True)


def target_loss(
    logits: Tensor,
    batch: CategoryBatch,
    problem: CategoryProblem,
    targets: Targets,
    kind: ClassLoss,
    balance: float,
    focus: float,
) -> Tensor:
    """Return the loss of a classifier.

    Args:
        logits: of the classes (utterance, class).
        batch: utterances.
        problem: of the task.
        targets: `hard`, `soft`, or `several`: a label is given if its share is above 1 / C.
        kind: form of the loss; of several labels it is always binary cross-entropy.
        balance: β: classes weigh as share^-β, so that 0 weighs utterances alike, 1 classes.
        focus: γ of the focal loss.
    """
    shares = torch.tensor(problem.shares, dtype=logits.dtype, device=logits.device)
    weight = shares.clamp(min=1e-6) ** -balance
    weight = weight / (weight * shares).sum()
    if targets == "several":
        labels = (batch.shares > 1 / len(problem.classes)).to(logits.dtype)
        return label_loss(logits, labels, weight)
    target = batch.label if targets == "hard" else batch.shares
    return class_loss(logits, target, weight, kind, focus)
