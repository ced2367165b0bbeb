"""Layers that the networks are made of: fresh parameters, affine maps, padding and dropout."""

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

Parameters = dict[str, Tensor]
"""Tensors of a network by name; a layer has `<layer>.weight` and `<layer>.bias`."""


def glorot(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw Glorot-uniform weights, the default of TensorFlow 1.12.

    Args:
        shape: (output, input, *kernel).
        generator: source of the draws.
    """
    return torch.nn.init.xavier_uniform_(torch.empty(shape), generator=generator)


def fresh(shapes: Mapping[str, tuple[int, ...]], generator: torch.Generator) -> Parameters:
    """Draw Glorot-uniform weights layer by layer, and set the biases to zero.

    Args:
        shapes: shape of each layer's weights (output, input, *kernel), in the order of the draws.
        generator: source of the draws.
    """
    parameters = {}
    for layer, shape in shapes.items():
        parameters[f"{layer}.weight"] = glorot(shape, generator)
        parameters[f"{layer}.bias"] = torch.zeros(shape[0])
    return parameters


def linear(parameters: Mapping[str, Tensor], layer: str, values: Tensor) -> Tensor:
    """Map values (..., input) to (..., output): x Wᵀ + b.

    Args:
        parameters: of the network.
        layer: name of the layer.
        values: x.
    """
    return F.linear(values, parameters[f"{layer}.weight"], parameters[f"{layer}.bias"])


def drop(values: Tensor, draws: Tensor | None, share: float) -> Tensor:
    """Set a share of the values to zero and scale the others so that their expectation stays.

    Args:
        values: of any shape.
        draws: uniform in [0, 1), of a shape that broadcasts to that of `values`; a value is
            dropped where its draw is below the share. None drops nothing.
        share: of the values that are dropped, in [0, 1).
    """
    return values if draws is None else values * (draws >= share) / (1 - share)


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return TensorFlow's SAME padding (before, after) along one axis.

    The odd one goes after. torch rejects `padding="same"` for strides above 1, and the second
    layer of Gorrostieta et al. 2019 (kernel 8 on 6 rows) does not exist without padding.

    Args:
        size: values along the axis.
        kernel: side of a filter.
        stride: of a filter.
    """
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
