import pytest
import torch

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import generators
from fairser_core.methods import Lfr
from fairser_core.methods.emotion_method import Batch
from fairser_core.methods.method import Networks

PROBLEM = EmotionProblem(features=4)
PAIRS = 5


def setting(method: Lfr, seed: int = 0) -> tuple[Networks, Batch]:
    """Parameters that are all at work, and a batch, in float64."""
    generator = torch.Generator().manual_seed(seed)
    networks = {
        "predictor": {
            name: value.double() + 0.3 * torch.randn(value.shape, generator=generator)
            for name, value in method.init(PROBLEM, generator)["predictor"].items()
        }
    }
    features, female, male = (
        torch.randn(rows, 4, generator=generator, dtype=torch.float64)
        for rows in (12, method.pairs, method.pairs)
    )
    label = torch.tensor([0.0, 1.0, 0.0] * 4, dtype=torch.float64)
    ones = torch.ones(12, 2, dtype=torch.float64)
    return networks, Batch(features, label, ones, ones, female + 0.5, male)


def written_out(parameters: dict, batch: Batch) -> dict[str, torch.Tensor]:
    """Zemel et al. 2013, utterance by utterance, with means for the sums over them."""
    v, alpha = parameters["prototypes"], parameters["log_scale"].exp()
    w = 1 / (1 + torch.exp(-parameters["logits"]))

    def membership(x: torch.Tensor) -> torch.Tensor:
        near = torch.stack([torch.exp(-(alpha * (x - prototype) ** 2).sum()) for prototype in v])
        return near / near.sum()

    emotion, rebuilt = [], []
    for x, y in zip(batch.features, batch.label, strict=True):
        m = membership(x)
        guess = (m * w).sum()
        emotion.append(-(y * guess.log() + (1 - y) * (1 - guess).log()))
        rebuilt.append(((x - (m[:, None] * v).sum(dim=0)) ** 2).sum())
    women, men = (
        torch.stack([membership(x) for x in rows]).mean(dim=0)
        for rows in (batch.female, batch.male)
    )
    return {
        "emotion_loss": torch.stack(emotion).mean(),
        "reconstruction_loss": torch.stack(rebuilt).mean(),
        "parity_loss": (women - men).abs().sum(),
    }


def test_the_gradient_is_that_of_zemels_loss() -> None:
    method = Lfr(
        prototypes=3, parity_weight=0.7, reconstruction_weight=0.2, emotion_weight=1.5, pairs=PAIRS
    )
    networks, batch = setting(method)
    gradients, terms = method.gradients(networks, batch, (), PROBLEM, 1)
    free = {name: value.clone().requires_grad_() for name, value in networks["predictor"].items()}
    expected = written_out(free, batch)
    loss = (
        0.7 * expected["parity_loss"]
        + 0.2 * expected["reconstruction_loss"]
        + 1.5 * expected["emotion_loss"]
    )
    loss.backward()
    assert set(terms) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value.detach())
    for name, value in free.items():
        assert value.grad is not None
        assert value.grad.abs().min() > 0
        torch.testing.assert_close(gradients["predictor"][name], value.grad)


def test_without_parity_weight_the_pairs_do_not_matter_and_with_it_they_do() -> None:
    for weight, same in ((0.0, True), (0.5, False)):
        method = Lfr(prototypes=3, parity_weight=weight, pairs=PAIRS)
        networks, batch = setting(method)
        other = batch._replace(female=batch.female + 1, male=batch.male - 1)
        one, two = (method.gradients(networks, b, (), PROBLEM, 1)[0] for b in (batch, other))
        for name, value in one["predictor"].items():
            if name != "logits":  # w is in L_y alone
                assert torch.equal(two["predictor"][name], value) == same


def test_the_parity_term_alone_draws_the_genders_memberships_together() -> None:
    method = Lfr(prototypes=3, parity_weight=1.0, reconstruction_weight=0.0, pairs=PAIRS)
    networks, batch = setting(method)
    parameters, gaps = networks["predictor"], []
    for _ in range(30):
        gradients, terms = method.gradients({"predictor": parameters}, batch, (), PROBLEM, 1)
        gaps.append(terms["parity_loss"].item())
        parameters = {n: v - 0.03 * gradients["predictor"][n] for n, v in parameters.items()}
    assert gaps[0] > 0.2
    assert gaps[-1] < 0.5 * gaps[0]


def test_a_score_is_the_memberships_mean_of_the_prototypes_probabilities() -> None:
    method = Lfr(prototypes=3, pairs=PAIRS)
    networks, batch = setting(method)
    predictions = method.predict(networks, batch.features, PROBLEM)
    torch.testing.assert_close(predictions.latent.sum(dim=1), torch.ones(12, dtype=torch.float64))
    expected = predictions.latent @ networks["predictor"]["logits"].sigmoid()
    for score in (predictions.score, predictions.female, predictions.male):
        torch.testing.assert_close(score, expected)


@pytest.mark.parametrize("features", [24, 64, 512])
def test_a_fresh_utterance_is_of_some_prototypes_but_not_of_all_alike(features: int) -> None:
    problem = EmotionProblem(features=features)
    method = Lfr(prototypes=10)
    networks = method.init(problem, generators(0)["init"])
    rows = torch.randn(500, features, generator=torch.Generator().manual_seed(1))
    nearest = method.predict(networks, rows, problem).latent.max(dim=1).values
    assert 0.25 < nearest.mean() < 0.85  # 0.1 is all alike, 1 one only


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prototypes": 1}, "`prototypes` must be >= 2, got 1"),
        ({"parity_weight": -0.1}, "`parity_weight` must be >= 0, got -0.1"),
        ({"reconstruction_weight": -1.0}, "`reconstruction_weight` must be >= 0, got -1.0"),
        ({"emotion_weight": 0.0}, "`emotion_weight` must be > 0, got 0.0"),
        ({"pairs": 1}, "`pairs` must be >= 2, got 1"),
        ({"batch": 1}, "`batch` must be >= 2, got 1"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Lfr(**settings)
