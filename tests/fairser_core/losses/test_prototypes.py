from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.special import softmax
from sklearn.metrics import log_loss
from torch import Tensor
from torch.func import grad_and_value, vmap

from fairser_core.losses.prototypes import (
    parity_loss,
    predict,
    prediction_loss,
    prototype_memberships,
    reconstruction_loss,
)

ROWS, PROTOTYPES, FEATURES = 14, 4, 3


class Case(NamedTuple):
    """Rows, their class, their groups (the last rows are in neither), and LFR's parameters."""

    rows: Tensor
    truth: Tensor
    first: Tensor
    second: Tensor
    prototypes: Tensor
    scale: Tensor
    probabilities: Tensor


def case(seed: int) -> Case:
    generator = torch.Generator().manual_seed(seed)
    draw = partial(torch.rand, generator=generator, dtype=torch.float64)
    group = torch.arange(ROWS)
    return Case(
        rows=2 * draw(ROWS, FEATURES) - 1,
        truth=(draw(ROWS) < 0.4).double(),
        first=(group < 5).double(),
        second=((group >= 5) & (group < 11)).double(),
        prototypes=2 * draw(PROTOTYPES, FEATURES) - 1,
        scale=3 * draw(FEATURES),
        probabilities=draw(PROTOTYPES),
    )


def memberships(of: Case) -> Tensor:
    return prototype_memberships(of.rows, of.prototypes, of.scale)


def losses(of: Case) -> Tensor:
    """L_x, L_y and L_z."""
    belonging = memberships(of)
    return torch.stack(
        [
            reconstruction_loss(of.rows, belonging, of.prototypes),
            prediction_loss(of.truth, predict(belonging, of.probabilities)),
            parity_loss(belonging, of.first, of.second),
        ]
    )


def loops(of: Case) -> tuple[npt.NDArray[np.float64], float, float, float]:
    """M, L_x, L_y and L_z as Zemel et al. write them, element by element; L_x and L_y over N."""
    x, y, first, second, v, alpha, w = (tensor.numpy() for tensor in of)
    m = np.zeros((len(x), len(v)))
    for n in range(len(x)):
        for k in range(len(v)):
            m[n, k] = np.exp(-sum(alpha[i] * (x[n, i] - v[k, i]) ** 2 for i in range(x.shape[1])))
        m[n] /= m[n].sum()
    l_x = l_y = l_z = 0.0
    for n in range(len(x)):
        for i in range(x.shape[1]):
            l_x += (x[n, i] - sum(m[n, k] * v[k, i] for k in range(len(v)))) ** 2 / len(x)
        y_hat = sum(m[n, k] * w[k] for k in range(len(v)))
        l_y -= (np.log(y_hat) if y[n] else np.log(1 - y_hat)) / len(x)
    for k in range(len(v)):
        l_z += abs(m[first == 1, k].mean() - m[second == 1, k].mean())
    return m, l_x, l_y, l_z


@pytest.mark.parametrize("seed", range(3))
def test_memberships_and_losses_are_their_formulas(seed: int) -> None:
    expected_memberships, *expected_losses = loops(case(seed))
    np.testing.assert_allclose(memberships(case(seed)).numpy(), expected_memberships, rtol=1e-12)
    np.testing.assert_allclose(losses(case(seed)).numpy(), expected_losses, rtol=1e-12)


def test_memberships_are_scipys_softmax_and_the_prediction_loss_sklearns() -> None:
    of = case(0)
    gaps = of.rows.numpy()[:, None] - of.prototypes.numpy()
    expected = softmax(-np.einsum("nki,i->nk", gaps**2, of.scale.numpy()), axis=1)
    np.testing.assert_allclose(memberships(of).numpy(), expected, rtol=1e-12)
    known = log_loss(of.truth.numpy(), expected @ of.probabilities.numpy())
    assert losses(of)[1].item() == pytest.approx(known, rel=1e-12)


def test_aif360s_losses_are_these_as_means_over_features_and_prototypes_too() -> None:
    of = case(0)
    m, one, other = memberships(of).numpy(), of.first.numpy() == 1, of.second.numpy() == 1
    mean_square = np.mean((of.rows.numpy() - m @ of.prototypes.numpy()) ** 2)
    mean_gap = np.mean(np.abs(m[one].mean(axis=0) - m[other].mean(axis=0)))
    reconstruction, _, parity = losses(of).tolist()
    assert reconstruction == pytest.approx(FEATURES * mean_square)
    assert parity == pytest.approx(PROTOTYPES * mean_gap)


def test_memberships_of_a_row_sum_to_one_and_the_nearest_prototypes_is_the_greatest() -> None:
    of = case(1)._replace(scale=torch.ones(FEATURES).double())
    torch.testing.assert_close(memberships(of).sum(dim=1), torch.ones(ROWS).double())
    nearest = torch.cdist(of.rows, of.prototypes).argmin(dim=1)
    assert torch.equal(memberships(of).argmax(dim=1), nearest)


def test_without_scale_every_prototype_is_as_near() -> None:
    of = case(1)._replace(scale=torch.zeros(FEATURES).double())
    torch.testing.assert_close(memberships(of), torch.full((ROWS, PROTOTYPES), 0.25).double())
    assert losses(of)[2].item() == pytest.approx(0, abs=1e-15)


def test_a_row_far_from_all_prototypes_has_memberships() -> None:
    of = case(1)
    far = memberships(of._replace(rows=of.rows.float() + 1e4, scale=torch.ones(FEATURES)))
    torch.testing.assert_close(far.sum(dim=1), torch.ones(ROWS).double())


def test_rows_that_are_prototypes_are_reconstructed() -> None:
    of = case(0)
    sharp = of._replace(rows=of.prototypes, scale=torch.full((FEATURES,), 1e4).double())
    assert reconstruction_loss(of.prototypes, memberships(sharp), of.prototypes).item() < 1e-12


def test_a_batch_twice_over_has_the_same_losses() -> None:
    of = case(0)
    twice = Case(*(torch.cat([t, t]) for t in of[:4]), *of[4:])
    torch.testing.assert_close(losses(twice), losses(of))


def test_groups_that_share_no_prototype_have_a_parity_of_two() -> None:
    belonging = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    one, other = torch.tensor([1.0, 1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0, 0.0])
    assert parity_loss(belonging, one, other).item() == 2
    assert parity_loss(belonging, other, one).item() == 2
    assert parity_loss(belonging, one, one).item() == 0


@pytest.mark.parametrize("empty", ["first", "second"])
def test_an_empty_group_adds_neither_value_nor_gradient(empty: str) -> None:
    of = case(0)._replace(**{empty: torch.zeros(ROWS).double()})
    slope, value = grad_and_value(lambda m: parity_loss(m, of.first, of.second))(memberships(of))
    assert value.item() == 0
    assert (slope == 0).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_certain_prediction_has_a_finite_loss_and_gradient(
    probability: float, dtype: torch.dtype
) -> None:
    belonging = torch.tensor([[0.3, 0.7]], dtype=dtype)
    truth = torch.tensor([1 - probability], dtype=dtype)

    def loss(probabilities: Tensor) -> Tensor:
        return prediction_loss(truth, predict(belonging, probabilities))

    slope, value = grad_and_value(loss)(torch.full((2,), probability, dtype=dtype))
    assert value.item() == pytest.approx(-np.log(1e-6), rel=0.01)
    assert slope.isfinite().all()


@pytest.mark.parametrize("term", range(3))
def test_the_gradient_of_each_term_is_its_finite_difference(term: int) -> None:
    of = case(2)

    def loss(prototypes: Tensor, scale: Tensor, probabilities: Tensor) -> Tensor:
        parameters = {"prototypes": prototypes, "scale": scale, "probabilities": probabilities}
        return losses(of._replace(**parameters))[term]

    leaves = (of.prototypes, of.scale, of.probabilities)
    assert torch.autograd.gradcheck(loss, tuple(leaf.requires_grad_() for leaf in leaves))


def test_losses_and_gradients_over_lanes_are_those_of_each_lane() -> None:
    cases = [case(seed) for seed in range(3)]
    cases[2] = cases[2]._replace(first=torch.zeros(ROWS).double())
    lanes = Case(*(torch.stack(tensors) for tensors in zip(*cases, strict=True)))

    def loss(prototypes: Tensor, of: Case) -> Tensor:
        weights = torch.tensor([0.3, 1.0, 2.0], dtype=torch.float64)
        return (losses(of._replace(prototypes=prototypes)) * weights).sum()

    slopes, values = vmap(grad_and_value(loss))(lanes.prototypes, lanes)
    for lane, of in enumerate(cases):
        slope, value = grad_and_value(loss)(of.prototypes, of)
        torch.testing.assert_close(values[lane], value)
        torch.testing.assert_close(slopes[lane], slope)
