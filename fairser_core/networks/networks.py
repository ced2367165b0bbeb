"""Forward passes of the networks: parameters in, predictions out, no state of their own.

A network is a frozen description of its shape. Its parameters are a dictionary of tensors made by
`init`, so that lanes.py can give each replica its own; randomness is an argument (`noise`).
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

Parameters = dict[str, Tensor]


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME padding (before, after) along one axis; the odd one goes after.

    torch refuses `padding="same"` for strides above 1, and the paper's second layer (kernel 8 on
    6 rows) does not exist without padding.
    """
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _glorot(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Glorot-uniform weights (output, input, *kernel): TensorFlow 1.12's default."""
    weight = torch.empty(shape)
    return torch.nn.init.xavier_uniform_(weight, generator=generator)


def _fresh(shapes: Mapping[str, tuple[int, ...]], generator: torch.Generator) -> Parameters:
    """Glorot-uniform weights and zero biases of layers, drawn from `generator` in their order."""
    parameters = {}
    for name, shape in shapes.items():
        parameters[f"{name}.weight"] = _glorot(shape, generator)
        parameters[f"{name}.bias"] = torch.zeros(shape[0])
    return parameters


@dataclass(frozen=True, kw_only=True)
class Cnn:
    """Convolutions, then fully connected layers, then one number per window.

    Gorrostieta et al. 2019, sections 3.2 and 4: two convolutions (16 and 32 filters of 8 x 8,
    stride 4 x 4), no pooling, no batch normalisation, two hidden layers of 128, ReLU, linear
    output. Filters double from layer to layer; dropout follows each hidden layer.
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

    def _conv_channels(self) -> list[int]:
        return [1, *(self.filters << layer for layer in range(self.conv_layers))]

    def flat_size(self) -> int:
        """Values per window after the last convolution (1152 in the paper's network)."""
        shrink: int = self.stride**self.conv_layers
        rows, columns = math.ceil(self.coefficients / shrink), math.ceil(self.frames / shrink)
        return self._conv_channels()[-1] * rows * columns

    def init(self, generator: torch.Generator) -> Parameters:
        """Glorot-uniform weights and zero biases drawn from `generator`."""
        shapes: dict[str, tuple[int, ...]] = {}
        channels = self._conv_channels()
        for layer, (below, above) in enumerate(itertools.pairwise(channels)):
            shapes[f"conv{layer}"] = (above, below, self.kernel, self.kernel)
        widths = [self.flat_size(), *[self.hidden] * self.hidden_layers]
        for layer, (below, above) in enumerate(itertools.pairwise(widths)):
            shapes[f"hidden{layer}"] = (above, below)
        shapes["output"] = (1, widths[-1])
        return _fresh(shapes, generator)

    def noise(self, windows: int, generator: torch.Generator) -> Tensor:
        """Uniform draws (hidden layer, window, unit) in [0, 1) that decide what dropout drops."""
        return torch.rand(self.hidden_layers, windows, self.hidden, generator=generator)

    def __call__(
        self, parameters: Mapping[str, Tensor], windows: Tensor, noise: Tensor | None = None
    ) -> Tensor:
        """Outputs (window,) in standardised units.

        Args:
            parameters: as `init` makes them.
            windows: features (window, 1, coefficient, frame).
            noise: as `noise` makes it for training; None for evaluation, which drops nothing.
        """
        hidden = windows
        for layer in range(self.conv_layers):
            rows, columns = hidden.shape[-2:]
            top, bottom = same_padding(rows, self.kernel, self.stride)
            left, right = same_padding(columns, self.kernel, self.stride)
            weight, bias = parameters[f"conv{layer}.weight"], parameters[f"conv{layer}.bias"]
            hidden = F.pad(hidden, (left, right, top, bottom))
            hidden = F.relu(F.conv2d(hidden, weight, bias, stride=self.stride))
        hidden = hidden.flatten(1)
        for layer in range(self.hidden_layers):
            weight, bias = parameters[f"hidden{layer}.weight"], parameters[f"hidden{layer}.bias"]
            hidden = F.relu(F.linear(hidden, weight, bias))
            if noise is not None:
                hidden = hidden * (noise[layer] >= self.dropout) / (1 - self.dropout)
        return F.linear(hidden, parameters["output.weight"], parameters["output.bias"])[:, 0]


@dataclass(frozen=True, kw_only=True)
class Dnn:
    """Three fully connected layers that tell an emotion from all others.

    Chien & Lee, section 2.3; they do not give the layers' sizes. The first two, each with ReLU and
    dropout, are the encoder, whose output is the latent representation; the last is the classifier.
    """

    features: int
    hidden: int
    latent: int
    dropout: float

    def init(self, generator: torch.Generator) -> Parameters:
        """Glorot-uniform weights and zero biases drawn from `generator`."""
        shapes = {
            "hidden": (self.hidden, self.features),
            "latent": (self.latent, self.hidden),
            "output": (2, self.latent),
        }
        return _fresh(shapes, generator)

    def noise(self, rows: int, generator: torch.Generator) -> Tensor:
        """Uniform draws (row, unit of either layer) in [0, 1) that decide what dropout drops."""
        return torch.rand(rows, self.hidden + self.latent, generator=generator)

    def encode(
        self, parameters: Mapping[str, Tensor], features: Tensor, noise: Tensor | None = None
    ) -> Tensor:
        """Latent representation (row, latent).

        Args:
            parameters: as `init` makes them.
            features: of utterances (row, feature).
            noise: as `noise` makes it for training; None for evaluation, which drops nothing.
        """
        draws = (None, None) if noise is None else noise.split([self.hidden, self.latent], dim=-1)
        values = features
        for name, drawn in zip(("hidden", "latent"), draws, strict=True):
            weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
            values = F.relu(F.linear(values, weight, bias))
            if drawn is not None:
                values = values * (drawn >= self.dropout) / (1 - self.dropout)
        return values

    def classify(self, parameters: Mapping[str, Tensor], latent: Tensor) -> Tensor:
        """Logits (row, class) of a latent representation: all others, then the emotion."""
        return F.linear(latent, parameters["output.weight"], parameters["output.bias"])

    def __call__(
        self, parameters: Mapping[str, Tensor], features: Tensor, noise: Tensor | None = None
    ) -> Tensor:
        """Logits (row, class): of all others, then of the emotion; arguments as `encode`."""
        return self.classify(parameters, self.encode(parameters, features, noise))


@dataclass(frozen=True, kw_only=True)
class Mlp:
    """One hidden layer with ReLU, then a linear output.

    On a latent representation: with one output it is a critic of the Wasserstein distance, or the
    adversary that guesses the raters' gender (Chien & Lee, section 2.2.2); neither's size is given.
    """

    features: int
    hidden: int
    outputs: int

    def init(self, generator: torch.Generator) -> Parameters:
        """Glorot-uniform weights and zero biases drawn from `generator`."""
        shapes = {"hidden": (self.hidden, self.features), "output": (self.outputs, self.hidden)}
        return _fresh(shapes, generator)

    def __call__(self, parameters: Mapping[str, Tensor], rows: Tensor) -> Tensor:
        """Outputs (row, output) of rows (row, feature)."""
        hidden = F.relu(F.linear(rows, parameters["hidden.weight"], parameters["hidden.bias"]))
        return F.linear(hidden, parameters["output.weight"], parameters["output.bias"])


@dataclass(frozen=True)
class Adversary:
    """Guesses the speaker's gender from the prediction and the true level (Eq. 2).

    `s = sigmoid((1 + |c|) u)`, `logit = w . [s, s y, s (1 - y)] + b`: the form of Zhang et al.
    2018. One logit with a sigmoid equals the paper's two-way softmax (Eq. 10 with K = 2).
    """

    def init(self, generator: torch.Generator) -> Parameters:
        """`c` starts at 1, `w` Glorot-uniform, `b` at 0."""
        return {
            "c": torch.ones(()),
            "w": _glorot((1, 3), generator)[0],
            "b": torch.zeros(()),
        }

    def __call__(self, parameters: Mapping[str, Tensor], score: Tensor, high: Tensor) -> Tensor:
        """Logit (window,) that the speaker is a woman.

        Args:
            parameters: as `init` makes them.
            score: `u` (window,), the prediction seen from the threshold.
            high: the true level (window,): 1 high, 0 low.
        """
        s = torch.sigmoid((1 + parameters["c"].abs()) * score)
        features = torch.stack([s, s * high, s * (1 - high)], dim=-1)
        return features @ parameters["w"] + parameters["b"]
