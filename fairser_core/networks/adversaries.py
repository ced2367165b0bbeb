"""Adversaries that guess the group of a speaker from what a network predicts."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.networks.layers import Parameters, glorot


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
