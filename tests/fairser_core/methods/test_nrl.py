from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import generators
from fairser_core.methods import Dnn, Nrl
from fairser_core.methods.emotion_method import Batch
from fairser_core.methods.method import Networks
from fairser_core.methods.nrl import Draws
from fairser_core.networks.layers import Parameters

PROBLEM = EmotionProblem(features=4)
SMALL = {"hidden": 6, "latent": 5, "pairs": 3, "critic_steps": 2}


def setting(method: Nrl, seed: int = 0) -> tuple[Networks, Batch, Draws]:
    streams = generators(seed)
    networks = method.init(PROBLEM, streams["init"])
    draw = partial(torch.randn, generator=streams["shuffle"])
    perceived = torch.ones(12, 2)
    label = torch.tensor([0.0, 1.0, 0.0] * 4)
    batch = Batch(draw(12, 4), label, perceived, perceived, draw(3, 4) + 0.5, draw(3, 4))
    return networks, batch, method.draws(PROBLEM, 12 + 2 * method.pairs, streams)


def free(parameters: Parameters) -> Parameters:
    return {name: value.clone().requires_grad_() for name, value in parameters.items()}


def perceptron(parameters: Parameters, rows: Tensor) -> Tensor:
    hidden = (rows @ parameters["hidden.weight"].T + parameters["hidden.bias"]).clamp(min=0)
    return hidden @ parameters["output.weight"].T + parameters["output.bias"]


def test_the_gradients_are_those_of_the_paper_and_of_a_classifier_beside_it() -> None:
    method = Nrl(**SMALL, alpha=0.7, weight_decay=0.1)
    networks, batch, draws = setting(method)
    gradients, terms = method.gradients(networks, batch, draws, PROBLEM, 1)
    assert set(gradients) == {"predictor", "decoder"}

    predictor, decoder = free(networks["predictor"]), free(networks["decoder"])
    encode = partial(method.predictor(PROBLEM).encode, predictor)
    latent = encode(batch.features, draws.dropout)
    rebuilt = ((perceptron(decoder, latent) - batch.features) ** 2).sum() / 12
    score = partial(perceptron, networks["critic"])
    distance = score(encode(batch.female)).mean() - score(encode(batch.male)).mean()
    given = latent.detach()  # the classifier's alone
    logits = given @ predictor["output.weight"].T + predictor["output.bias"]
    odds = logits[:, 1] - logits[:, 0]
    emotion = F.binary_cross_entropy_with_logits(odds, batch.label)
    everything = [*predictor.values(), *decoder.values()]
    decay = sum(value.square().sum() for value in everything) * 0.1 / 2
    (rebuilt + 0.7 * distance + emotion + decay).backward()

    for name, value in (
        ("emotion_loss", emotion),
        ("reconstruction_loss", rebuilt),
        ("distance", distance),
    ):
        torch.testing.assert_close(terms[name], value.detach())
    for kind, parameters in (("predictor", predictor), ("decoder", decoder)):
        for name, value in parameters.items():
            torch.testing.assert_close(gradients[kind][name], value.grad)


def test_no_label_reaches_the_encoder() -> None:
    method = Nrl(**SMALL)
    networks, batch, draws = setting(method)
    turned = batch._replace(label=1 - batch.label)
    one, other = (method.gradients(networks, b, draws, PROBLEM, 1)[0] for b in (batch, turned))
    for name, value in one["predictor"].items():
        assert torch.equal(other["predictor"][name], value) == (not name.startswith("output"))


def test_the_critics_gradient_is_that_of_its_gap_and_slope() -> None:
    method = Nrl(**SMALL)
    networks, batch, draws = setting(method)
    women, men = (
        method.predictor(PROBLEM).encode(networks["predictor"], rows)
        for rows in (batch.female, batch.male)
    )
    for step, descent in enumerate(method.descents()[:-1]):
        gradients, terms = descent(networks, batch, draws, PROBLEM, 1)
        assert terms == {}
        assert set(gradients) == {"critic"}
        critic = free(networks["critic"])
        t = draws.mix[step][:, None]
        between = (t * women + (1 - t) * men).requires_grad_()
        (slopes,) = torch.autograd.grad(
            perceptron(critic, between).sum(), between, create_graph=True
        )
        gap = perceptron(critic, women).mean() - perceptron(critic, men).mean()
        (10 * (slopes.norm(dim=1) - 1).square().mean() - gap).backward()
        for name, value in critic.items():
            expected = torch.zeros_like(value) if value.grad is None else value.grad
            torch.testing.assert_close(gradients["critic"][name], expected, atol=1e-6, rtol=1e-4)


def test_the_critic_takes_its_steps_before_the_others() -> None:
    method = Nrl(**SMALL)
    networks, batch, draws = setting(method)
    trained = [set(d(networks, batch, draws, PROBLEM, 1)[0]) for d in method.descents()]
    assert trained == [{"critic"}, {"critic"}, {"predictor", "decoder"}]
    assert set(method.learning_rates(1)) == set(networks)


def test_without_alpha_the_pairs_do_not_matter_and_with_it_they_do() -> None:
    for alpha, same in ((0.0, True), (0.5, False)):
        method = Nrl(**SMALL, alpha=alpha)
        networks, batch, draws = setting(method)
        other = batch._replace(female=batch.female + 1, male=batch.male - 1)
        one, two = (method.gradients(networks, b, draws, PROBLEM, 1)[0] for b in (batch, other))
        for kind, gradients in one.items():
            for name, value in gradients.items():
                if kind == "decoder" or name.startswith("output"):
                    assert torch.equal(two[kind][name], value)
                else:
                    assert torch.equal(two[kind][name], value) == same


def test_it_starts_from_the_dnns_parameters_and_drops_what_it_drops() -> None:
    method, plain = Nrl(**SMALL), Dnn(hidden=6, latent=5)
    networks, _, draws = setting(method)
    streams = generators(0)
    for name, value in plain.init(PROBLEM, streams["init"])["predictor"].items():
        assert torch.equal(networks["predictor"][name], value)
    assert torch.equal(draws.dropout, plain.draws(PROBLEM, 12, streams))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": -0.5}, "`alpha` must be >= 0, got -0.5"),
        ({"pairs": 1}, "`pairs` must be >= 2, got 1"),
        ({"critic_steps": 0}, "`critic_steps` must be >= 1, got 0"),
        ({"critic_learning_rate": 0.0}, "`critic_learning_rate` must be > 0, got 0.0"),
        ({"latent": 0}, "`latent` must be >= 1, got 0"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Nrl(**settings)
