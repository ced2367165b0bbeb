from functools import partial

import pytest
import torch
from torch import Tensor

from fairser_core.losses.losses import triplet


def triplets(seed: int, rows: int = 20, width: int = 6) -> Tensor:
    """Anchor, positive and negative rows, in float64; some triplets satisfy a margin, some not."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, rows, width, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("margin", [0.01, 0.2, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_triplet_is_torchs_and_so_is_its_gradient(seed: int, margin: float) -> None:
    known = torch.nn.TripletMarginLoss(margin, eps=0.0)
    rows = triplets(seed)
    assert 0 < triplet(*rows, margin).item() == pytest.approx(known(*rows).item(), rel=1e-12)
    slopes = torch.func.grad(partial(triplet, margin=margin), argnums=(0, 1, 2))(*rows)
    leaves = [row.clone().requires_grad_() for row in rows]
    expected = torch.autograd.grad(known(*leaves), leaves)
    for slope, other in zip(slopes, expected, strict=True):
        torch.testing.assert_close(slope, other)


def test_the_gradient_of_triplet_is_its_finite_difference() -> None:
    rows = tuple(row.requires_grad_() for row in triplets(0, rows=6))
    assert torch.autograd.gradcheck(partial(triplet, margin=0.5), rows)


def test_triplet_has_its_closed_form_on_a_line() -> None:
    anchor, positive, negative = torch.tensor([[[0.0], [1.0]], [[3.0], [1.5]], [[-1.0], [6.0]]])
    # 3 - 1 + 0.5, and 0.5 - 5 + 0.5, which is below 0.
    assert triplet(anchor, positive, negative, 0.5).item() == pytest.approx(2.5 / 2)


def test_triplet_is_the_mean_of_those_present() -> None:
    rows = triplets(0)
    present = (torch.arange(20) % 3 == 0).double()
    chosen = triplet(*(row[present == 1] for row in rows), 0.5)
    assert triplet(*rows, 0.5, present).item() == pytest.approx(chosen.item())
    slopes = torch.func.grad(partial(triplet, margin=0.5, present=present))(*rows)
    assert (slopes[present == 0] == 0).all()
    assert (slopes[present == 1] != 0).any()


def test_no_triplet_has_neither_value_nor_gradient() -> None:
    function = partial(triplet, margin=0.5, present=torch.zeros(20).double())
    slope, value = torch.func.grad_and_value(function)(*triplets(0))
    assert value.item() == 0
    assert (slope == 0).all()


def test_equal_rows_have_the_margin_and_no_gradient() -> None:
    same = torch.ones(4, 3)
    for argument in range(3):
        function = torch.func.grad_and_value(partial(triplet, margin=0.7), argnums=argument)
        slope, value = function(same, same, same)
        assert value.item() == pytest.approx(0.7)
        assert (slope == 0).all()


def test_triplet_and_its_gradient_over_lanes_are_those_of_each_lane() -> None:
    rows = torch.stack([triplets(seed) for seed in range(3)], dim=1)
    rows[:, 0, 0] = 1.0  # equal rows in one lane
    present = torch.ones(3, 20, dtype=torch.float64)
    present[1, ::2], present[2] = 0, 0
    function = torch.func.grad_and_value(
        lambda *lane: triplet(*lane[:3], 0.5, lane[3]), argnums=(0, 1, 2)
    )
    slopes, values = torch.func.vmap(function)(*rows, present)
    assert values[2].item() == 0
    for lane in range(3):
        known_slopes, value = function(*rows[:, lane], present[lane])
        torch.testing.assert_close(values[lane], value)
        for slope, known in zip(slopes, known_slopes, strict=True):
            torch.testing.assert_close(slope[lane], known)
