"""What the methods of the activation task share: the paper's network and its batches."""

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from fairser_core.datasets.activation import Problem
from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.method import Method, require
from fairser_core.networks.networks import Cnn, Parameters


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


@dataclass(frozen=True, kw_only=True)
class ActivationMethod(Method[Problem, Batch]):
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
        stratified_batches: give every batch the training set's proportions of gender and level.
    """

    conv_layers: int = 2
    filters: int = 16
    kernel: int = 8
    stride: int = 4
    hidden_layers: int = 2
    hidden: int = 128
    dropout: float = 0.3
    batch: int = 200
    stratified_batches: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 <= self.dropout < 1, "dropout", "in [0, 1)", self.dropout)
        self.at_least_one("conv_layers", "filters", "kernel", "stride", "hidden_layers", "hidden")

    def predictor(self, problem: Problem) -> Cnn:
        """The network that predicts activation."""
        shape = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(Cnn)
            if field.name not in ("coefficients", "frames")
        }
        return Cnn(coefficients=problem.coefficients, frames=problem.frames, **shape)

    def noise(self, problem: Problem, rows: int, streams: Streams) -> Tensor:
        """What dropout drops of so many windows; see `Cnn.noise`."""
        return self.predictor(problem).noise(rows, streams["dropout"])

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
