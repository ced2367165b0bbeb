"""Network on vectors of a speech model."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from fairser_core.networks.head import Head
from fairser_core.networks.layers import Parameters, fresh


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
