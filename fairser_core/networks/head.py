"""Fully connected layers that end the networks of activation."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.networks.layers import drop, linear


@dataclass(frozen=True)
class Head:
    """Fully connected layers with ReLU, each followed by dropout, then a linear output.

    Attributes:
        layers: hidden layers.
        hidden: units of each.
        dropout: share of hidden units dropped.
        outputs: numbers per row.
    """

    layers: int
    hidden: int
    dropout: float
    outputs: int

    def shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of each layer's weights, for rows of so many features."""
        widths = [features, *[self.hidden] * self.layers]
        pairs = enumerate(itertools.pairwise(widths))
        shapes: dict[str, tuple[int, ...]] = {f"hidden{n}": (b, a) for n, (a, b) in pairs}
        return {**shapes, "output": (self.outputs, widths[-1])}

    def draws(self, rows: int, generator: torch.Generator) -> Tensor:
        """Draw uniform numbers (hidden layer, row, unit) in [0, 1) that decide on dropout."""
        return torch.rand(self.layers, rows, self.hidden, generator=generator)

    def __call__(
        self, parameters: Mapping[str, Tensor], rows: Tensor, draws: Tensor | None
    ) -> Tensor:
        """Return outputs (row,), or (row, output) of several.

        Args:
            parameters: of a network, with those of the layers.
            rows: features (row, feature).
            draws: as `draws` makes them, for training; None, for predictions, drops nothing.
        """
        for layer in range(self.layers):
            rows = F.relu(linear(parameters, f"hidden{layer}", rows))
            rows = drop(rows, None if draws is None else draws[layer], self.dropout)
        outputs = linear(parameters, "output", rows)
        return outputs[:, 0] if self.outputs == 1 else outputs
