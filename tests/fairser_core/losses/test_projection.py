from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from fairser_core.losses.projection import debias

SHAPES = {
    "conv.weight": (4, 1, 3, 3),
    "conv.bias": (4,),
    "dense.weight": (5, 7),
    "output.bias": (),
}

Granularity = Literal["global", "per_tensor"]


def gradients(seed: int, lanes: tuple[int, ...] = ()) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(lanes + shape, generator=generator, dtype=torch.float64)
        for name, shape in SHAPES.items()
    }


def vector(tensors: dict[str, Tensor]) -> npt.NDArray[np.float64]:
    return np.concatenate([tensor.numpy().ravel() for tensor in tensors.values()])


def formula(
    g_p: npt.NDArray[np.float64], g_a: npt.NDArray[np.float64], alpha0: float
) -> npt.NDArray[np.float64]:
    unit = g_a / np.linalg.norm(g_a)
    return np.asarray(g_p - (g_p @ unit) * unit - alpha0 * g_a)


@pytest.mark.parametrize("alpha0", [0.0, 0.3, 10.0])
def test_global_is_the_formula_on_one_vector(alpha0: float) -> None:
    primary, adversarial = gradients(0), gradients(1)
    expected = formula(vector(primary), vector(adversarial), alpha0)
    actual = debias(primary, adversarial, alpha0)
    np.testing.assert_allclose(vector(actual), expected, rtol=1e-12, atol=1e-12)
    assert {name: tuple(tensor.shape) for name, tensor in actual.items()} == SHAPES


@pytest.mark.parametrize("alpha0", [0.0, 0.3, 10.0])
def test_per_tensor_is_the_formula_on_each_tensor(alpha0: float) -> None:
    primary, adversarial = gradients(0), gradients(1)
    actual = debias(primary, adversarial, alpha0, "per_tensor")
    for name in SHAPES:
        expected = formula(primary[name].numpy().ravel(), adversarial[name].numpy().ravel(), alpha0)
        np.testing.assert_allclose(actual[name].numpy().ravel(), expected, atol=1e-12)


@pytest.mark.parametrize("granularity", ["global", "per_tensor"])
@pytest.mark.parametrize("alpha0", [0.0, 0.3, 10.0])
def test_the_step_goes_alpha0_against_the_adversary(
    alpha0: float, granularity: Granularity
) -> None:
    adversarial = gradients(1)
    step = vector(debias(gradients(0), adversarial, alpha0, granularity))
    g_a = vector(adversarial)
    assert step @ g_a == pytest.approx(-alpha0 * (g_a @ g_a), abs=1e-10)


def test_per_tensor_goes_against_the_adversary_in_every_tensor() -> None:
    adversarial = gradients(1)
    step = debias(gradients(0), adversarial, 0.3, "per_tensor")
    for name, g_a in adversarial.items():
        inner = (step[name] * g_a).sum().item()
        assert inner == pytest.approx(-0.3 * g_a.square().sum().item(), abs=1e-10)


def test_the_granularities_differ() -> None:
    primary, adversarial = gradients(0), gradients(1)
    per_tensor = debias(primary, adversarial, 0.3, "per_tensor")
    assert not np.allclose(vector(debias(primary, adversarial, 0.3)), vector(per_tensor))


@pytest.mark.parametrize("granularity", ["global", "per_tensor"])
def test_without_an_adversarial_gradient_the_primary_one_is_left(granularity: Granularity) -> None:
    primary = gradients(0)
    nothing = {name: torch.zeros_like(tensor) for name, tensor in primary.items()}
    step = debias(primary, nothing, 0.3, granularity)
    assert all(torch.equal(step[name], primary[name]) for name in primary)


def test_a_tensor_the_adversary_does_not_reach_is_left_alone() -> None:
    primary, adversarial = gradients(0), gradients(1)
    adversarial["dense.weight"].zero_()
    for granularity in ("global", "per_tensor"):
        step = debias(primary, adversarial, 0.3, granularity)
        assert torch.equal(step["dense.weight"], primary["dense.weight"])
        assert not torch.equal(step["conv.weight"], primary["conv.weight"])


@pytest.mark.parametrize("granularity", ["global", "per_tensor"])
def test_alpha0_zero_still_removes_the_component(granularity: Granularity) -> None:
    primary, adversarial = gradients(0), gradients(1)
    step = vector(debias(primary, adversarial, 0.0, granularity))
    assert abs(vector(primary) @ vector(adversarial)) > 0.1
    assert step @ vector(adversarial) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("granularity", ["global", "per_tensor"])
def test_a_primary_gradient_along_the_adversarial_one_is_removed(granularity: Granularity) -> None:
    adversarial = gradients(1)
    primary = {name: -3 * tensor for name, tensor in adversarial.items()}
    step = debias(primary, adversarial, 0.0, granularity)
    np.testing.assert_allclose(vector(step), 0, atol=1e-12)


@pytest.mark.parametrize("granularity", ["global", "per_tensor"])
def test_lanes_do_not_see_each_other(granularity: Granularity) -> None:
    primary, adversarial = gradients(0, lanes=(3,)), gradients(1, lanes=(3,))
    for tensor in adversarial.values():
        tensor[-1] = 0  # one lane has no adversarial gradient
    steps = torch.func.vmap(lambda p, a: debias(p, a, 0.3, granularity))(primary, adversarial)
    for lane in range(3):
        alone = debias(
            {name: tensor[lane] for name, tensor in primary.items()},
            {name: tensor[lane] for name, tensor in adversarial.items()},
            0.3,
            granularity,
        )
        for name in SHAPES:
            torch.testing.assert_close(steps[name][lane], alone[name])
    assert all(torch.equal(steps[name][-1], primary[name][-1]) for name in SHAPES)


def test_gradients_of_different_parameters_are_refused() -> None:
    primary, adversarial = gradients(0), gradients(1)
    del adversarial["conv.bias"]
    with pytest.raises(ValueError, match=r"only one has \['conv.bias'\]"):
        debias(primary, adversarial, 0.3)


def test_an_unknown_granularity_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`granularity` must be one of \('global', 'per_ten"):
        debias(gradients(0), gradients(1), 0.3, "layer")  # type: ignore[arg-type]
