"""The contract of a method, whatever its task.

A method maps the parameters, batch and draws of one lane to gradients and named loss terms. It is
one final class in one file, with all of its settings. The rest of the project does not know which
method runs: a fact about a method that others depend on is declared by its class.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor

from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.paper import Paper
from fairser_core.networks.layers import Parameters

Networks = dict[str, Parameters]
"""Parameters of each network of a method; `predictor` is the one that predicts."""

ProblemT = TypeVar("ProblemT")
"""Facts of its task that a method depends on."""
BatchT = TypeVar("BatchT", bound=tuple[Tensor, ...])
"""Examples of one step: a named tuple of tensors (row, ...)."""

Descent = Callable[[Networks, Any, Any, Any, int], tuple[Networks, dict[str, Tensor]]]
"""From (networks, batch, draws, problem, epoch) to the direction that the optimiser of each network
named descends, and to named scalar loss terms."""


@dataclass(frozen=True, kw_only=True)
class Method(ABC, Generic[ProblemT, BatchT]):
    """A way to train; a final class adds its settings as fields.

    Attributes:
        task: name of the task that it learns.
        papers: where the method is from, its own paper first.
        systems: space that trains each of its systems, and name of the system in the papers, in
            the order of their tables.
        weight: setting that weighs the de-biasing term; empty where there is no such term.
        sensitivity: two settings whose effects depend on each other, which reports map across and
            up; empty where there are none.
        inputs: settings that choose what is learned from, such as a layer.
        hands_over_detectors: whether its predictor is a `networks.Dnn`, on which another method
            can build.
        builds_on: method that trains the detectors it builds on if none are named, and name of its
            space; empty where it builds on none.
    """

    task: ClassVar[str]
    papers: ClassVar[tuple[Paper, ...]]
    systems: ClassVar[tuple[tuple[str, str], ...]]
    weight: ClassVar[str] = ""
    sensitivity: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[tuple[str, ...]] = ()
    hands_over_detectors: ClassVar[bool] = False
    builds_on: ClassVar[str] = ""

    @property
    @abstractmethod
    def batch(self) -> int:
        """Examples in a step."""

    @property
    @abstractmethod
    def patience(self) -> int:
        """Epochs without a better validation after which a lane stops; 0 for never."""

    @abstractmethod
    def init(self, problem: ProblemT, generator: torch.Generator) -> Networks:
        """Draw fresh parameters of each network."""

    @abstractmethod
    def draws(self, problem: ProblemT, rows: int, streams: Streams) -> Any:
        """Draw all randomness of one step.

        Args:
            problem: of the task.
            rows: examples in the step, with those that stand beside the batch.
            streams: of the lane.

        Returns:
            A tree of tensors.
        """

    @abstractmethod
    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Return the learning rate of each network that is trained.

        Args:
            epoch: counted from 1.
        """

    @abstractmethod
    def descents(self) -> Sequence[Descent]:
        """Return the descents of a step, in their order; terms of the last are reported."""
