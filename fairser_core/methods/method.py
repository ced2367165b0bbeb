"""What every method of the activation task shares: the network, its training, the contract.

A method maps one replica's (parameters, batch, randomness) to gradients and named loss terms.
Nothing else in the project knows which method runs.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from fairser_core.nets import Cnn, Parameters
from fairser_core.tasks.activation import Problem

Networks = dict[str, Parameters]


class Batch(NamedTuple):
    """Windows of one step.

    Attributes:
        windows: features (window, 1, coefficient, frame).
        target: activation (window,).
        high: 1 where the target is above the threshold (window,).
        female: 1 where the speaker is a woman (window,).
    """

    windows: Tensor
    target: Tensor
    high: Tensor
    female: Tensor


def require(holds: bool, name: str, rule: str, value: object) -> None:
    """Raise a ValueError that names the setting, the rule and the value unless `holds`."""
    if not holds:
        raise ValueError(f"`{name}` must be {rule}, got {value!r}")


@dataclass(frozen=True, kw_only=True)
class Method(ABC):
    """Settings of the network and of its training; defaults are the paper's best (section 4).

    Attributes:
        conv_layers: convolutional layers.
        filters: filters of the first; each further layer has twice as many.
        kernel: side of a filter.
        stride: stride of a filter, both ways.
        hidden_layers: fully connected layers.
        hidden: units of each.
        dropout: share of hidden units dropped (the paper's keep probability is 0.7).
        batch: windows in a step.
        learning_rate: of the predictor's Adam; not stated in the paper.
        stratified_batches: give every batch the training set's proportions of gender and level.
        patience: early stopping: a lane stops after so many epochs without a better validation
            CCC and keeps its best epoch; 0 trains all epochs and keeps the last.
    """

    conv_layers: int = 2
    filters: int = 16
    kernel: int = 8
    stride: int = 4
    hidden_layers: int = 2
    hidden: int = 128
    dropout: float = 0.3
    batch: int = 200
    learning_rate: float = 1e-3
    stratified_batches: bool = False
    patience: int = 0

    def __post_init__(self) -> None:
        for name in ("conv_layers", "filters", "kernel", "stride", "hidden_layers", "hidden"):
            require(getattr(self, name) >= 1, name, ">= 1", getattr(self, name))
        require(0 <= self.dropout < 1, "dropout", "in [0, 1)", self.dropout)
        require(self.batch >= 2, "batch", ">= 2", self.batch)
        require(self.learning_rate > 0, "learning_rate", "> 0", self.learning_rate)
        require(self.patience >= 0, "patience", ">= 0", self.patience)

    def one_of(self, name: str, choices: Collection[str]) -> None:
        """Raise a ValueError unless the setting `name` is one of `choices`."""
        require(getattr(self, name) in choices, name, f"one of {choices}", getattr(self, name))

    def predictor(self, problem: Problem) -> Cnn:
        """The network that predicts activation."""
        shape = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(Cnn)
            if field.name not in ("coefficients", "frames")
        }
        return Cnn(coefficients=problem.coefficients, frames=problem.frames, **shape)

    def predict(
        self,
        parameters: Parameters,
        windows: Tensor,
        problem: Problem,
        noise: Tensor | None = None,
    ) -> Tensor:
        """Activation (window,) on the labels' own scale.

        The network works in standardised units; the fixed affine map starts it at the training
        labels' mean and spread, as CCC punishes a shift of either.
        """
        output = self.predictor(problem)(parameters, windows, noise)
        return problem.mean + problem.deviation * output

    @abstractmethod
    def init(self, problem: Problem, generator: torch.Generator) -> Networks:
        """Fresh parameters of each network, drawn from `generator`."""

    @abstractmethod
    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Learning rate of each network's optimiser in an epoch, counted from 1."""

    @abstractmethod
    def gradients(
        self, networks: Networks, batch: Batch, noise: Tensor, problem: Problem, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """The direction each network's optimiser descends, and the named scalar loss terms."""
