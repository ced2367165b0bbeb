"""Two groups of points, lines to project them on, and the exact distance between groups."""

import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from fairser_core.losses.wasserstein import directions


def groups(seed: int, size: int = 12, width: int = 5) -> tuple[Tensor, Tensor]:
    """Return two groups in float64, one of them shifted and stretched."""
    generator = torch.Generator().manual_seed(seed)
    one, other = torch.randn(2, size, width, generator=generator, dtype=torch.float64)
    return one, 1.5 * other + 0.4


def lines(count: int = 30, width: int = 5) -> Tensor:
    """Return unit vectors (line, feature)."""
    drawn = directions(count, width, torch.Generator().manual_seed(9)).double()
    return drawn / drawn.norm(dim=1, keepdim=True)


def exact(one: Tensor, other: Tensor) -> float:
    """Return W₁; of groups of one size an optimal coupling is a permutation (Birkhoff)."""
    costs = cdist(one.numpy(), other.numpy())
    return float(costs[linear_sum_assignment(costs)].mean())
