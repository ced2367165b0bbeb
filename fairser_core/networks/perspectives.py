"""The network of stage 2 of Chien & Lee (2023): one representation, two perspectives on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.func import vmap

from fairser_core.networks.layers import Parameters, drop, glorot
from fairser_core.networks.mlp import Mlp

PERSPECTIVES = 2
"""Women's and men's, in this order."""
Conditioning = Literal["heads", "per_view_fc", "mask"]


@dataclass(frozen=True, kw_only=True)
class Perspectives:
    """A fully connected layer that embeds stage 1's representation, and the detectors behind it.

    Chien & Lee (2023), section 2.2.3 and Figure 4, leave open where the two perspectives part:

    - `heads`: the embedding is shared, h = f(z), and each perspective has a detector of its own.
    - `per_view_fc`: each perspective has its own layer, h_v = f_v(z), and they share the detector.
    - `mask`: layer and detector are shared, and each perspective uses some of the layer's units:
      h_v = f(z) ⊙ max(0, m_v), learned as in Veit et al. 2017, without their norms as penalties.

    The layer is linear, as distances are measured behind it; a detector is an `Mlp`.

    Attributes:
        features: units of stage 1's representation.
        units: of the embedding.
        hidden: units of a detector's hidden layer.
        dropout: share of the embedding's units dropped.
        conditioning: where the perspectives part.
    """

    features: int
    units: int
    hidden: int
    dropout: float
    conditioning: Conditioning

    @property
    def head(self) -> Mlp:
        """A detector."""
        return Mlp(features=self.units, hidden=self.hidden, outputs=2)

    def init(self, generator: torch.Generator) -> Parameters:
        """Draw fresh parameters; layers and heads have a leading axis of 1, or of perspectives.

        Weights are Glorot-uniform and biases zero; masks are normal around 0.9 with deviation 0.7,
        so that most begin open.
        """
        layers = PERSPECTIVES if self.conditioning == "per_view_fc" else 1
        heads = PERSPECTIVES if self.conditioning == "heads" else 1
        weights = [glorot((self.units, self.features), generator) for _ in range(layers)]
        parameters = {
            "embed.weight": torch.stack(weights),
            "embed.bias": torch.zeros(layers, self.units),
        }
        drawn = [self.head.init(generator) for _ in range(heads)]
        parameters |= {f"head.{name}": torch.stack([d[name] for d in drawn]) for name in drawn[0]}
        if self.conditioning == "mask":
            shape = (PERSPECTIVES, self.units)
            parameters["mask"] = 0.9 + 0.7 * torch.randn(shape, generator=generator)
        return parameters

    def draws(self, rows: int, generator: torch.Generator) -> Tensor:
        """Draw uniform numbers (row, unit) in [0, 1) that decide on dropout for both."""
        return torch.rand(rows, self.units, generator=generator)

    def embed(self, parameters: Mapping[str, Tensor], latent: Tensor) -> Tensor:
        """Return embeddings (perspective, row, unit); a leading 1 where both share one.

        Args:
            parameters: as `init` makes them.
            latent: stage 1's representation (row, feature).
        """
        weight, bias = parameters["embed.weight"], parameters["embed.bias"]
        embedding = latent @ weight.mT + bias[:, None]
        if self.conditioning == "mask":
            return embedding * torch.relu(parameters["mask"])[:, None]
        return embedding

    def classify(
        self, parameters: Mapping[str, Tensor], embedding: Tensor, draws: Tensor | None = None
    ) -> Tensor:
        """Return logits (perspective, row, class): of all other emotions, then of the emotion.

        Args:
            parameters: as `init` makes them.
            embedding: as `embed` makes it.
            draws: as `draws` makes them, for training; None, for predictions, drops nothing.
        """
        embedding = drop(embedding, draws, self.dropout)
        heads = {
            name.removeprefix("head."): value.expand(PERSPECTIVES, *value.shape[1:])
            for name, value in parameters.items()
            if name.startswith("head.")
        }
        return vmap(self.head)(heads, embedding.expand(PERSPECTIVES, *embedding.shape[1:]))
