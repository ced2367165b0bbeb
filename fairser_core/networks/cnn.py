"""CNN of Gorrostieta et al. 2019 on windows of MFCCs."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.networks.head import Head
from fairser_core.networks.layers import Parameters, fresh, same_padding


@dataclass(frozen=True, kw_only=True)
class Cnn:
    """Convolutions, then fully connected layers, then a number per window and target.

    Gorrostieta et al. 2019, sections 3.2 and 4: two convolutions (16 and 32 filters of 8 x 8,
    stride 4 x 4), no pooling, no batch normalisation, two hidden layers of 128, ReLU, linear
    output. Filters double from layer to layer; dropout follows each hidden layer.

    Attributes:
        coefficients: features of a frame.
        frames: of a window.
        conv_layers: convolutional layers.
        filters: of the first convolutional layer; each further layer has twice as many.
        kernel: side of a filter.
        stride: of a filter, both ways.
        hidden_layers: fully connected layers before the output.
        hidden: units of each.
        dropout: share of hidden units dropped.
        outputs: numbers per window, one a target.
    """

    coefficients: int
    frames: int
    conv_layers: int
    filters: int
    kernel: int
    stride: int
    hidden_layers: int
    hidden: int
    dropout: float
    outputs: int = 1

    def _conv_channels(self) -> list[int]:
        return [1, *(self.filters << layer for layer in range(self.conv_layers))]

    def flat_size(self) -> int:
        """Return the values per window after the last convolution (the paper's network: 1152)."""
        shrink: int = self.stride**self.conv_layers
        rows, columns = math.ceil(self.coefficients / shrink), math.ceil(self.frames / shrink)
        return self._conv_channels()[-1] * rows * columns

    def init(self, generator: torch.Generator) -> Parameters:
        """Draw Glorot-uniform weights, with zero biases."""
        shapes: dict[str, tuple[int, ...]] = {}
        channels = self._conv_channels()
        for layer, (below, above) in enumerate(itertools.pairwise(channels)):
            shapes[f"conv{layer}"] = (above, below, self.kernel, self.kernel)
        shapes |= self.head.shapes(self.flat_size())
        return fresh(shapes, generator)

    @property
    def head(self) -> Head:
        """Fully connected layers behind the convolutions."""
        return Head(self.hidden_layers, self.hidden, self.dropout, self.outputs)

    def draws(self, windows: int, generator: torch.Generator) -> Tensor:
        """Draw uniform numbers (hidden layer, window, unit) in [0, 1) that decide on dropout."""
        return self.head.draws(windows, generator)

    def __call__(
        self, parameters: Mapping[str, Tensor], windows: Tensor, draws: Tensor | None = None
    ) -> Tensor:
        """Return outputs in standard units of the training labels; see `Head`.

        Args:
            parameters: as `init` makes them.
            windows: features (window, 1, coefficient, frame).
            draws: as `draws` makes them, for training; None, for predictions, drops nothing.
        """
        hidden = windows
        for layer in range(self.conv_layers):
            rows, columns = hidden.shape[-2:]
            top, bottom = same_padding(rows, self.kernel, self.stride)
            left, right = same_padding(columns, self.kernel, self.stride)
            weight, bias = parameters[f"conv{layer}.weight"], parameters[f"conv{layer}.bias"]
            hidden = F.pad(hidden, (left, right, top, bottom))
            hidden = F.relu(F.conv2d(hidden, weight, bias, stride=self.stride))
        return self.head(parameters, hidden.flatten(1), draws)
