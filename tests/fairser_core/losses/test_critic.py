"""The gap and the gradient penalty of a critic."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from fairser_core.losses.critic import critic_gap, critic_loss, gradient_penalty
from fairser_core.networks.mlp import Mlp
from tests.support.point_clouds import exact, groups, lines


def test_the_gap_is_the_difference_of_the_means() -> None:
    assert critic_gap(torch.tensor([1.0, 2.0]), torch.tensor([4.0, 0.0, 5.0])).item() == -1.5


def test_no_critic_of_slope_one_has_a_gap_above_exact() -> None:
    one, other = groups(0)
    for line in lines():
        assert abs(critic_gap(one @ line, other @ line).item()) <= exact(one, other)
    shift = 3 * lines()[0]
    gap = critic_gap((one + shift) @ lines()[0], one @ lines()[0])
    assert gap.item() == pytest.approx(3) == exact(one + shift, one)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0, 3.0])
def test_the_penalty_of_a_linear_critic_is_its_slopes_closed_form(slope: float) -> None:
    one, other = groups(0)
    weight = slope * lines()[0]
    penalty = gradient_penalty(lambda rows: rows @ weight, one, other, torch.zeros(12))
    assert penalty.item() == pytest.approx((slope - 1) ** 2, abs=1e-12)


def test_the_penalty_is_taken_between_paired_rows() -> None:
    one, other = groups(0)
    mix = torch.rand(12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    # |x|²/2 has the slope x.
    penalty = gradient_penalty(lambda rows: rows.square().sum(dim=1) / 2, one, other, mix)
    norms = [(t * x + (1 - t) * y).norm() for t, x, y in zip(mix, one, other, strict=True)]
    assert penalty.item() == pytest.approx(np.mean([(norm - 1) ** 2 for norm in norms]))


def loss_of(parameters: dict[str, Tensor], one: Tensor, other: Tensor, mix: Tensor) -> Tensor:
    def critic(rows: Tensor) -> Tensor:
        return Mlp(features=5, hidden=8, outputs=1)(parameters, rows)[:, 0]

    return critic_loss(critic, one, other, mix)


def critic_parameters(seed: int) -> dict[str, Tensor]:
    fresh = Mlp(features=5, hidden=8, outputs=1).init(torch.Generator().manual_seed(seed))
    return {name: tensor.double() for name, tensor in fresh.items()}


def test_the_gradient_of_a_critics_loss_is_its_finite_difference() -> None:
    one, other = groups(0)
    mix = torch.rand(12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    parameters = critic_parameters(0)
    slopes = grad(loss_of)(parameters, one, other, mix)
    for name, tensor in parameters.items():
        step = torch.zeros_like(tensor)
        step.view(-1)[0] = 1e-6
        ends = [
            loss_of(parameters | {name: tensor + sign * step}, one, other, mix) for sign in (1, -1)
        ]
        difference = (ends[0] - ends[1]).item() / 2e-6
        assert slopes[name].view(-1)[0].item() == pytest.approx(difference, abs=1e-7), name


def test_a_critic_of_zeros_has_a_penalty_of_one_and_a_finite_gradient() -> None:
    one, other = groups(0)
    parameters = {name: torch.zeros_like(p) for name, p in critic_parameters(0).items()}
    slopes = grad(loss_of)(parameters, one, other, torch.full((12,), 0.5).double())
    assert loss_of(parameters, one, other, torch.zeros(12).double()).item() == 10
    assert all(slope.isfinite().all() for slope in slopes.values())


def test_a_critics_gradient_over_lanes_is_that_of_each_lane() -> None:
    one, other = (torch.stack(lanes) for lanes in zip(*map(groups, range(3)), strict=True))
    mix = torch.rand(3, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    replicas = [critic_parameters(seed) for seed in range(3)]
    stacked = {name: torch.stack([r[name] for r in replicas]) for name in replicas[0]}
    slopes = vmap(grad(loss_of))(stacked, one, other, mix)
    for lane, replica in enumerate(replicas):
        for name, slope in grad(loss_of)(replica, one[lane], other[lane], mix[lane]).items():
            torch.testing.assert_close(slopes[name][lane], slope)


def test_a_trained_critics_gap_is_the_penalised_duals_closed_form() -> None:
    one, _ = groups(0, size=64)
    other = one + 3 * lines()[0]
    generator = torch.Generator().manual_seed(0)
    parameters = {name: p.requires_grad_() for name, p in critic_parameters(1).items()}
    adam = torch.optim.Adam(parameters.values(), lr=0.02)
    for _ in range(300):
        adam.zero_grad()
        mix = torch.rand(64, generator=generator, dtype=torch.float64)
        loss_of(parameters, one, other, mix).backward()
        adam.step()
    scores = [Mlp(features=5, hidden=8, outputs=1)(parameters, g)[:, 0] for g in (one, other)]
    # The best slope s for a shift by c maximises s|c| - 10(s - 1)².
    assert critic_gap(*scores).item() == pytest.approx(3 + 3**2 / 20, rel=0.01)


def test_a_penalty_on_groups_of_different_size_is_refused() -> None:
    one, other = groups(0)
    with pytest.raises(ValueError, match="`first` has 12 rows and `second` 11"):
        gradient_penalty(lambda rows: rows.sum(dim=1), one, other[1:], torch.rand(11))
