import pytest
import torch
import torch.nn.functional as F

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import generators
from fairser_core.methods import Dnn
from fairser_core.methods.emotion_method import Batch

PROBLEM = EmotionProblem(features=4)


def setting(method: Dnn) -> tuple[dict[str, torch.Tensor], Batch, torch.Tensor]:
    streams = generators(0)
    networks = method.init(PROBLEM, streams["init"])
    features = torch.randn(12, 4, generator=streams["shuffle"])
    perceived = (torch.rand(12, 2, generator=streams["shuffle"]) < 0.4).float()
    label = torch.tensor([0.0, 1.0, 0.0] * 4)
    batch = Batch(features, label, perceived, torch.ones(12, 2), features[:0], features[:0])
    return networks["predictor"], batch, method.draws(PROBLEM, 12, streams)


def test_dnn_gradient_is_that_of_the_cross_entropy_and_weight_decay() -> None:
    method = Dnn(hidden=6, latent=5, weight_decay=0.1)
    parameters, batch, draws = setting(method)
    gradients, terms = method.gradients({"predictor": parameters}, batch, draws, PROBLEM, 1)
    free = {name: value.clone().requires_grad_() for name, value in parameters.items()}
    logits = method.predictor(PROBLEM)(free, batch.features, draws)
    odds = logits[:, 1] - logits[:, 0]
    loss = F.binary_cross_entropy_with_logits(odds, batch.label)
    decay = sum(value.square().sum() for value in free.values()) * 0.1 / 2
    (loss + decay).backward()
    assert terms["emotion_loss"].item() == pytest.approx(loss.item(), rel=1e-5)
    for name, value in free.items():
        torch.testing.assert_close(gradients["predictor"][name], value.grad)


def test_weight_decay_is_that_of_torchs_adam() -> None:
    method = Dnn(hidden=6, latent=5, weight_decay=0.1)
    plain = Dnn(hidden=6, latent=5, weight_decay=0.0)
    parameters, batch, draws = setting(method)
    ends = []
    for kind, decay in ((method, 0.0), (plain, 0.1)):
        free = {name: value.clone().requires_grad_() for name, value in parameters.items()}
        adam = torch.optim.Adam(free.values(), lr=0.01, weight_decay=decay)
        for _ in range(5):
            detached = {name: value.detach() for name, value in free.items()}
            result, _ = kind.gradients({"predictor": detached}, batch, draws, PROBLEM, 1)
            for name, value in free.items():
                value.grad = result["predictor"][name]
            adam.step()
        ends.append(free)
    for name, value in ends[0].items():
        torch.testing.assert_close(value, ends[1][name])


def test_a_score_is_the_probability_of_the_emotion() -> None:
    method = Dnn(hidden=6, latent=5)
    parameters, batch, _ = setting(method)
    logits = method.predictor(PROBLEM)(parameters, batch.features)
    expected = logits.exp()[:, 1] / logits.exp().sum(dim=1)
    predictions = method.predict({"predictor": parameters}, batch.features, PROBLEM)
    for score in (predictions.score, predictions.female, predictions.male):
        torch.testing.assert_close(score, expected)
    latent = method.predictor(PROBLEM).encode(parameters, batch.features)
    torch.testing.assert_close(predictions.latent, latent)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 0}, "`hidden` must be >= 1, got 0"),
        ({"latent": 0}, "`latent` must be >= 1, got 0"),
        ({"weight_decay": -0.1}, "`weight_decay` must be >= 0, got -0.1"),
        ({"dropout": 1.0}, r"`dropout` must be in \[0, 1\), got 1.0"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Dnn(**settings)
