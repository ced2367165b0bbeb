"""Estimators of the Wasserstein-1 distance between two groups of representations.

    W₁(P, Q) = min_π E_{(x,y)~π} |x - y| = max_{|f|_Lip ≤ 1} E_P f - E_Q f

over the couplings π of P and Q, with the Euclidean distance. All are differentiable and free of
branches on data: `torch.func.grad` and `vmap` go through them. They differ in scale, above all in
many dimensions, where two samples of the same distribution are far apart: for two times 16 draws
of N(0, I) in 32 dimensions W₁ is about 7, the sliced distance about 0.4.
"""

import torch
from torch import Tensor


def directions(count: int, width: int, generator: torch.Generator) -> Tensor:
    """Draw unit vectors (direction, feature), uniform on the sphere, to slice along.

    Args:
        count: number of directions.
        width: features of a representation.
        generator: source of the draws, on the CPU.
    """
    drawn = torch.randn(count, width, generator=generator)
    return drawn / lengths(drawn)[:, None]


def sliced(first: Tensor, second: Tensor, directions: Tensor) -> Tensor:
    """Return the sliced Wasserstein-1 distance of two groups of the same size.

        SW₁ = 1/(LN) Σ_l Σ_i |x_(i)·θ_l - y_(i)·θ_l|

    where x_(i)·θ_l is the i-th smallest projection on the direction θ_l: W₁ on the line, averaged
    over lines (Bonneel et al. 2015, with p = 1). SW₁ is never above W₁. In d dimensions a shift by
    c has W₁ = |c|, but SW₁ ≈ |c| √(2/(πd)).

    Args:
        first: representations x (row, feature).
        second: representations y (row, feature), as many.
        directions: unit vectors θ (direction, feature), as `directions` draws them.

    Returns:
        Scalar ≥ 0, in the unit of the features; 0 for equal groups, in any order of their rows.

    Raises:
        ValueError: the groups differ in size.
    """
    check_same_size(first, second)
    first, second = ((rows @ directions.T).sort(dim=0).values for rows in (first, second))
    return (first - second).abs().mean()


def sinkhorn(first: Tensor, second: Tensor, blur: float = 0.05, iterations: int = 20) -> Tensor:
    """Return the debiased Sinkhorn divergence of two groups of the same size, with cost |x - y|.

        S_ε(P, Q) = T_ε(P, Q) - T_ε(P, P)/2 - T_ε(Q, Q)/2
        T_ε(P, Q) = min_π E_π |x - y| + ε KL(π | P⊗Q)

    Feydy et al. 2019, for N rows of equal weight; ε is the blur. S differs from W₁ by no more than
    ε log N, and is mostly less: points nearer to each other than ε count as one. The limit for
    ε → 0 is W₁, the limit for ε → ∞ half the energy distance.

    The number of iterations is fixed, while ε falls geometrically from the largest distance to
    `blur`. So each T_ε is slightly low, as a value of its dual, and not wholly symmetric. The
    gradient goes through all iterations and is exactly that of the value; at fixed potentials (the
    envelope theorem) it would be two to four times further from that of S.

    Args:
        first: representations x (row, feature).
        second: representations y (row, feature), as many.
        blur: the final ε > 0, in the unit of the features.
        iterations: number of ε, with one update of both potentials each, ≥ 1.

    Returns:
        Scalar, in the unit of the features; ≥ 0 up to the error of the iterations, exactly 0 if
        `first` is `second`.

    Raises:
        ValueError: the groups differ in size, `blur` is not above 0, or `iterations` below 1.
    """
    check_same_size(first, second)
    if not blur > 0:
        raise ValueError(f"`blur` must be > 0, got {blur}")
    if iterations < 1:
        raise ValueError(f"`iterations` must be >= 1, got {iterations}")
    from_rows, to_rows = torch.stack([first, first, second]), torch.stack([second, first, second])
    costs = lengths(from_rows[:, :, None] - to_rows[:, None])
    transport = _transport(costs, blur, iterations)
    return transport[0] - transport[1:].mean()


def _transport(costs: Tensor, blur: float, iterations: int) -> Tensor:
    """Return mean f + mean g (problem,), potentials of T_ε's dual for costs (problem, row, row).

    The sum is T_ε - ε log N, as weights of 1 stand for 1/N; all problems have the same constant.
    """
    ratio = (costs.amax(dim=(-2, -1), keepdim=True) / blur).clamp(min=1)
    g = torch.zeros_like(costs[:, :1])
    for left in reversed(range(iterations)):
        epsilon = blur * ratio ** (left / iterations)
        f = _softmin(costs - g, epsilon, dim=2)
        g = _softmin(costs - f, epsilon, dim=1)
    return f.mean(dim=(-2, -1)) + g.mean(dim=(-2, -1))


def _softmin(values: Tensor, epsilon: Tensor, dim: int) -> Tensor:
    """Return -ε log Σ exp(-v/ε) along an axis that is kept; the minimum for ε → 0."""
    return -epsilon * torch.logsumexp(-values / epsilon, dim=dim, keepdim=True)


def lengths(vectors: Tensor) -> Tensor:
    """Return the Euclidean norm along the last axis; its gradient at 0 is 0."""
    lengths: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return lengths


def check_same_size(first: Tensor, second: Tensor) -> None:
    """Raise a ValueError unless two groups have as many rows."""
    if len(first) != len(second):
        raise ValueError(
            "the groups must be of the same size,"
            f" but `first` has {len(first)} rows and `second` {len(second)}"
        )
