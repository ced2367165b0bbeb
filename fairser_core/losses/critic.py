"""A critic's estimate of the Wasserstein-1 distance between two groups of representations."""

from collections.abc import Callable

from torch import Tensor
from torch.func import grad

from fairser_core.losses.wasserstein import check_same_size, lengths
from fairser_core.networks.layers import Parameters

PENALTY_WEIGHT = 10.0
"""Weight of the gradient penalty beside the critic's gap (Gulrajani et al. 2017)."""


def critic_gap(first_scores: Tensor, second_scores: Tensor) -> Tensor:
    """Return the gap between a critic's mean scores of two groups, the dual of W₁.

        mean f(x) - mean f(y)

    The greatest gap over all critics of slope ≤ 1 is W₁. With the penalty it is somewhat more: for
    a shift by c, |c| + |c|²/20. The critic descends `critic_loss`, an encoder this gap (Feng et al.
    2019, who clip the critic's weights; the penalty is that of Gulrajani et al. 2017).

    Args:
        first_scores: f(x) (row,).
        second_scores: f(y) (row,); the groups may differ in size.

    Returns:
        Scalar of either sign.
    """
    return first_scores.mean() - second_scores.mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], first: Tensor, second: Tensor, mix: Tensor
) -> Tensor:
    """Return how far a critic's slope is from 1 between the groups: mean (|∇f(ẑ)| - 1)².

    Gulrajani et al. 2017, Eq. 3, with ẑ = t x + (1 - t) y on the segments between paired rows.

    Args:
        critic: f, of one lane: rows (row, feature) to scores (row,), each from its row alone.
        first: representations x (row, feature).
        second: representations y (row, feature), as many.
        mix: t (row,), uniform in [0, 1).

    Returns:
        Scalar ≥ 0; 1 for a constant critic, with a gradient of 0.

    Raises:
        ValueError: the groups differ in size.
    """
    check_same_size(first, second)
    between = mix[:, None] * first + (1 - mix[:, None]) * second
    slopes = grad(lambda rows: critic(rows).sum())(between)
    return (lengths(slopes) - 1).square().mean()


def critic_loss(
    critic: Callable[[Tensor], Tensor], first: Tensor, second: Tensor, mix: Tensor
) -> Tensor:
    """Return the loss that a critic descends: 10 times its penalty, less its gap.

    Args:
        critic: f, as in `gradient_penalty`.
        first: representations x (row, feature).
        second: representations y (row, feature), as many.
        mix: t (row,), as in `gradient_penalty`.

    Returns:
        Scalar; the negative of the least loss is the groups' distance, see `critic_gap`.

    Raises:
        ValueError: the groups differ in size.
    """
    penalty = gradient_penalty(critic, first, second, mix)
    return PENALTY_WEIGHT * penalty - critic_gap(critic(first), critic(second))


def critic_gradient(
    critic: Callable[[Parameters, Tensor], Tensor],
    parameters: Parameters,
    first: Tensor,
    second: Tensor,
    mix: Tensor,
) -> Parameters:
    """Return the gradient of `critic_loss` in the parameters of the critic's network.

    Args:
        critic: from parameters and rows (row, feature) to scores (row, 1).
        parameters: of the critic.
        first: representations x (row, feature).
        second: representations y (row, feature), as many.
        mix: t (row,), as in `gradient_penalty`.

    Raises:
        ValueError: the groups differ in size.
    """

    def loss(parameters: Parameters) -> Tensor:
        return critic_loss(lambda rows: critic(parameters, rows)[:, 0], first, second, mix)

    gradient: Parameters = grad(loss)(parameters)
    return gradient
