from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from fairser_core.losses.losses import ccc, soft_recall_gap
from fairser_core.metrics import concordance
from fairser_core.metrics.activation_table import activation_metrics

THRESHOLD = 3.5
TEMPERATURE = 0.5


def batch(seed: int, size: int = 60) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Truth, prediction, high and female, in float64."""
    generator = torch.Generator().manual_seed(seed)
    draw = partial(torch.rand, size, generator=generator, dtype=torch.float64)
    truth = 1 + 6 * draw()
    prediction = truth + 3 * (draw() - 0.5)
    return truth, prediction, (truth > THRESHOLD).double(), (draw() < 0.3).double()


def gradient(function: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    at = at.clone().requires_grad_()
    return torch.autograd.grad(function(at), at)[0]


def sigmoid(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-x)))


# ccc


@pytest.mark.parametrize("seed", range(3))
def test_ccc_is_the_metric(seed: int) -> None:
    truth, prediction, _, _ = batch(seed)
    expected = concordance.ccc(truth.numpy(), prediction.numpy())
    assert ccc(truth, prediction).item() == pytest.approx(expected, abs=1e-7)


def test_ccc_is_twice_rho_sigma_sigma_over_the_mean_squares() -> None:
    truth, prediction, _, _ = batch(3)
    y, y_hat = truth.numpy(), prediction.numpy()
    rho = np.corrcoef(y, y_hat)[0, 1]
    expected = 2 * rho * y.std() * y_hat.std() / (y.var() + y_hat.var() + (y - y_hat).mean() ** 2)
    assert ccc(truth, prediction).item() == pytest.approx(expected, abs=1e-7)


def test_ccc_in_float32_keeps_six_digits() -> None:
    truth, prediction, _, _ = batch(0, size=200)
    single = ccc(truth.float(), prediction.float())
    assert single.dtype == torch.float32
    assert single.item() == pytest.approx(ccc(truth, prediction).item(), abs=1e-6)


def test_the_gradient_of_ccc_is_its_finite_difference() -> None:
    truth, prediction, _, _ = batch(0, size=12)
    assert torch.autograd.gradcheck(partial(ccc, truth), prediction.requires_grad_())


def test_ccc_is_symmetric() -> None:
    truth, prediction, _, _ = batch(1)
    assert ccc(truth, prediction).item() == pytest.approx(ccc(prediction, truth).item())


def test_ccc_does_not_depend_on_unit_and_origin() -> None:
    truth, prediction, _, _ = batch(1)
    moved = ccc(10 * truth - 4, 10 * prediction - 4)
    assert moved.item() == pytest.approx(ccc(truth, prediction).item(), abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_ccc_is_at_most_the_correlation(seed: int) -> None:
    truth, prediction, _, _ = batch(seed)
    skewed = 2 - 3 * prediction
    correlation = torch.corrcoef(torch.stack([truth, skewed]))[0, 1]
    assert abs(ccc(truth, skewed).item()) < abs(correlation.item())


def test_ccc_of_the_truth_is_one_and_of_its_mirror_minus_one() -> None:
    truth, _, _, _ = batch(2)
    assert ccc(truth, truth).item() == pytest.approx(1.0)
    assert ccc(truth, 2 * truth.mean() - truth).item() == pytest.approx(-1.0)


@pytest.mark.parametrize("constant", [0.0, 0.1, 3.5])
def test_a_constant_batch_has_a_finite_ccc_and_gradient(constant: float) -> None:
    prediction = torch.full((8,), constant)
    assert ccc(prediction, prediction).item() == pytest.approx(0.0, abs=1e-6)
    assert gradient(partial(ccc, prediction), prediction).isfinite().all()


# soft_recall_gap


def genders(female: Tensor) -> Tensor:
    """Columns of the women and of the men."""
    return torch.stack([female, 1 - female], dim=-1)


def gap_formula(prediction: Tensor, high: Tensor, female: Tensor, temperature: float) -> float:
    """Eq. 7 with p for the decision, cell by cell."""
    p = sigmoid((prediction.numpy() - THRESHOLD) / temperature)
    is_high, is_female = high.numpy() == 1, female.numpy() == 1
    r1m, r1f = p[is_high & ~is_female].mean(), p[is_high & is_female].mean()
    r0m, r0f = 1 - p[~is_high & ~is_female].mean(), 1 - p[~is_high & is_female].mean()
    return float(abs(r0m - r0f) + abs(r1m - r1f))


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_soft_gap_is_its_formula(seed: int, temperature: float) -> None:
    _, prediction, high, female = batch(seed)
    gap = soft_recall_gap(prediction, high, genders(female), THRESHOLD, temperature)
    assert gap.item() == pytest.approx(gap_formula(prediction, high, female, temperature))


@pytest.mark.parametrize("seed", range(3))
def test_the_soft_gap_tends_to_the_metric(seed: int) -> None:
    truth, prediction, high, female = batch(seed)
    hard = activation_metrics(truth.numpy(), prediction.numpy(), female.numpy() == 1, THRESHOLD)[
        "recall_gap"
    ]
    gaps = [
        soft_recall_gap(prediction, high, genders(female), THRESHOLD, temperature).item()
        for temperature in (0.5, 1e-6)
    ]
    assert abs(gaps[0] - hard) > 1e-3
    assert gaps[1] == pytest.approx(hard, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_value_of_straight_through_is_the_metric(seed: int) -> None:
    truth, prediction, _, female = batch(seed)
    # Predictions and truths on the threshold: both are low.
    truth, prediction = (truth * 2).round() / 2, (prediction * 2).round() / 2
    high = (truth > THRESHOLD).double()
    hard = activation_metrics(truth.numpy(), prediction.numpy(), female.numpy() == 1, THRESHOLD)[
        "recall_gap"
    ]
    gap = soft_recall_gap(
        prediction, high, genders(female), THRESHOLD, surrogate="straight_through"
    )
    assert (prediction == THRESHOLD).any()
    assert gap.item() == pytest.approx(hard, abs=1e-12)


def gradient_formula(
    prediction: Tensor, high: Tensor, female: Tensor, decision: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """sign(Δ_a)·p(1 - p)/(τ·n_ag) for men, its opposite for women; Δ_a from the decisions."""
    p = sigmoid((prediction.numpy() - THRESHOLD) / TEMPERATURE)
    expected = np.zeros(len(p))
    for level in (0, 1):
        hit = decision if level == 1 else 1 - decision
        slope = p * (1 - p) / TEMPERATURE * (1 if level == 1 else -1)
        women = (high.numpy() == level) & (female.numpy() == 1)
        men = (high.numpy() == level) & (female.numpy() == 0)
        sign = np.sign(hit[men].mean() - hit[women].mean())
        expected[men] = sign * slope[men] / men.sum()
        expected[women] = -sign * slope[women] / women.sum()
    return expected


@pytest.mark.parametrize("surrogate", ["soft", "straight_through"])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_the_gap_is_its_closed_form(
    seed: int, surrogate: Literal["soft", "straight_through"]
) -> None:
    _, prediction, high, female = batch(seed)
    p = sigmoid((prediction.numpy() - THRESHOLD) / TEMPERATURE)
    decision = p if surrogate == "soft" else (p > 0.5).astype(float)
    actual = gradient(
        lambda x: soft_recall_gap(x, high, genders(female), THRESHOLD, TEMPERATURE, surrogate),
        prediction,
    )
    expected = gradient_formula(prediction, high, female, decision)
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(actual.numpy(), expected, atol=1e-12)


def test_the_gradient_of_the_soft_gap_is_its_finite_difference() -> None:
    _, prediction, high, female = batch(1, size=20)
    assert torch.autograd.gradcheck(
        lambda x: soft_recall_gap(x, high, genders(female), THRESHOLD), prediction.requires_grad_()
    )


@pytest.mark.parametrize("surrogate", ["soft", "straight_through"])
def test_swapping_the_genders_keeps_the_gap(
    surrogate: Literal["soft", "straight_through"],
) -> None:
    _, prediction, high, female = batch(0)
    gap = partial(soft_recall_gap, prediction, high, threshold=THRESHOLD, surrogate=surrogate)
    assert gap(groups=genders(1 - female)).item() == pytest.approx(
        gap(groups=genders(female)).item()
    )


@pytest.mark.parametrize("surrogate", ["soft", "straight_through"])
def test_an_empty_cell_adds_neither_value_nor_gradient(
    surrogate: Literal["soft", "straight_through"],
) -> None:
    _, prediction, high, female = batch(0)
    female = female * high  # no woman is low

    def gap(x: Tensor) -> Tensor:
        return soft_recall_gap(x, high, genders(female), THRESHOLD, TEMPERATURE, surrogate)

    low = high == 0
    slope = gradient(gap, prediction)
    assert 0 < gap(prediction).item() <= 1  # the high term is left
    assert (slope[low] == 0).all()
    assert (slope[~low] != 0).all()


@pytest.mark.parametrize("surrogate", ["soft", "straight_through"])
def test_one_gender_alone_has_no_gap_and_no_gradient(
    surrogate: Literal["soft", "straight_through"],
) -> None:
    _, prediction, high, _ = batch(0)

    def gap(x: Tensor) -> Tensor:
        nobody = torch.zeros_like(high)
        return soft_recall_gap(x, high, genders(nobody), THRESHOLD, TEMPERATURE, surrogate)

    assert gap(prediction).item() == 0
    assert (gradient(gap, prediction) == 0).all()


@pytest.mark.parametrize("surrogate", ["soft", "straight_through"])
def test_equal_recalls_have_no_gradient(
    surrogate: Literal["soft", "straight_through"],
) -> None:
    prediction = torch.tensor([2.0, 5.0, 2.0, 5.0])
    high, female = torch.tensor([0.0, 1.0, 0.0, 1.0]), torch.tensor([1.0, 1.0, 0.0, 0.0])
    slope = gradient(
        lambda x: soft_recall_gap(x, high, genders(female), THRESHOLD, TEMPERATURE, surrogate),
        prediction,
    )
    assert (slope == 0).all()


def test_a_saturated_prediction_has_a_finite_gradient() -> None:
    prediction = torch.tensor([-1e4, 1e4, -1e4, 1e4])
    high, female = torch.tensor([1.0, 1.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    slope = gradient(lambda x: soft_recall_gap(x, high, genders(female), THRESHOLD), prediction)
    assert slope.isfinite().all()


def test_an_unknown_surrogate_is_refused() -> None:
    _, prediction, high, female = batch(0)
    with pytest.raises(ValueError, match=r"`surrogate` must be one of \('soft', 'straight_thr"):
        soft_recall_gap(prediction, high, genders(female), THRESHOLD, surrogate="hard")  # type: ignore[arg-type]


@pytest.mark.parametrize("temperature", [0.0, -0.5, float("nan")])
def test_a_temperature_that_is_not_positive_is_refused(temperature: float) -> None:
    _, prediction, high, female = batch(0)
    with pytest.raises(ValueError, match=f"`temperature` must be > 0, got {temperature}"):
        soft_recall_gap(prediction, high, genders(female), THRESHOLD, temperature)


# Lanes: the last of three has no women, so that one lane's empty cell meets the others' full ones.


def lanes() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    truth, prediction, high, female = (
        torch.stack(column) for column in zip(*[batch(seed) for seed in range(3)], strict=True)
    )
    female[-1] = 0
    return truth, prediction, high, female


def test_ccc_and_its_gradient_over_lanes_are_those_of_each_lane() -> None:
    truth, prediction, _, _ = lanes()
    function = torch.func.grad_and_value(ccc, argnums=1)
    slopes, values = torch.func.vmap(function)(truth, prediction)
    for lane in range(3):
        slope, value = function(truth[lane], prediction[lane])
        torch.testing.assert_close(values[lane], value)
        torch.testing.assert_close(slopes[lane], slope)


@pytest.mark.parametrize("surrogate", ["soft", "straight_through"])
def test_the_gap_and_its_gradient_over_lanes_are_those_of_each_lane(
    surrogate: Literal["soft", "straight_through"],
) -> None:
    _, prediction, high, female = lanes()
    function = torch.func.grad_and_value(
        partial(soft_recall_gap, threshold=THRESHOLD, surrogate=surrogate)
    )
    slopes, values = torch.func.vmap(function)(prediction, high, genders(female))
    assert values[-1].item() == 0
    for lane in range(3):
        slope, value = function(prediction[lane], high[lane], genders(female[lane]))
        torch.testing.assert_close(values[lane], value)
        torch.testing.assert_close(slopes[lane], slope)
        gap = partial(
            soft_recall_gap,
            high=high[lane],
            groups=genders(female[lane]),
            threshold=THRESHOLD,
            surrogate=surrogate,
        )
        torch.testing.assert_close(slope, gradient(gap, prediction[lane]))
