"""Network with one hidden layer."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.networks.layers import Parameters, fresh, linear


@dataclass(frozen=True, kw_only=True)
class Mlp:
    """One hidden layer with ReLU, then a linear output.

    With one output, on a latent representation, it is a critic of the Wasserstein distance, or the
    adversary that guesses the raters' gender (Chien & Lee (2023), section 2.2.2, without sizes).

    Attributes:
        features: of a row.
        hidden: units of the hidden layer.
        outputs: of a row.
    """

    features: int
    hidden: int
    outputs: int

    def init(self, generator: torch.Generator) -> Parameters:
        """Draw Glorot-uniform weights, with zero biases."""
        shapes = {"hidden": (self.hidden, self.features), "output": (self.outputs, self.hidden)}
        return fresh(shapes, generator)

    def __call__(self, parameters: Mapping[str, Tensor], rows: Tensor) -> Tensor:
        """Return outputs (row, output) of rows (row, feature)."""
        return linear(parameters, "output", F.relu(linear(parameters, "hidden", rows)))
