"""The network of Chien & Lee's stage 2: one representation, heard with either gender's ears."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.func import vmap

from fairser_core.networks.networks import Mlp, Parameters

VIEWS = 2
"""The women's and the men's, in this order."""
Conditioning = Literal["heads", "per_view_fc", "mask"]


@dataclass(frozen=True, kw_only=True)
class Perspectives:
    """A fully connected layer that embeds stage 1's representation, and the detectors behind it.

    Chien & Lee, section 2.2.3 and Figure 4, who leave open where the two views part:

    - `heads`: the embedding is shared, h = f(z), and each view has a detector of its own.
    - `per_view_fc`: each view has its own layer, h_v = f_v(z), and they share the detector.
    - `mask`: the layer is shared, and so is the detector, but each view looks at some of its units:
      h_v = f(z) ⊙ max(0, m_v), learned as in Veit et al. 2017, without their norms as penalties.

    The layer is linear, as distances are measured behind it; a detector is an `Mlp`.

    Attributes:
        features: units of stage 1's representation.
        units: of the embedding.
        hidden: units of a detector's hidden layer.
        dropout: share of the embedding's units dropped.
        conditioning: where the views part.
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
        """Fresh parameters; layers and heads have a leading axis of 1, or of views.

        Weights are Glorot-uniform and biases zero; masks are normal around 0.9 with deviation 0.7,
        so that most begin open.
        """
        layers = VIEWS if self.conditioning == "per_view_fc" else 1
        heads = VIEWS if self.conditioning == "heads" else 1
        weights = [torch.empty(self.units, self.features) for _ in range(layers)]
        for weight in weights:
            torch.nn.init.xavier_uniform_(weight, generator=generator)
        parameters = {
            "embed.weight": torch.stack(weights),
            "embed.bias": torch.zeros(layers, self.units),
        }
        made = [self.head.init(generator) for _ in range(heads)]
        parameters |= {f"head.{name}": torch.stack([m[name] for m in made]) for name in made[0]}
        if self.conditioning == "mask":
            parameters["mask"] = 0.9 + 0.7 * torch.randn(VIEWS, self.units, generator=generator)
        return parameters

    def noise(self, rows: int, generator: torch.Generator) -> Tensor:
        """Uniform draws (row, unit) in [0, 1) that decide what dropout drops, for both views."""
        return torch.rand(rows, self.units, generator=generator)

    def embed(self, parameters: Mapping[str, Tensor], latent: Tensor) -> Tensor:
        """Embeddings (view, row, unit) of a representation (row, feature); one if they share it."""
        weight, bias = parameters["embed.weight"], parameters["embed.bias"]
        embedding = latent @ weight.mT + bias[:, None]
        if self.conditioning == "mask":
            return embedding * torch.relu(parameters["mask"])[:, None]
        return embedding

    def classify(
        self, parameters: Mapping[str, Tensor], embedding: Tensor, noise: Tensor | None = None
    ) -> Tensor:
        """Logits (view, row, class): of all other emotions, then of the emotion.

        Args:
            parameters: as `init` makes them.
            embedding: as `embed` makes it.
            noise: as `noise` makes it for training; None for evaluation, which drops nothing.
        """
        if noise is not None:
            embedding = embedding * (noise >= self.dropout) / (1 - self.dropout)
        heads = {
            name.removeprefix("head."): value.expand(VIEWS, *value.shape[1:])
            for name, value in parameters.items()
            if name.startswith("head.")
        }
        return vmap(self.head)(heads, embedding.expand(VIEWS, *embedding.shape[1:]))
