"""The contract of a method of the activation task, its batches and its predictions."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, get_args

import torch
from torch import Tensor

from fairser_core.datasets.activation import Problem
from fairser_core.methods.method import Method
from fairser_core.networks.cnn import Cnn
from fairser_core.networks.layers import Parameters
from fairser_core.networks.vector_network import VectorNetwork

VectorPooling = Literal["mean", "mean_std", "weighted"]
POOLINGS: tuple[VectorPooling, ...] = get_args(VectorPooling)
LabelUnit = Literal["deviation", "point"]
"""Unit of constants that lie on the labels' scale: the standard deviation of the training labels,
or a point of the scale. Sweeps of earlier versions have the latter, which a scale of 0..1 and one
of 1..7 do not share."""


class Batch(NamedTuple):
    """Windows, or vectors, of one step.

    Attributes:
        windows: features (window, 1, coefficient, frame); or vectors (window, [layer,] feature).
        target: activation in standard units (window,), see `Problem`; of several targets
            (window, target).
        high: 1 where the target is above its threshold, else 0, in the shape of `target`.
        groups: 1 in the column of the speaker's group, else 0 (window, group).
    """

    windows: Tensor
    target: Tensor
    high: Tensor
    groups: Tensor


@dataclass(frozen=True, kw_only=True)
class ActivationMethod(Method[Problem, Batch]):
    """A way to train a predictor of activation, or of other dimensions of emotion."""

    task: ClassVar[str] = "activation"
    inputs: ClassVar[tuple[str, ...]] = ("layer", "pooling")

    @property
    @abstractmethod
    def layer(self) -> int:
        """Layer of a speech model whose vectors are learned from; not used for windows."""

    @property
    @abstractmethod
    def pooling(self) -> VectorPooling:
        """Statistics over frames that make a vector; `weighted`: means of all layers."""

    @property
    @abstractmethod
    def stratified_batches(self) -> bool:
        """Whether every batch has the training set's proportions of group and level."""

    @property
    @abstractmethod
    def activation_weight(self) -> float:
        """Weight of activation among several targets, above 0; so of the two others."""

    @property
    @abstractmethod
    def valence_weight(self) -> float:
        """Weight of valence."""

    @property
    @abstractmethod
    def dominance_weight(self) -> float:
        """Weight of dominance."""

    @abstractmethod
    def predict(
        self,
        parameters: Parameters,
        windows: Tensor,
        problem: Problem,
        draws: Tensor | None = None,
    ) -> Tensor:
        """Predict activation (window,) on the labels' scale; several targets (window, target).

        Args:
            parameters: of the predictor.
            windows: features (window, 1, coefficient, frame), or vectors; see `Batch`.
            problem: of the task.
            draws: as `Head.draws` makes them, for training; None, for predictions, drops nothing.
        """


def predictor_network(
    problem: Problem,
    convolutions: dict[str, int],
    layers: dict[str, Any],
    pooling: VectorPooling,
) -> Cnn | VectorNetwork:
    """Return the network that predicts: convolutions on windows, or fully connected on vectors.

    Args:
        problem: of the task.
        convolutions: settings of the convolutions by name.
        layers: settings of the fully connected layers by name.
        pooling: statistics over frames that make a vector.
    """
    outputs = len(problem.targets)
    if not problem.layers:
        return Cnn(
            coefficients=problem.coefficients,
            frames=problem.frames,
            outputs=outputs,
            **convolutions,
            **layers,
        )
    return VectorNetwork(
        features=problem.coefficients * (2 if pooling == "mean_std" else 1),
        layers=problem.layers if pooling == "weighted" else 0,
        outputs=outputs,
        **layers,
    )


TargetObjective = Callable[[Tensor, Tensor, Tensor, Problem], tuple[Tensor, ...]]
"""Terms of an output (window,), target (window,), level (window,) and the problem of one target."""


def over_targets(
    objective: TargetObjective,
    output: Tensor,
    batch: Batch,
    problem: Problem,
    method: ActivationMethod,
) -> tuple[Tensor, ...]:
    """Return the terms of the one target, or weighted means of those of several.

        L = Σ_k w_k L_k / Σ_k w_k

    Args:
        objective: of one target.
        output: of the network in standard units (window,) or (window, target).
        batch: of the step.
        problem: of the task.
        method: method with the targets' weights.
    """
    if not problem.further:
        return objective(output, batch.target, batch.high, problem)
    terms = [
        objective(output[:, k], batch.target[:, k], batch.high[:, k], of_target)
        for k, of_target in enumerate(problem.targets)
    ]
    weights = [getattr(method, f"{of_target.target}_weight") for of_target in problem.targets]
    weight = output.new_tensor(weights)
    weight = weight / weight.mean()  # 1 where all are equal, so that the mean is the plain one
    return tuple((torch.stack(each) * weight).mean() for each in zip(*terms, strict=True))


def predict_activation(
    network: Cnn | VectorNetwork,
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
        windows: features (window, 1, coefficient, frame), or vectors; see `Batch`.
        problem: of the task.
        draws: as `Head.draws` makes them, for training; None, for predictions, drops nothing.

    Returns:
        Shape (window,), or (window, target) of several targets.
    """
    output = network(parameters, windows, draws)
    if not problem.further:
        return problem.mean + problem.deviation * output
    each = enumerate(problem.targets)
    return torch.stack([of.mean + of.deviation * output[:, k] for k, of in each], dim=-1)
