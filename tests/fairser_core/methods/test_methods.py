import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fairser_core.datasets.activation import Problem
from fairser_core.methods import ActivationMethod as Method
from fairser_core.methods import Adversarial, Baseline, NonAdversarial, methods_of
from fairser_core.methods.activation_method import Batch, LabelUnit
from fairser_core.methods.method import Networks

METHODS = methods_of("activation")
PROBLEM = Problem(
    coefficients=6, frames=8, mean=3.0, deviation=1.2, threshold=3.5, gender_entropy=0.6
)
SHAPE = {"filters": 2, "kernel": 3, "stride": 2, "hidden": 5}


ACTIVATION = torch.linspace(1, 6, 12, dtype=torch.float64)


def batch() -> Batch:
    generator = torch.Generator().manual_seed(0)
    return Batch(
        torch.randn(12, 1, 6, 8, dtype=torch.float64, generator=generator),
        (ACTIVATION - 3.0) / 1.2,
        (ACTIVATION > 3.5).double(),
        torch.tensor([[0, 1], [1, 0], [1, 0]] * 4, dtype=torch.float64),
    )


def setting(method: Method) -> tuple[Networks, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    networks = {
        network: {name: value.double() for name, value in members.items()}
        for network, members in method.init(PROBLEM, generator).items()
    }
    return networks, method.predictor(PROBLEM).draws(12, generator).double()


def plain(networks: Networks) -> Networks:
    return {
        network: {name: value.clone().requires_grad_() for name, value in members.items()}
        for network, members in networks.items()
    }


def predicted(method: Method, networks: Networks, draws: torch.Tensor) -> torch.Tensor:
    return method.predict(networks["predictor"], batch().windows, PROBLEM, draws)


def ccc(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    covariance = ((y - y.mean()) * (x - x.mean())).mean()
    spread = y.var(correction=0) + x.var(correction=0)
    return 2 * covariance / (spread + (y.mean() - x.mean()) ** 2)


def test_baseline_gradient_is_that_of_negative_ccc() -> None:
    method = Baseline(**SHAPE)
    networks, draws = setting(method)
    gradients, terms = method.gradients(networks, batch(), draws, PROBLEM, 1)
    free = plain(networks)
    loss = -ccc(ACTIVATION, predicted(method, free, draws))
    loss.backward()
    assert terms["primary_loss"].item() == pytest.approx(loss.item(), rel=1e-6)
    for name, value in free["predictor"].items():
        torch.testing.assert_close(gradients["predictor"][name], value.grad, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_targets_count_by_their_weights(name: str) -> None:
    valence = dataclasses.replace(PROBLEM, target="valence", mean=4.0, deviation=0.8)
    both = dataclasses.replace(PROBLEM, further=(valence,))
    of_both = batch()._replace(
        target=torch.stack([batch().target, batch().target.flip(0) ** 2], dim=-1),
        high=torch.stack([batch().high, batch().high.flip(0)], dim=-1),
    )
    losses = {}
    for weight in (1.0, 3.0):
        method = METHODS[name](**SHAPE, dropout=0.0, valence_weight=weight)
        generator = torch.Generator().manual_seed(1)
        networks = {
            network: {key: value.double() for key, value in members.items()}
            for network, members in method.init(both, generator).items()
        }
        draws = method.draws(both, 12, {"dropout": generator}).double()
        losses[weight] = method.gradients(networks, of_both, draws, both, 1)[1]["primary_loss"]
        y = method.predict(networks["predictor"], batch().windows, both)
    truth = torch.stack([ACTIVATION, 4.0 + 0.8 * of_both.target[:, 1]], dim=-1)
    first, second = (-ccc(truth[:, k], y[:, k]) for k in range(2))
    assert losses[1.0].item() == pytest.approx((first + second).item() / 2, rel=1e-6)
    assert losses[3.0].item() == pytest.approx((first + 3 * second).item() / 4, rel=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_standardised_output_of_zero_means_the_training_mean(name: str) -> None:
    method = METHODS[name](**SHAPE)
    networks, _ = setting(method)
    silent = {key: torch.zeros_like(value) for key, value in networks["predictor"].items()}
    assert method.predict(silent, batch().windows, PROBLEM).tolist() == [3.0] * 12


@pytest.mark.parametrize(("unit", "points"), [("deviation", 0.4 * 1.2), ("point", 0.4)])
def test_penalty_gradient_is_that_of_equation_6(unit: LabelUnit, points: float) -> None:
    method = NonAdversarial(**SHAPE, alpha1=0.7, temperature=0.4, label_unit=unit)
    networks, draws = setting(method)
    gradients, terms = method.gradients(networks, batch(), draws, PROBLEM, 1)
    free = plain(networks)
    y = predicted(method, free, draws)
    p = torch.sigmoid((y - 3.5) / points)
    high, female = batch().high.bool(), batch().groups[:, 0].bool()
    low_gap = (1 - p)[~high & ~female].mean() - (1 - p)[~high & female].mean()
    high_gap = p[high & ~female].mean() - p[high & female].mean()
    penalty = low_gap.abs() + high_gap.abs()
    (-ccc(ACTIVATION, y) + 0.7 * penalty).backward()
    assert terms["recall_penalty"].item() == pytest.approx(penalty.item(), rel=1e-6)
    for name, value in free["predictor"].items():
        torch.testing.assert_close(gradients["predictor"][name], value.grad, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    ("reading", "unit", "score"),
    [
        ("centred", "deviation", lambda y: 1.1 * (y - 3.5) / 1.2),
        ("centred", "point", lambda y: y - 3.5),
        ("raw", "deviation", lambda y: y),
        ("standardised", "point", lambda y: (y - 3.0) / 1.2),
    ],
)
@pytest.mark.parametrize("projection", ["global", "per_tensor"])
def test_adversarial_directions_are_equations_2_to_5(
    reading: str, unit: LabelUnit, score: object, projection: str
) -> None:
    method = Adversarial(
        **SHAPE, alpha0=0.8, adversary_input=reading, label_unit=unit, projection=projection
    )
    networks, draws = setting(method)
    gradients, terms = method.gradients(networks, batch(), draws, PROBLEM, 1)

    free = plain(networks)
    y = predicted(method, free, draws)
    weights = list(free["predictor"].values())
    loss = -ccc(ACTIVATION, y)
    slopes = torch.autograd.grad(loss, weights, retain_graph=True)
    primary = dict(zip(free["predictor"], slopes, strict=True))
    a = free["adversary"]
    s = torch.sigmoid((1 + a["c"].abs()) * score(y))  # type: ignore[operator]
    logit = (
        a["w"][0] * s + a["w"][1] * s * batch().high + a["w"][2] * s * (1 - batch().high) + a["b"]
    )
    two_way = F.log_softmax(torch.stack([torch.zeros_like(logit), logit], dim=1), dim=1)
    loss = -(two_way[:, 1] * batch().groups[:, 0] + two_way[:, 0] * batch().groups[:, 1]).mean()
    names = [*free["predictor"], *a]
    grads = torch.autograd.grad(loss, [*free["predictor"].values(), *a.values()])
    adversarial = dict(zip(names, grads, strict=True))

    assert terms["adversary_loss"].item() == pytest.approx(loss.item(), rel=1e-6)
    assert terms["adversary_advantage"].item() == pytest.approx(0.6 - loss.item(), abs=1e-6)
    for name in a:
        torch.testing.assert_close(
            gradients["adversary"][name], adversarial[name], rtol=1e-5, atol=1e-9
        )
    groups = [[n] for n in primary] if projection == "per_tensor" else [list(primary)]
    for group in groups:
        gp = np.concatenate([primary[n].numpy().ravel() for n in group])
        ga = np.concatenate([adversarial[n].numpy().ravel() for n in group])
        expected = gp - (gp @ ga / (ga @ ga)) * ga - 0.8 * ga
        result = np.concatenate([gradients["predictor"][n].numpy().ravel() for n in group])
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-8)


def test_the_literal_reading_saturates_the_adversary_and_the_centred_one_does_not() -> None:
    slopes = {}
    for reading in ("raw", "centred"):
        method = Adversarial(**SHAPE, adversary_input=reading)
        y = torch.full((1,), 6.0, requires_grad=True)
        torch.sigmoid(2 * method._score((y - 3.0) / 1.2, PROBLEM)).sum().backward()
        slopes[reading] = y.grad.item()  # type: ignore[union-attr]
    assert slopes["raw"] < 2e-5 < 100 * slopes["raw"] < slopes["centred"]


def test_zhangs_schedule_grows_alpha_and_shrinks_both_rates() -> None:
    method = Adversarial(**SHAPE, schedule="zhang", learning_rate=0.1, adversary_learning_rate=0.4)
    assert method.learning_rates(4) == {"predictor": 0.025, "adversary": 0.1}
    networks, draws = setting(method)
    at_nine, _ = method.gradients(networks, batch(), draws, PROBLEM, 9)
    tripled = Adversarial(**SHAPE, alpha0=3.0)
    constant, _ = tripled.gradients(networks, batch(), draws, PROBLEM, 1)
    for name, value in constant["predictor"].items():
        torch.testing.assert_close(at_nine["predictor"][name], value)


def test_the_predictor_starts_from_the_same_parameters_under_every_method() -> None:
    start = [setting(kind(**SHAPE))[0]["predictor"] for kind in METHODS.values()]
    for other in start[1:]:
        assert all(torch.equal(start[0][name], other[name]) for name in other)


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("baseline", {"dropout": 1.0}, r"`dropout` must be in \[0, 1\), got 1.0"),
        ("baseline", {"batch": 1}, "`batch` must be >= 2, got 1"),
        ("baseline", {"learning_rate": 0.0}, "`learning_rate` must be > 0, got 0.0"),
        ("baseline", {"conv_layers": 0}, "`conv_layers` must be >= 1, got 0"),
        ("baseline", {"patience": -1}, "`patience` must be >= 0, got -1"),
        ("adversarial", {"alpha0": -0.5}, "`alpha0` must be >= 0, got -0.5"),
        ("adversarial", {"adversary_learning_rate": 0.0}, "`adversary_learning_rate` must be > 0"),
        ("adversarial", {"adversary_input": "x"}, "`adversary_input` must be one of .*, got 'x'"),
        ("adversarial", {"label_unit": "x"}, "`label_unit` must be one of .*, got 'x'"),
        ("nonadversarial", {"label_unit": "x"}, "`label_unit` must be one of .*, got 'x'"),
        ("adversarial", {"projection": "x"}, "`projection` must be one of .*, got 'x'"),
        ("adversarial", {"schedule": "x"}, "`schedule` must be one of .*, got 'x'"),
        ("nonadversarial", {"alpha1": -1.0}, "`alpha1` must be >= 0, got -1.0"),
        ("nonadversarial", {"temperature": 0.0}, "`temperature` must be > 0, got 0.0"),
        ("nonadversarial", {"surrogate": "x"}, "`surrogate` must be one of .*, got 'x'"),
    ],
)
def test_impossible_settings_are_refused_by_name(method: str, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        METHODS[method](**settings)
