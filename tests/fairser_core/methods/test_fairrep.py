import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.datasets.emotion import Emotion, EmotionProblem
from fairser_core.lanes.random_streams import generators
from fairser_core.losses.wasserstein import sinkhorn
from fairser_core.methods import Dnn, FairRep
from fairser_core.methods.emotion_method import Batch
from fairser_core.methods.fairrep import Draws
from fairser_core.methods.method import Networks
from fairser_core.training.fit import fit

PROBLEM = EmotionProblem(features=4)
ROWS, PAIRS = 12, 7
SHAPE = {"hidden": 6, "latent": 5, "pairs": PAIRS, "directions": 4}
ESTIMATORS = ["sliced", "critic_gp", "sinkhorn"]


def setting(method: FairRep) -> tuple[Networks, Batch, Draws]:
    """Networks, a batch and its draws, in double precision."""
    streams = generators(0)
    networks = {
        network: {name: value.double() for name, value in members.items()}
        for network, members in method.init(PROBLEM, streams["init"]).items()
    }
    examples = streams["shuffle"]
    features = torch.randn(ROWS + 2 * PAIRS, 4, generator=examples).double()
    alone, female, male = features.split([ROWS, PAIRS, PAIRS])
    label = torch.tensor([0.0, 1.0, 0.0] * (ROWS // 3)).double()
    batch = Batch(alone, label, label[:0], label[:0], female + 0.5, male)
    draws = method.draws(PROBLEM, ROWS + 2 * PAIRS, streams)
    return networks, batch, Draws(*(drawn.double() for drawn in draws))


def free(networks: Networks) -> Networks:
    return {
        network: {name: value.clone().requires_grad_() for name, value in members.items()}
        for network, members in networks.items()
    }


def mlp(parameters: dict[str, Tensor], rows: Tensor) -> Tensor:
    hidden = (rows @ parameters["hidden.weight"].T + parameters["hidden.bias"]).clamp(min=0)
    return (hidden @ parameters["output.weight"].T + parameters["output.bias"])[:, 0]


def latents(method: FairRep, networks: Networks, batch: Batch, draws: Draws) -> list[Tensor]:
    """Of the women's and of the men's pairs, each by itself."""
    encode = method.predictor(PROBLEM).encode
    groups = zip((batch.female, batch.male), draws.pairs.split(PAIRS), strict=True)
    return [encode(networks["predictor"], rows, drawn) for rows, drawn in groups]


def distance(method: FairRep, networks: Networks, z: list[Tensor], drawn: Tensor) -> Tensor:
    """L_D, written out."""
    if method.estimator == "critic_gp":
        return mlp(networks["critic"], z[0]).mean() - mlp(networks["critic"], z[1]).mean()
    if method.estimator == "sinkhorn":
        return sinkhorn(*z)
    gaps = [(z[0] @ line).sort().values - (z[1] @ line).sort().values for line in drawn]
    return torch.stack(gaps).abs().mean() * math.sqrt(math.pi * method.latent / 2)


def slopes(loss: Tensor, parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    result = torch.autograd.grad(
        loss, list(parameters.values()), retain_graph=True, materialize_grads=True
    )
    return dict(zip(parameters, result, strict=True))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(("alpha", "weight"), [(0.3, 1.0), (2.0, 0.4), (0.0, 1.0), (0.5, 0.0)])
def test_the_detector_descends_l_rep_and_the_adversary_its_loss(
    estimator: str, alpha: float, weight: float
) -> None:
    method = FairRep(
        **SHAPE, estimator=estimator, alpha=alpha, adversary_weight=weight, weight_decay=0.1
    )
    networks, batch, draws = setting(method)
    gradients, terms = method.gradients(networks, batch, draws, PROBLEM, 1)

    trained = free(networks)
    predictor = trained["predictor"]
    logits = method.predictor(PROBLEM)(predictor, batch.features, draws.batch)
    emotion = F.binary_cross_entropy_with_logits(logits[:, 1] - logits[:, 0], batch.label)
    expected = slopes(emotion, predictor)
    representation = emotion
    z = latents(method, trained, batch, draws)
    if weight:
        guess = [mlp(trained["adversary"], rows) for rows in z]  # positive: the women's
        adversary = (F.softplus(-guess[0]).mean() + F.softplus(guess[1]).mean()) / 2
        representation = representation - weight * adversary
        for name, slope in slopes(adversary, predictor).items():
            expected[name] = expected[name] - weight * slope
        for name, slope in slopes(adversary, trained["adversary"]).items():
            assert slope.abs().max() > 0
            torch.testing.assert_close(gradients["adversary"][name], slope)  # of +L_A
        assert terms["adversary_loss"].item() == pytest.approx(adversary.item())
        assert terms["adversary_advantage"].item() == pytest.approx(math.log(2) - adversary.item())
    if alpha:
        apart = distance(method, trained, z, draws.distance)
        representation = representation + alpha * apart
        for name, slope in slopes(apart, predictor).items():
            expected[name] = expected[name] + alpha * slope
        assert terms["distance"].item() == pytest.approx(apart.item())
    assert terms["emotion_loss"].item() == pytest.approx(emotion.item())
    assert terms["representation_loss"].item() == pytest.approx(representation.item())
    for name, value in predictor.items():
        torch.testing.assert_close(gradients["predictor"][name], expected[name] + 0.1 * value)
    assert ("adversary_loss" in terms, "distance" in terms) == (weight > 0, alpha > 0)
    assert set(gradients) == {"predictor", *(["adversary"] if weight else [])}


def test_the_critic_descends_the_penalty_less_the_gap_at_other_points_each_step() -> None:
    method = FairRep(**SHAPE, estimator="critic_gp", critic_steps=3)
    networks, batch, draws = setting(method)
    assert len(method.descents()) == 4
    z = [rows.detach() for rows in latents(method, networks, batch, draws)]
    for step, descent in enumerate(method.descents()[:3]):
        gradients, terms = descent(networks, batch, draws, PROBLEM, 1)
        assert (list(gradients), terms) == (["critic"], {})
        critic = free(networks)["critic"]
        mix = draws.distance[step, :, None]
        between = (mix * z[0] + (1 - mix) * z[1]).requires_grad_()
        scores = mlp(critic, between).sum()
        (slope,) = torch.autograd.grad(scores, between, create_graph=True)
        penalty = ((torch.linalg.vector_norm(slope, dim=1) - 1) ** 2).mean()
        loss = 10 * penalty - (mlp(critic, z[0]).mean() - mlp(critic, z[1]).mean())
        for name, expected in slopes(loss, critic).items():
            torch.testing.assert_close(gradients["critic"][name], expected)


def test_the_critic_takes_its_steps_before_each_of_the_others(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    method = FairRep(**small_dnn, estimator="critic_gp", critic_steps=3)
    (epoch,) = fit(method, toy_emotion, [0], epochs=1)
    steps = {n: o["state"][0]["step"].item() for n, o in epoch.state.optimisers.items()}
    assert steps == {"predictor": 3, "adversary": 3, "critic": 9}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("vectorise", [True, False])
def test_without_either_term_it_is_the_dnn_bit_for_bit(
    toy_emotion: Emotion, small_dnn: dict, estimator: str, vectorise: bool
) -> None:
    plain = Dnn(**small_dnn)
    method = FairRep(**small_dnn, alpha=0.0, adversary_weight=0.0, estimator=estimator)
    for one, other in zip(
        *(fit(m, toy_emotion, [3, 4], epochs=3, vectorise=vectorise) for m in (plain, method)),
        strict=True,
    ):
        assert set(other.state.networks) == {"predictor"}
        for name, value in one.state.networks["predictor"].items():
            assert torch.equal(other.state.networks["predictor"][name], value)
        for name, values in one.metrics.items():
            assert other.metrics[name].tolist() == pytest.approx(values.tolist(), nan_ok=True)
        assert other.terms["emotion_loss"].tolist() == one.terms["emotion_loss"].tolist()


@pytest.mark.parametrize("settings", [{"estimator": name} for name in ESTIMATORS] + [{"alpha": 0}])
def test_it_differs_from_the_dnn_by_a_stream_alone(settings: dict) -> None:
    method, plain = FairRep(**SHAPE, **settings), Dnn(hidden=6, latent=5)
    streams, others = generators(1), generators(1)
    draws = method.draws(PROBLEM, ROWS + 2 * PAIRS, streams)
    assert torch.equal(draws.batch, plain.draws(PROBLEM, ROWS, others))
    moved = [n for n in streams if not torch.equal(streams[n].get_state(), others[n].get_state())]
    assert moved == ["debias"]
    assert draws.pairs.shape == (2 * PAIRS, 6 + 5)
    start, plain_start = (m.init(PROBLEM, generators(2)["init"]) for m in (method, plain))
    for name, value in plain_start["predictor"].items():
        assert torch.equal(start["predictor"][name], value)


def test_the_sliced_distance_of_a_shift_is_as_long_as_the_shift() -> None:
    for latent in (16, 200):
        method = FairRep(latent=latent)
        generator = torch.Generator().manual_seed(latent)
        rows = torch.randn(30, latent, generator=generator)
        shift = torch.randn(latent, generator=generator)
        drawn = FairRep(latent=latent, directions=5000)._distance_draws(generator)
        result = method._distance({}, rows + shift, rows, drawn)
        assert result.item() == pytest.approx(shift.norm().item(), rel=0.05)


def test_networks_are_those_of_the_terms_in_use() -> None:
    rates = {"learning_rate": 0.1, "adversary_learning_rate": 0.2, "critic_learning_rate": 0.3}
    for settings, expected in [
        ({}, {"predictor": 0.1, "adversary": 0.2}),
        ({"adversary_weight": 0.0}, {"predictor": 0.1}),
        ({"estimator": "critic_gp"}, {"predictor": 0.1, "adversary": 0.2, "critic": 0.3}),
        ({"estimator": "critic_gp", "alpha": 0.0}, {"predictor": 0.1, "adversary": 0.2}),
    ]:
        method = FairRep(**SHAPE, **settings, **rates)
        assert method.learning_rates(1) == expected
        networks = method.init(PROBLEM, generators(0)["init"])
        assert list(networks) == list(expected)
        # An adversary and a critic of the same kind do not begin as the same.
        weights = [networks[name]["hidden.weight"] for name in expected]
        assert len({tuple(weight.flatten().tolist()) for weight in weights}) == len(expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": -0.1}, "`alpha` must be >= 0, got -0.1"),
        ({"adversary_weight": -1.0}, "`adversary_weight` must be >= 0, got -1.0"),
        ({"adversary_learning_rate": 0.0}, "`adversary_learning_rate` must be > 0, got 0.0"),
        ({"critic_learning_rate": 0.0}, "`critic_learning_rate` must be > 0, got 0.0"),
        ({"directions": 0}, "`directions` must be >= 1, got 0"),
        ({"critic_steps": 0}, "`critic_steps` must be >= 1, got 0"),
        ({"pairs": 1}, "`pairs` must be >= 2, got 1"),
        ({"estimator": "exact"}, "`estimator` must be one of .*sinkhorn.*, got 'exact'"),
        ({"dropout": 1.0}, r"`dropout` must be in \[0, 1\), got 1.0"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FairRep(**settings)
