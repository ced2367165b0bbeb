import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from geomloss import SamplesLoss
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance
from torch import Tensor
from torch.func import grad, grad_and_value, vmap

from fairser_core.losses.wasserstein import (
    directions,
    sinkhorn,
    sliced,
)
from tests.support.point_clouds import exact, groups, lines

Distance = Callable[[Tensor, Tensor], Tensor]


LINES = {width: lines(width=width) for width in (3, 5)}
DISTANCES: dict[str, Distance] = {
    "sliced": lambda one, other: sliced(one, other, LINES[one.shape[-1]]),
    "sinkhorn": sinkhorn,
}
either = pytest.mark.parametrize("distance", DISTANCES.values(), ids=DISTANCES)


# directions


def test_directions_are_unit_vectors_uniform_on_the_sphere() -> None:
    drawn = directions(20_000, 3, torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn.square().sum(dim=1), torch.ones(20_000))
    # In three dimensions each coordinate is uniform on [-1, 1].
    assert drawn.mean(dim=0).abs().max().item() < 0.02
    torch.testing.assert_close(drawn.T @ drawn / 20_000, torch.eye(3) / 3, atol=0.01, rtol=0)
    assert (drawn.abs() < 0.5).float().mean().item() == pytest.approx(0.5, abs=0.01)


def test_directions_are_their_generators() -> None:
    again = [directions(4, 3, torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*again)


# sliced


@pytest.mark.parametrize("seed", range(3))
def test_sliced_is_the_mean_over_directions_of_scipys_distance_on_the_line(seed: int) -> None:
    one, other = groups(seed)
    expected = np.mean(
        [wasserstein_distance((one @ line).numpy(), (other @ line).numpy()) for line in lines()]
    )
    assert sliced(one, other, lines()).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("width", [1, 5, 40])
@pytest.mark.parametrize("seed", range(3))
def test_sliced_is_at_most_exact(seed: int, width: int) -> None:
    one, other = groups(seed, width=width)
    slices = sliced(one, other, lines(width=width)).item()
    if width == 1:
        assert slices == pytest.approx(exact(one, other))
    else:
        assert 0 < slices < exact(one, other)


def test_a_shift_has_its_length_times_the_mean_cosine() -> None:
    one, _ = groups(0)
    shift = torch.tensor([3.0, 0.0, -4.0, 0.0, 0.0], dtype=torch.float64)
    distance = sliced(one, one + shift, lines(20_000)).item()
    assert distance == pytest.approx((lines(20_000) @ shift).abs().mean().item())
    mean_cosine = math.gamma(5 / 2) / (math.sqrt(math.pi) * math.gamma(6 / 2))
    assert distance == pytest.approx(5 * mean_cosine, rel=0.02)
    assert mean_cosine == pytest.approx(math.sqrt(2 / (5 * math.pi)), rel=0.06)


def test_two_samples_of_one_distribution_are_as_far_apart_as_the_module_says() -> None:
    generator = torch.Generator().manual_seed(0)
    samples = torch.randn(20, 2, 16, 32, generator=generator, dtype=torch.float64)
    line = lines(200, 32)
    slices = np.mean([sliced(one, other, line).item() for one, other in samples])
    wholes = np.mean([exact(one, other) for one, other in samples])
    assert slices == pytest.approx(0.43, abs=0.03)
    assert wholes == pytest.approx(7.0, abs=0.3)


# sinkhorn


@pytest.mark.parametrize(
    ("size", "width", "tolerance"), [(16, 2, 0.005), (64, 8, 0.001), (16, 128, 0.0002)]
)
@pytest.mark.parametrize("seed", range(2))
def test_sinkhorn_is_geomlosss(seed: int, size: int, width: int, tolerance: float) -> None:
    one, other = groups(seed, size, width)
    # At its default scaling of 0.5 it stops far from its own limit.
    reference = SamplesLoss("sinkhorn", p=1, blur=0.05, scaling=0.99, backend="tensorized")
    assert sinkhorn(one, other).item() == pytest.approx(reference(one, other).item(), rel=tolerance)


@pytest.mark.parametrize(("iterations", "tolerance"), [(20, 0.12), (100, 0.05)])
@pytest.mark.parametrize("seed", range(2))
def test_the_gradient_of_sinkhorn_is_geomlosss(
    seed: int, iterations: int, tolerance: float
) -> None:
    one, other = groups(seed, 16, 8)
    reference = SamplesLoss("sinkhorn", p=1, blur=0.05, scaling=0.99, backend="tensorized")
    leaves = one.clone().requires_grad_(), other.clone().requires_grad_()
    expected = torch.autograd.grad(reference(*leaves), leaves)
    slopes = grad(partial(sinkhorn, iterations=iterations), argnums=(0, 1))(one, other)
    for slope, known in zip(slopes, expected, strict=True):
        assert ((slope - known).norm() / known.norm()).item() < tolerance


@pytest.mark.parametrize(("size", "width"), [(16, 2), (64, 2), (16, 8), (16, 64)])
def test_sinkhorn_is_exact_within_blur_times_the_logarithm_of_the_size(
    size: int, width: int
) -> None:
    one, other = groups(0, size, width)
    assert -0.05 * math.log(size) < sinkhorn(one, other).item() - exact(one, other) < 0


def test_sinkhorn_with_little_blur_tends_to_exact() -> None:
    one, other = groups(1)
    errors = [
        exact(one, other) - sinkhorn(one, other, blur, 300).item() for blur in (0.5, 0.05, 0.005)
    ]
    assert errors == sorted(errors, reverse=True)
    assert abs(errors[-1]) < 1e-3


def test_sinkhorn_with_much_blur_tends_to_half_the_energy_distance() -> None:
    one, other = groups(1)
    across, within = (
        cdist(one.numpy(), other.numpy()),
        [cdist(g.numpy(), g.numpy()) for g in (one, other)],
    )
    expected = across.mean() - (within[0].mean() + within[1].mean()) / 2
    assert sinkhorn(one, other, blur=1e5).item() == pytest.approx(expected, rel=1e-3)


def test_more_iterations_converge_from_below() -> None:
    one, other = groups(2, 16, 8)
    values = [sinkhorn(one, other, iterations=count).item() for count in (10, 20, 100, 1000)]
    assert values == sorted(values)
    assert values[1] == pytest.approx(values[-1], rel=2e-3)


def test_a_long_shift_has_its_length() -> None:
    one, _ = groups(0)
    shift = torch.tensor([300.0, 0.0, -400.0, 0.0, 0.0], dtype=torch.float64)
    assert sinkhorn(one, one + shift).item() == pytest.approx(500, abs=0.05 * math.log(12))


def test_sinkhorn_in_float32_keeps_five_digits() -> None:
    one, other = groups(0, 32, 128)
    single = sinkhorn(one.float(), other.float())
    assert single.dtype == torch.float32
    assert single.item() == pytest.approx(sinkhorn(one, other).item(), rel=1e-5)


@pytest.mark.parametrize("collapsed", [0.0, 1e-12])
def test_groups_collapsed_to_a_point_have_a_finite_gradient(collapsed: float) -> None:
    one, other = torch.zeros(6, 4), torch.full((6, 4), collapsed)
    slope, value = grad_and_value(sinkhorn)(one, other)
    assert value.item() == pytest.approx(2 * collapsed, abs=1e-7)
    assert slope.isfinite().all()


@pytest.mark.parametrize("blur", [0.0, -1.0, float("nan")])
def test_a_blur_that_is_not_positive_is_refused(blur: float) -> None:
    with pytest.raises(ValueError, match=f"`blur` must be > 0, got {blur}"):
        sinkhorn(*groups(0), blur=blur)


def test_sinkhorn_without_iterations_is_refused() -> None:
    with pytest.raises(ValueError, match="`iterations` must be >= 1, got 0"):
        sinkhorn(*groups(0), iterations=0)


# both


@either
def test_equal_groups_are_at_distance_zero_in_any_order(distance: Distance) -> None:
    one, _ = groups(0)
    order = torch.randperm(len(one), generator=torch.Generator().manual_seed(1))
    assert distance(one, one).item() == 0
    assert distance(one, one[order]).item() == pytest.approx(0, abs=1e-12)


@either
def test_the_distance_does_not_depend_on_the_order_of_rows(distance: Distance) -> None:
    one, other = groups(0)
    order = torch.randperm(len(one), generator=torch.Generator().manual_seed(1))
    assert distance(one[order], other).item() == pytest.approx(distance(one, other).item())


@pytest.mark.parametrize(("name", "tolerance"), [("sliced", 1e-12), ("sinkhorn", 5e-3)])
def test_the_distance_is_symmetric(name: str, tolerance: float) -> None:
    one, other = groups(0)
    there, back = DISTANCES[name](one, other), DISTANCES[name](other, one)
    assert there.item() == pytest.approx(back.item(), rel=tolerance)


@either
def test_the_distance_scales_with_the_features(distance: Distance) -> None:
    one, other = groups(0)
    blurred = partial(sinkhorn, blur=0.5) if distance is sinkhorn else distance
    assert blurred(10 * one, 10 * other).item() == pytest.approx(
        10 * distance(one, other).item(), rel=1e-9
    )


@either
def test_the_gradient_of_the_distance_is_its_finite_difference(distance: Distance) -> None:
    one, other = groups(0, size=6, width=3)
    assert torch.autograd.gradcheck(distance, (one.requires_grad_(), other.requires_grad_()))


@either
def test_a_step_against_the_gradient_brings_the_groups_closer(distance: Distance) -> None:
    one, other = groups(0)
    slope, before = grad_and_value(distance)(one, other)
    assert distance(one - 0.1 * slope, other).item() < before.item()


@either
def test_distances_over_lanes_are_those_of_each_lane(distance: Distance) -> None:
    one, other = (torch.stack(lanes) for lanes in zip(*map(groups, range(3)), strict=True))
    one[-1], other[-1] = 0, 0  # a collapsed lane beside others
    slopes, values = vmap(grad_and_value(distance))(one, other)
    for lane in range(3):
        slope, value = grad_and_value(distance)(one[lane], other[lane])
        torch.testing.assert_close(values[lane], value)
        torch.testing.assert_close(slopes[lane], slope)


@either
def test_groups_of_different_size_are_refused(distance: Distance) -> None:
    one, other = groups(0)
    with pytest.raises(ValueError, match="`first` has 12 rows and `second` 11"):
        distance(one, other[1:])
