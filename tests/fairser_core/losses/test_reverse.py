from functools import partial

import pytest
import torch
from torch import Tensor

from fairser_core.losses.losses import reverse


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("weight", [0.0, 0.1, 1.0, 1e30])
def test_reverse_is_the_identity_bit_for_bit(weight: float, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    exponents = torch.randint(-37, 37, (1000,), generator=generator)
    values = torch.randn(1000, generator=generator, dtype=dtype) * 10.0**exponents
    values[:2] = torch.tensor([0.0, -0.0])
    values[2] = torch.finfo(dtype).max
    values[3] = torch.finfo(dtype).smallest_normal / 3
    bits = torch.int32 if dtype == torch.float32 else torch.int64
    for out in (reverse(values, weight), torch.func.vmap(partial(reverse, weight=weight))(values)):
        assert torch.equal(out.view(bits), values.view(bits))


@pytest.mark.parametrize("weight", [0.0, 0.1, 1.0, 30.0])
def test_reverse_turns_the_gradient_round(weight: float) -> None:
    values = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))

    def loss(x: Tensor) -> Tensor:
        return x.sin().square().sum()

    def reversed_loss(x: Tensor) -> Tensor:
        return loss(reverse(x, weight))

    expected = -weight * torch.func.grad(loss)(values)
    assert torch.equal(torch.func.grad(reversed_loss)(values), expected)
    assert torch.equal(torch.func.vmap(torch.func.grad(reversed_loss))(values), expected)
    leaf = values.clone().requires_grad_()
    assert torch.equal(torch.autograd.grad(reversed_loss(leaf), leaf)[0], expected)


def test_below_reverse_the_loss_is_ascended_that_above_is_descended() -> None:
    below, above = torch.tensor(0.7), torch.tensor(-1.3)

    def loss(below: Tensor, above: Tensor, weight: float | None) -> Tensor:
        value = below.square()
        return ((value if weight is None else reverse(value, weight)) * above - 2.0).square()

    plain = torch.func.grad(loss, argnums=(0, 1))(below, above, None)
    turned = torch.func.grad(loss, argnums=(0, 1))(below, above, 0.5)
    assert turned[0] == -0.5 * plain[0]
    assert turned[1] == plain[1]
