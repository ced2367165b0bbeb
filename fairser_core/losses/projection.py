"""Gradient that descends one loss without helping an adversary descend another."""

from collections.abc import Mapping
from typing import Literal, get_args

import torch
from torch import Tensor

Granularity = Literal["global", "per_tensor"]


def debias(
    primary: Mapping[str, Tensor],
    adversarial: Mapping[str, Tensor],
    alpha0: float,
    granularity: Granularity = "global",
) -> dict[str, Tensor]:
    """Remove the adversary's direction from the predictor's gradient, then go against it.

        d = g_P - (⟨g_P, g_A⟩ / ‖g_A‖²)·g_A - α₀·g_A

    Gorrostieta et al. 2019, Eq. 5, after Zhang et al. 2018. A step along -d descends L_P
    orthogonally to g_A and ascends L_A: ⟨d, g_A⟩ = -α₀‖g_A‖² over each vector that is projected.
    Free of branches on data: `torch.func.vmap` can add a lane axis.

    Args:
        primary: g_P = ∇L_P, one tensor a parameter, of any shape.
        adversarial: g_A = ∇L_A with respect to the same parameters.
        alpha0: α₀ ≥ 0. At 0 the projection is still removed.
        granularity: `global` takes all parameters as one vector (Zhang et al.), `per_tensor`
            projects each tensor by itself (AIF360, fairlearn).

    Returns:
        d, one tensor a parameter. Where g_A = 0 the projection is 0 and d = g_P.

    Raises:
        ValueError: the two gradients are not of the same parameters, or `granularity` is neither
            of the two.
    """
    if primary.keys() != adversarial.keys():
        raise ValueError(
            "`primary` and `adversarial` must be gradients of the same parameters,"
            f" but only one has {sorted(primary.keys() ^ adversarial.keys())}"
        )
    if granularity not in get_args(Granularity):
        raise ValueError(
            f"`granularity` must be one of {get_args(Granularity)}, got {granularity!r}"
        )
    inner = torch.stack([(primary[name] * adversarial[name]).sum() for name in primary])
    squared_norm = torch.stack([adversarial[name].square().sum() for name in primary])
    if granularity == "global":
        inner = inner.sum().expand_as(inner)
        squared_norm = squared_norm.sum().expand_as(squared_norm)
    coefficient = torch.where(squared_norm > 0, inner / squared_norm, 0.0)
    return {
        name: primary[name] - (coefficient[index] + alpha0) * adversarial[name]
        for index, name in enumerate(primary)
    }
