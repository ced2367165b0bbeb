import numpy as np
import pytest
import torch

from fairser_core.datasets.activation import Problem
from fairser_core.methods import Baseline
from fairser_core.networks.adversaries import Adversary
from fairser_core.networks.cnn import Cnn
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import same_padding
from fairser_core.networks.mlp import Mlp
from fairser_core.networks.vector_network import VectorNetwork

PAPER = Problem(24, 279, 4.0, 1.0, 3.5, 0.5)


def paper_cnn() -> Cnn:
    return Baseline().predictor(PAPER)


@pytest.mark.parametrize(
    ("size", "padding"), [(24, (2, 2)), (279, (2, 3)), (6, (3, 3)), (70, (3, 3))]
)
def test_same_padding_is_tensorflows(size: int, padding: tuple[int, int]) -> None:
    assert same_padding(size, kernel=8, stride=4) == padding


def test_the_papers_network_has_its_flatten_size_and_parameters() -> None:
    parameters = paper_cnn().init(torch.Generator().manual_seed(0))
    assert paper_cnn().flat_size() == 1152
    assert sum(p.numel() for p in parameters.values()) == 198_065


def test_forward_equals_a_direct_numpy_transcription() -> None:
    cnn = Cnn(
        coefficients=5, frames=9, conv_layers=2, filters=2, kernel=3, stride=2,
        hidden_layers=1, hidden=4, dropout=0.5,
    )  # fmt: skip
    parameters = {
        name: value.double() + 0.1
        for name, value in cnn.init(torch.Generator().manual_seed(1)).items()
    }
    windows = torch.randn(3, 1, 5, 9, dtype=torch.float64, generator=torch.manual_seed(2))

    def convolve(image: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
        rows, columns = image.shape[1:]
        image = np.pad(image, [(0, 0), same_padding(rows, 3, 2), same_padding(columns, 3, 2)])
        out = np.zeros((len(weight), -(-rows // 2), -(-columns // 2)))
        for channel, row, column in np.ndindex(*out.shape):
            patch = image[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            out[channel, row, column] = (patch * weight[channel]).sum() + bias[channel]
        return np.maximum(out, 0)

    p = {name: value.numpy() for name, value in parameters.items()}
    expected = []
    for window in windows.numpy():
        hidden = convolve(window, p["conv0.weight"], p["conv0.bias"])
        hidden = convolve(hidden, p["conv1.weight"], p["conv1.bias"]).ravel()
        hidden = np.maximum(p["hidden0.weight"] @ hidden + p["hidden0.bias"], 0)
        expected.append(p["output.weight"][0] @ hidden + p["output.bias"][0])
    np.testing.assert_allclose(cnn(parameters, windows).numpy(), expected, rtol=1e-12)


def test_init_is_glorot_uniform_with_zero_biases() -> None:
    parameters = paper_cnn().init(torch.Generator().manual_seed(0))
    bound = (6 / (16 * 64 + 32 * 64)) ** 0.5
    weight = parameters["conv1.weight"]
    assert 0.99 * bound < weight.abs().max().item() <= bound
    assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert all(not p.any() for name, p in parameters.items() if name.endswith("bias"))


def test_dropout_drops_its_share_and_keeps_the_expectation() -> None:
    cnn = Cnn(
        coefficients=4, frames=4, conv_layers=1, filters=1, kernel=2, stride=2,
        hidden_layers=1, hidden=20_000, dropout=0.3,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    parameters = cnn.init(generator)
    parameters["hidden0.weight"].zero_()
    parameters["hidden0.bias"].fill_(1.0)
    parameters["output.weight"].fill_(1 / 20_000)
    window = torch.zeros(1, 1, 4, 4)
    draws = cnn.draws(1, generator)
    assert (draws < 0.3).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert cnn(parameters, window).item() == pytest.approx(1.0, rel=1e-4)
    dropped = cnn(parameters, window, draws).item()
    assert dropped == pytest.approx((draws >= 0.3).float().mean().item() / 0.7, rel=1e-4)


def test_adversary_is_equation_2() -> None:
    parameters = {"c": torch.tensor(-0.5), "w": torch.tensor([0.2, -1.0, 0.7]), "b": torch.ones(())}
    score, high = torch.tensor([-1.0, 0.3, 2.0]), torch.tensor([0.0, 1.0, 1.0])
    s = 1 / (1 + np.exp(-1.5 * score.numpy()))
    y = high.numpy()
    expected = 0.2 * s - 1.0 * s * y + 0.7 * s * (1 - y) + 1.0
    np.testing.assert_allclose(Adversary()(parameters, score, high).numpy(), expected, rtol=1e-6)


def test_adversary_starts_as_zhang_2018_has_it() -> None:
    parameters = Adversary().init(torch.Generator().manual_seed(0))
    assert parameters["c"] == 1
    assert parameters["b"] == 0
    assert parameters["w"].shape == (3,)
    assert parameters["w"].abs().max().item() <= 1.5**0.5


def test_the_dnn_is_torchs_layers() -> None:
    net = Dnn(features=5, hidden=7, latent=4, dropout=0.2)
    generator = torch.Generator().manual_seed(0)
    parameters = net.init(generator)
    encoder = torch.nn.Sequential(
        torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 4), torch.nn.ReLU()
    )
    classifier = torch.nn.Linear(4, 2)
    names = ("hidden", "latent", "output")
    for name, layer in zip(names, (encoder[0], encoder[2], classifier), strict=True):
        layer.load_state_dict({key: parameters[f"{name}.{key}"] for key in ("weight", "bias")})
    features = torch.randn(9, 5, generator=generator)
    torch.testing.assert_close(net.encode(parameters, features), encoder(features))
    torch.testing.assert_close(net(parameters, features), classifier(encoder(features)))
    score, latent = net.detect(parameters, features)
    torch.testing.assert_close(latent, encoder(features))
    torch.testing.assert_close(score, classifier(encoder(features)).softmax(dim=1)[:, 1])


def test_the_dnn_drops_a_share_of_both_layers_and_keeps_their_mean() -> None:
    net = Dnn(features=3, hidden=400, latent=300, dropout=0.25)
    parameters = {name: torch.zeros_like(v) for name, v in net.init(torch.Generator()).items()}
    parameters["hidden.bias"] += 1.0
    parameters["latent.weight"] += 1.0 / 400
    draws = net.draws(50, torch.Generator().manual_seed(1))
    latent = net.encode(parameters, torch.zeros(50, 3), draws)
    assert (latent == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert latent.mean().item() == pytest.approx(1.0, abs=0.02)


def test_the_mlp_is_torchs_layers() -> None:
    net = Mlp(features=5, hidden=7, outputs=2)
    generator = torch.Generator().manual_seed(0)
    parameters = net.init(generator)
    layers = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 2))
    for name, layer in zip(("hidden", "output"), (layers[0], layers[2]), strict=True):
        layer.load_state_dict({key: parameters[f"{name}.{key}"] for key in ("weight", "bias")})
    rows = torch.randn(9, 5, generator=generator)
    torch.testing.assert_close(net(parameters, rows), layers(rows))


def test_the_mlp_starts_glorot_uniform_with_zero_biases() -> None:
    parameters = Mlp(features=128, hidden=64, outputs=1).init(torch.Generator().manual_seed(0))
    for name, bound in {"hidden": (6 / 192) ** 0.5, "output": (6 / 65) ** 0.5}.items():
        weight = parameters[f"{name}.weight"]
        assert 0.9 * bound < weight.abs().max().item() <= bound
        assert not parameters[f"{name}.bias"].any()
    assert parameters["hidden.weight"].std().item() == pytest.approx((6 / 576) ** 0.5, rel=0.05)


def test_the_network_of_vectors_is_torchs_own_layers() -> None:
    net = VectorNetwork(features=5, layers=0, hidden_layers=2, hidden=7, dropout=0.2, outputs=3)
    generator = torch.Generator().manual_seed(0)
    parameters = net.init(generator)
    layers = torch.nn.Sequential(
        torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 7), torch.nn.ReLU(),
        torch.nn.Linear(7, 3),
    )  # fmt: skip
    for name, layer in (("hidden0", 0), ("hidden1", 2), ("output", 4)):
        state = {key: parameters[f"{name}.{key}"] for key in ("weight", "bias")}
        layers[layer].load_state_dict(state)
    vectors = torch.randn(9, 5, generator=generator)
    torch.testing.assert_close(net(parameters, vectors), layers(vectors))


def test_the_weighted_mean_of_layers_commutes_with_the_mean_over_frames() -> None:
    net = VectorNetwork(features=5, layers=3, hidden_layers=1, hidden=7, dropout=0.2, outputs=1)
    generator = torch.Generator().manual_seed(0)
    parameters = net.init(generator)
    parameters["mixture"] = torch.tensor([0.3, -1.0, 2.0])
    frames = torch.randn(11, 3, 40, 5, generator=generator)  # row, layer, frame, feature
    weights = np.exp([0.3, -1.0, 2.0]) / np.exp([0.3, -1.0, 2.0]).sum()
    mixed = sum(float(w) * frames[:, k] for k, w in enumerate(weights)).mean(dim=1)
    alone = VectorNetwork(features=5, layers=0, hidden_layers=1, hidden=7, dropout=0.2, outputs=1)
    torch.testing.assert_close(net(parameters, frames.mean(dim=2)), alone(parameters, mixed))
