"""What every method shares, whatever its task: settings of the training, and the contract.

A method maps one replica's (parameters, batch, randomness) to gradients and named loss terms.
Nothing else in the project knows which method runs.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from fairser_core.lanes.random_streams import Streams
from fairser_core.networks.networks import Parameters

Networks = dict[str, Parameters]

ProblemT = TypeVar("ProblemT")
"""What a method must know of its task."""
BatchT = TypeVar("BatchT", bound=tuple[Tensor, ...])
"""Examples of one step: a named tuple of tensors (row, ...)."""

Descent = Callable[[Networks, Any, Any, Any, int], tuple[Networks, dict[str, Tensor]]]
"""From (networks, batch, noise, problem, epoch) to the direction that the optimiser of each network
named descends, and to named scalar loss terms."""


def require(holds: bool, name: str, rule: str, value: object) -> None:
    """Raise a ValueError that names the setting, the rule and the value unless `holds`."""
    if not holds:
        raise ValueError(f"`{name}` must be {rule}, got {value!r}")


@dataclass(frozen=True, kw_only=True)
class Method(ABC, Generic[ProblemT, BatchT]):
    """Settings of a method's training; each task's own base adds those of its network.

    Attributes:
        batch: examples in a step.
        learning_rate: of the predictor's Adam.
        patience: early stopping: a lane stops after so many epochs without a better validation
            (of the CCC or the macro F1) and keeps its best epoch; 0 trains all epochs and keeps
            the last.
    """

    batch: int
    learning_rate: float = 1e-3
    patience: int = 0

    def __post_init__(self) -> None:
        require(self.batch >= 2, "batch", ">= 2", self.batch)
        require(self.learning_rate > 0, "learning_rate", "> 0", self.learning_rate)
        require(self.patience >= 0, "patience", ">= 0", self.patience)

    def one_of(self, name: str, choices: Collection[str]) -> None:
        """Raise a ValueError unless the setting `name` is one of `choices`."""
        require(getattr(self, name) in choices, name, f"one of {choices}", getattr(self, name))

    def at_least_one(self, *names: str) -> None:
        """Raise a ValueError unless each of these settings is 1 or more."""
        for name in names:
            require(getattr(self, name) >= 1, name, ">= 1", getattr(self, name))

    @abstractmethod
    def init(self, problem: ProblemT, generator: torch.Generator) -> Networks:
        """Fresh parameters of each network, drawn from `generator`."""

    @abstractmethod
    def noise(self, problem: ProblemT, rows: int, streams: Streams) -> Any:
        """The chance of one step with so many rows: a tree of tensors, drawn from the streams."""

    @abstractmethod
    def learning_rates(self, epoch: int) -> dict[str, float]:
        """Learning rate of each network that is trained in an epoch, counted from 1."""

    @abstractmethod
    def gradients(
        self, networks: Networks, batch: BatchT, noise: Any, problem: ProblemT, epoch: int
    ) -> tuple[Networks, dict[str, Tensor]]:
        """The direction each network's optimiser descends, and the named scalar loss terms."""

    def descents(self) -> Sequence[Descent]:
        """What a step descends, one after the other; the last one's terms are reported."""
        return (self.gradients,)
