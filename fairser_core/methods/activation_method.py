"""The contract of a method of the activation task, its batches and its predictions."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from torch import Tensor

from fairser_core.datasets.activation import Problem
from fairser_core.methods.method import Method
from fairser_core.networks.layers import Parameters
from fairser_core.networks.networks import Cnn

LabelUnit = Literal["deviation", "point"]
"""Unit of constants that lie on the labels' scale: the standard deviation of the training labels,
or a point of the scale. Sweeps of earlier versions have the latter, which a scale of 0..1 and one
of 1..7 do not share."""


class Batch(NamedTuple):
    """Windows of one step.

    Attributes:
        windows: features (window, 1, coefficient, frame).
        target: activation in standard units (window,); see `Problem`.
        high: 1 where the activation is above the threshold, else 0 (window,).
        groups: 1 in the column of the speaker's group, else 0 (window, group).
    """

    windows: Tensor
    target: Tensor
    high: Tensor
    groups: Tensor


@dataclass(frozen=True, kw_only=True)
class ActivationMethod(Method[Problem, Batch]):
    """A way to train a predictor of activation."""

    task: ClassVar[str] = "activation"

    @property
    @abstractmethod
    def stratified_batches(self) -> bool:
        """Whether every batch has the training set's proportions of group and level."""

    @abstractmethod
    def predict(
        self,
        parameters: Parameters,
        windows: Tensor,
        problem: Problem,
        draws: Tensor | None = None,
    ) -> Tensor:
        """Predict activation (window,) on the labels' scale.

        Args:
            parameters: of the predictor.
            windows: features (window, 1, coefficient, frame).
            problem: of the task.
            draws: as `Cnn.draws` makes them, for training; None, for predictions, drops nothing.
        """


def predict_activation(
    network: Cnn,
    parameters: Parameters,
    windows: Tensor,
    problem: Problem,
    draws: Tensor | None = None,
) -> Tensor:
    """Predict activation (window,) on the labels' scale with a network in standard units.

        ŷ = μ + σ o

    with mean μ and deviation σ of the training labels. The fixed map starts the network at both,
    as CCC punishes a shift of either. Training goes by o alone.

    Args:
        network: that predicts.
        parameters: of the network.
        windows: features (window, 1, coefficient, frame).
        problem: of the task.
        draws: as `Cnn.draws` makes them, for training; None, for predictions, drops nothing.
    """
    return problem.mean + problem.deviation * network(parameters, windows, draws)
