"""Losses over one batch.

All are differentiable and free of branches on data, so that `torch.func.vmap` can add a lane axis.
Groups are weights of 0 and 1, because boolean indexing fails inside vmap.
"""

import itertools
from typing import Literal, get_args

import torch
from torch import Tensor

Surrogate = Literal["soft", "straight_through"]

CCC_EPSILON = 1e-8
"""Added to the denominator: keeps the CCC of a constant batch differentiable."""


def ccc(truth: Tensor, prediction: Tensor) -> Tensor:
    """Return the concordance correlation coefficient of a batch; L_P is its negative.

        CCC = 2·cov(y, ŷ) / (σ²_y + σ²_ŷ + (μ_y - μ_ŷ)² + ε)

    with population (1/n) moments: Gorrostieta et al. 2019, Eq. 9, whose printed denominator lacks
    the second plus. The covariance stands for ρσ_yσ_ŷ, as ρ alone is 0/0 for a constant batch.

    Args:
        truth: y, shape (utterance,).
        prediction: ŷ, shape (utterance,).

    Returns:
        Scalar in [-1, 1], 1 is best; 0 if one of the two is constant.
    """
    truth_deviation = truth - truth.mean()
    prediction_deviation = prediction - prediction.mean()
    covariance = (truth_deviation * prediction_deviation).mean()
    variances = truth_deviation.square().mean() + prediction_deviation.square().mean()
    shift = (truth.mean() - prediction.mean()).square()
    return 2 * covariance / (variances + shift + CCC_EPSILON)


def soft_recall_gap(
    prediction: Tensor,
    high: Tensor,
    groups: Tensor,
    threshold: float,
    temperature: float = 0.5,
    surrogate: Surrogate = "soft",
) -> Tensor:
    """Return the differences in recall between groups, made differentiable.

        L_eq = |r₀m - r₀f| + |r₁m - r₁f|

    Gorrostieta et al. 2019, Eq. 7; of more than two groups each term is the mean over all pairs
    that have the level. The formula itself has no gradient, because a recall counts
    predictions above a threshold θ. Here a prediction counts as high by p = σ((ŷ - θ)/τ):

    - `soft`: r₁ is a mean of p and r₀ one of 1 - p; the hard value is the limit for τ → 0.
    - `straight_through`: the value, and so the sign of each difference, is the hard one, and
      the gradient that of p.

    Args:
        prediction: ŷ, shape (utterance,).
        high: 1 where the true activation is above θ, else 0, shape (utterance,).
        groups: 1 in the column of the speaker's group, else 0, shape (utterance, group).
        threshold: θ, in the unit of `prediction`.
        temperature: τ > 0, in the unit of `prediction`.
        surrogate: form of the decision, see above.

    Returns:
        Scalar in [0, 2], 0 is best. A pair of which a group lacks a level in this batch adds 0
        there, and so does its gradient; at a difference of 0 the gradient is 0.

    Raises:
        ValueError: `surrogate` is neither of the two, or `temperature` is not above 0.
    """
    if surrogate not in get_args(Surrogate):
        raise ValueError(f"`surrogate` must be one of {get_args(Surrogate)}, got {surrogate!r}")
    if not temperature > 0:
        raise ValueError(f"`temperature` must be > 0, got {temperature}")
    p = torch.sigmoid((prediction - threshold) / temperature)
    if surrogate == "straight_through":
        p = (prediction > threshold).to(p.dtype) + (p - p.detach())
    return _recall_gap(1 - p, 1 - high, groups) + _recall_gap(p, high, groups)


def _recall_gap(hit: Tensor, level: Tensor, groups: Tensor) -> Tensor:
    """Return the mean over pairs of groups of |r_g' - r_g| for one level: of the mean `hit`."""
    cells = [level * groups[..., number] for number in range(groups.shape[-1])]
    recalls = [_mean(hit, cell) for cell in cells]
    present = [cell.sum() > 0 for cell in cells]
    gaps, counts = [], []
    for first, second in itertools.combinations(range(len(cells)), 2):
        gap = (recalls[second] - recalls[first]).abs()
        both = (present[first] & present[second]).to(gap.dtype)
        gaps.append(gap * both)
        counts.append(both)
    return torch.stack(gaps).sum() / torch.stack(counts).sum().clamp(min=1)


def reverse(values: Tensor, weight: float = 1.0) -> Tensor:
    """Return the values themselves, with their gradient multiplied by -weight.

    Gradient reversal of Ganin & Lempitsky 2015: a network below it ascends the loss that the
    network above it descends.

    Args:
        values: finite, of any shape.
        weight: λ ≥ 0.

    Returns:
        `values`, bit for bit: the difference subtracted from them is 0.
    """
    return values.detach() - weight * (values - values.detach())


def triplet(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    present: Tensor | None = None,
) -> Tensor:
    """Return the triplet loss, which draws a row's like nearer than its unlike by a margin.

        L_T = mean max(0, |a - p| - |a - n| + m)

    with Euclidean distances: Chien & Lee (2023), section 2.2.3, without the margin's value.

    Args:
        anchor: a (row, feature).
        positive: p (row, feature), of the anchor's group.
        negative: n (row, feature), of another group.
        margin: m, in the unit of the features.
        present: 1 where the row has a triplet, else 0 (row,); rows without one must be finite.
            None: every row has one.

    Returns:
        Scalar ≥ 0, 0 is best; 0 with a gradient of 0 without any triplet. At a distance of 0 the
        gradient is 0.
    """
    near = torch.linalg.vector_norm(anchor - positive, dim=-1)
    far = torch.linalg.vector_norm(anchor - negative, dim=-1)
    excess = torch.relu(near - far + margin)
    return _mean(excess, torch.ones_like(excess) if present is None else present)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean; 0 if every weight is 0."""
    return (values * weights).sum() / weights.sum().clamp(min=1)
