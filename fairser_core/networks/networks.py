"""Forward passes of the networks: parameters in, outputs out, no state of their own.

A network is a frozen description of its shape. `init` makes its parameters, a dictionary of
tensors, so that each lane can have its own. Randomness is an argument: `draws`.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.networks.layers import Parameters, drop, fresh, glorot, linear, same_padding


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
    def head(self) -> "Head":
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


@dataclass(frozen=True, kw_only=True)
class VectorNetwork:
    """Fully connected layers on a vector of an utterance, then a number per target.

    With several layers of a speech model the vector is their weighted mean, with a softmax of
    trained weights. Means over frames commute with it, so cached means of the layers suffice.

    Attributes:
        features: of a vector.
        layers: layers of a speech model that are weighed; 0 for the vector of one.
        hidden_layers: hidden layers.
        hidden: units of each.
        dropout: share of hidden units dropped.
        outputs: numbers per utterance, one a target.
    """

    features: int
    layers: int
    hidden_layers: int
    hidden: int
    dropout: float
    outputs: int

    @property
    def head(self) -> Head:
        """Fully connected layers."""
        return Head(self.hidden_layers, self.hidden, self.dropout, self.outputs)

    def init(self, generator: torch.Generator) -> Parameters:
        """Draw Glorot-uniform weights, with zero biases; layers begin with equal weights."""
        parameters = fresh(self.head.shapes(self.features), generator)
        return parameters | ({"mixture": torch.zeros(self.layers)} if self.layers else {})

    def draws(self, rows: int, generator: torch.Generator) -> Tensor:
        """Draw uniform numbers (hidden layer, row, unit) in [0, 1) that decide on dropout."""
        return self.head.draws(rows, generator)

    def __call__(
        self, parameters: Mapping[str, Tensor], vectors: Tensor, draws: Tensor | None = None
    ) -> Tensor:
        """Return outputs in standard units of the training labels; see `Head`.

        Args:
            parameters: as `init` makes them.
            vectors: features (row, feature), or (row, layer, feature) of several layers.
            draws: as `draws` makes them, for training; None, for predictions, drops nothing.
        """
        if self.layers:
            vectors = torch.einsum("l,rlf->rf", parameters["mixture"].softmax(dim=0), vectors)
        return self.head(parameters, vectors, draws)


@dataclass(frozen=True, kw_only=True)
class Dnn:
    """Three fully connected layers that detect one emotion among all others, or tell classes apart.

    Chien & Lee (2023), section 3.1, without the layers' sizes. The first two layers, each with
    ReLU and dropout, are the encoder; its output is the latent representation. The last layer is
    the classifier.

    Attributes:
        features: of an utterance.
        hidden: units of the first layer.
        latent: units of the second.
        dropout: share of the units of either dropped.
        outputs: classes: all other emotions and the emotion, or more.
    """

    features: int
    hidden: int
    latent: int
    dropout: float
    outputs: int = 2

    def init(self, generator: torch.Generator) -> Parameters:
        """Draw Glorot-uniform weights, with zero biases."""
        shapes = {
            "hidden": (self.hidden, self.features),
            "latent": (self.latent, self.hidden),
            "output": (self.outputs, self.latent),
        }
        return fresh(shapes, generator)

    def draws(self, rows: int, generator: torch.Generator) -> Tensor:
        """Draw uniform numbers (row, unit of either layer) in [0, 1) that decide on dropout."""
        return torch.rand(rows, self.hidden + self.latent, generator=generator)

    def encode(
        self, parameters: Mapping[str, Tensor], features: Tensor, draws: Tensor | None = None
    ) -> Tensor:
        """Return the latent representation (row, latent).

        Args:
            parameters: as `init` makes them.
            features: of utterances (row, feature).
            draws: as `draws` makes them, for training; None, for predictions, drops nothing.
        """
        split = (None, None) if draws is None else draws.split([self.hidden, self.latent], dim=-1)
        values = features
        for layer, drawn in zip(("hidden", "latent"), split, strict=True):
            values = drop(F.relu(linear(parameters, layer, values)), drawn, self.dropout)
        return values

    def classify(self, parameters: Mapping[str, Tensor], latent: Tensor) -> Tensor:
        """Return logits (row, class) of a representation."""
        return linear(parameters, "output", latent)

    def __call__(
        self, parameters: Mapping[str, Tensor], features: Tensor, draws: Tensor | None = None
    ) -> Tensor:
        """Return logits (row, class) of utterances; arguments as in `encode`."""
        return self.classify(parameters, self.encode(parameters, features, draws))

    def detect(self, parameters: Mapping[str, Tensor], features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the probability of the emotion (row,) and the representation (row, latent).

        Args:
            parameters: as `init` makes them.
            features: of utterances (row, feature); nothing is dropped.
        """
        latent = self.encode(parameters, features)
        return self.classify(parameters, latent).softmax(dim=-1)[:, 1], latent


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


@dataclass(frozen=True)
class Adversary:
    """Guess at the speaker's group from the prediction and the true level.

        s = sigmoid((1 + |c|) u),  logits = W [s, s y, s (1 - y)] + b

    Gorrostieta et al. 2019, Eq. 2, in the form of Zhang et al. 2018. Of two groups one logit with a
    sigmoid equals the paper's two-way softmax (Eq. 10 with K = 2); of K others there are K logits.

    Attributes:
        groups: number K of groups.
    """

    groups: int = 2

    def init(self, generator: torch.Generator) -> Parameters:
        """Set c to 1, draw w Glorot-uniform, and set b to 0."""
        if self.groups > 2:
            weights = glorot((self.groups, 3), generator).T.contiguous()
            return {"c": torch.ones(()), "w": weights, "b": torch.zeros(self.groups)}
        return {
            "c": torch.ones(()),
            "w": glorot((1, 3), generator)[0],
            "b": torch.zeros(()),
        }

    def __call__(self, parameters: Mapping[str, Tensor], score: Tensor, high: Tensor) -> Tensor:
        """Return the logits (window, group); of two groups the logit of the first (window,).

        Args:
            parameters: as `init` makes them.
            score: u (window,), the prediction relative to the threshold.
            high: y (window,), the true level: 1 high, 0 low.
        """
        s = torch.sigmoid((1 + parameters["c"].abs()) * score)
        features = torch.stack([s, s * high, s * (1 - high)], dim=-1)
        return features @ parameters["w"] + parameters["b"]

    def loss(
        self, parameters: Mapping[str, Tensor], score: Tensor, high: Tensor, groups: Tensor
    ) -> Tensor:
        """Return the mean cross-entropy of the groups in nats (Eq. 10).

        Args:
            parameters: as `init` makes them.
            score: u (window,).
            high: y (window,).
            groups: 1 in the column of each window's group, else 0 (window, group).
        """
        logits = self(parameters, score, high)
        if self.groups == 2:
            return F.binary_cross_entropy_with_logits(logits, groups[..., 0])
        return -(groups * F.log_softmax(logits, dim=-1)).sum(dim=-1).mean()


@dataclass(frozen=True, kw_only=True)
class ClassAdversary:
    """Guess at the speaker's group from the probabilities of the classes and the true class.

        logits = Σ_c y_c (W_c p + b_c)

    Attributes:
        classes: number of classes.
        groups: number of groups.
    """

    classes: int
    groups: int

    def init(self, generator: torch.Generator) -> Parameters:
        """Draw W Glorot-uniform, and set b to 0."""
        weights = glorot((self.groups, self.classes * self.classes), generator)
        return {
            "w": weights.reshape(self.groups, self.classes, self.classes),
            "b": torch.zeros(self.groups, self.classes),
        }

    def loss(
        self, parameters: Mapping[str, Tensor], probability: Tensor, label: Tensor, groups: Tensor
    ) -> Tensor:
        """Return the mean cross-entropy of the groups in nats over the rows that have a class.

        Args:
            parameters: as `init` makes them.
            probability: p (row, class).
            label: 1 in the column of the class; zeros where there is none (row, class).
            groups: 1 in the column of the group, else 0 (row, group).
        """
        of_classes = torch.einsum("gcd,nd->ngc", parameters["w"], probability) + parameters["b"]
        logits = (of_classes * label[:, None, :]).sum(dim=-1)
        losses = -(groups * F.log_softmax(logits, dim=-1)).sum(dim=-1)
        known = label.sum(dim=-1)
        return (losses * known).sum() / known.sum().clamp(min=1)
