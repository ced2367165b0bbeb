"""Two groups of points, lines to project them on, and the exact distance between groups."""

import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from fairser_core.losses.wasserstein import directions


def groups(seed: int, size: int = 12, width: int = 5) -> tuple[Tensor, Tensor]:
    """Return two groups in float64, one of them shifted and stretched."""
    generator = torch.Generator().manual_seed(seed)
    first, second = torch.randn(2, size, width, generator=generator, dtype=torch.float64)
    return first, 1.5 * second + 0.4


def lines(count: int = 30, width: int = 5) -> Tensor:
    """Return unit vectors (line, feature)."""
    drawn = directions(count, width, torch.Generator().manual_seed(9)).double()
    return drawn / drawn.norm(dim=1, keepdim=True)


def exact(first: Tensor, second: Tensor) -> float:
    """Return W₁; of groups of one size an optimal coupling is a permutation (Birkhoff)."""
    costs = cdist(first.numpy(), second.numpy())
    return float(costs[linear_sum_assignment(costs)].mean())
