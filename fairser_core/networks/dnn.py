"""DNN of Chien & Lee (2023) on features of an utterance."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.networks.layers import Parameters, drop, fresh, linear


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
