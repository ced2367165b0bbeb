"""The contract of what a bundle holds of its task."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from fairser_core.methods.method import Method, Networks

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, kw_only=True)
class Specification(ABC):
    """Facts of its task that a model depends on to predict; a final class adds them as fields.

    Attributes:
        name: of the task.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def coefficients(self) -> int:
        """Number of features of a frame."""

    @property
    @abstractmethod
    def layers(self) -> int:
        """Number of layers of a speech model; 0 where features are no layers of one."""

    @abstractmethod
    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Return the shape of each parameter by its name in the file."""

    @abstractmethod
    def networks_of_seed(self, networks: Networks) -> Networks:
        """Return the networks as a bundle holds them.

        Args:
            networks: parameters of the lanes of a seed, with a leading lane axis.
        """


def predictor_shapes(method: Method[Any, Any], problem: Any) -> Shapes:
    """Return the shapes of the network that predicts; networks of any size take no memory here."""
    with torch.device("meta"):
        networks = method.init(problem, torch.Generator("cpu"))
    return named_shapes({"predictor": networks["predictor"]})


def named_shapes(networks: Networks) -> Shapes:
    """Return the shape of each parameter by its name in a bundle's file."""
    return {
        f"{network}/{name}": tuple(tensor.shape)
        for network, parameters in networks.items()
        for name, tensor in parameters.items()
    }
