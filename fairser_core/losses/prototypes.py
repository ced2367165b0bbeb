"""Terms of learning fair representations (LFR): rows described by their nearness to prototypes.

Zemel et al. 2013, whose loss is A_x L_x + A_y L_y + A_z L_z. They sum L_x and L_y over the rows of
a data set; here both are divided by the number of rows, so that the weights do not depend on the
size of a batch. L_z is a difference of means and needs no division. All terms are differentiable
and free of branches on data.
"""

import torch
from torch import Tensor

PROBABILITY_MARGIN = 1e-6
"""Keeps the logarithm of a predicted probability finite."""


def prototype_memberships(rows: Tensor, prototypes: Tensor, scale: Tensor) -> Tensor:
    """Return how much each row belongs to each prototype.

        M_nk = softmax_k(-d(x_n, v_k)),  d(x, v) = Σ_i α_i (x_i - v_i)²

    Args:
        rows: x (row, feature).
        prototypes: v (prototype, feature).
        scale: α ≥ 0 (feature,), weight of each feature.

    Returns:
        M (row, prototype), in [0, 1]; those of a row sum to 1.
    """
    distances = ((rows[:, None] - prototypes).square() * scale).sum(dim=-1)
    return torch.softmax(-distances, dim=-1)


def reconstruction_loss(rows: Tensor, memberships: Tensor, prototypes: Tensor) -> Tensor:
    """Return the reconstruction error: a sum over features, a mean over rows.

        L_x = 1/N Σ_n |x_n - x̂_n|²,  x̂_n = Σ_k M_nk v_k

    Args:
        rows: x (row, feature).
        memberships: M (row, prototype).
        prototypes: v (prototype, feature).

    Returns:
        Scalar ≥ 0, 0 is best.
    """
    return (rows - memberships @ prototypes).square().sum(dim=-1).mean()


def predict(memberships: Tensor, probabilities: Tensor) -> Tensor:
    """Return the probability of the class, kept a millionth away from 0 and 1.

        ŷ_n = Σ_k M_nk w_k

    Args:
        memberships: M (row, prototype).
        probabilities: w (prototype,), in [0, 1]: of the class at each prototype.

    Returns:
        ŷ (row,); its gradient is 0 where it was moved.
    """
    return (memberships @ probabilities).clamp(PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)


def prediction_loss(truth: Tensor, predicted: Tensor) -> Tensor:
    """Return the cross-entropy of the class.

        L_y = -1/N Σ_n [y_n log ŷ_n + (1 - y_n) log(1 - ŷ_n)]

    Args:
        truth: y (row,): 1 in the class, else 0.
        predicted: ŷ (row,), as `predict` makes it.

    Returns:
        Scalar ≥ 0 (nats), 0 is best.
    """
    return -(truth * predicted.log() + (1 - truth) * (-predicted).log1p()).mean()


def parity_loss(memberships: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return how far two groups' mean memberships differ: statistical parity.

        L_z = Σ_k |mean of M_nk over one group - mean of M_nk over the other|

    Args:
        memberships: M (row, prototype).
        first: 1 for the rows of one group, else 0 (row,).
        second: 1 for the rows of the other group, else 0 (row,); a row may be in neither.

    Returns:
        Scalar in [0, 2], 0 is best; 0 with a gradient of 0 if a group is empty.
    """
    means = [group @ memberships / group.sum().clamp(min=1) for group in (first, second)]
    both_present = (first.sum() > 0) & (second.sum() > 0)
    return (means[0] - means[1]).abs().sum() * both_present
