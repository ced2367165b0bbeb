import pytest
import torch

from fairser_core.networks.perspectives import Perspectives

LATENT = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))


def made(conditioning: str, dropout: float = 0.0) -> Perspectives:
    return Perspectives(
        features=5, units=3, hidden=4, dropout=dropout, conditioning=conditioning  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("conditioning", "layers", "heads"), [("heads", 1, 2), ("per_view_fc", 2, 1), ("mask", 1, 1)]
)
def test_the_perspectives_part_where_the_conditioning_says(
    conditioning: str, layers: int, heads: int
) -> None:
    network = made(conditioning)
    parameters = network.init(torch.Generator().manual_seed(0))
    assert parameters["embed.weight"].shape == (layers, 3, 5)
    assert parameters["head.hidden.weight"].shape == (heads, 4, 3)
    assert parameters["head.output.weight"].shape == (heads, 2, 4)
    assert ("mask" in parameters) == (conditioning == "mask")
    for name in ("embed.bias", "head.hidden.bias", "head.output.bias"):
        assert (parameters[name] == 0).all()
    for weight in (parameters["embed.weight"], parameters["head.hidden.weight"]):
        assert weight.abs().max() <= (6 / sum(weight.shape[1:])) ** 0.5
        assert len(weight.unique()) == weight.numel()  # each perspective's own are drawn apart
    embedding = network.embed(parameters, LATENT)
    assert embedding.shape == (1 if conditioning == "heads" else 2, 7, 3)
    logits = network.classify(parameters, embedding)
    assert logits.shape == (2, 7, 2)
    assert not torch.allclose(logits[0], logits[1])


def test_a_unit_whose_mask_is_not_above_zero_is_closed_to_its_perspective() -> None:
    network = made("mask")
    parameters = network.init(torch.Generator().manual_seed(0))
    parameters["mask"] = torch.tensor([[-1.0, 0.5, 1.0], [1.0, 1.0, 0.0]])
    plain = LATENT @ parameters["embed.weight"][0].T
    expected = torch.stack([plain * torch.tensor([0.0, 0.5, 1.0]), plain * torch.tensor([1, 1, 0])])
    torch.testing.assert_close(network.embed(parameters, LATENT), expected)


def test_dropout_drops_a_share_of_the_embedding_and_scales_the_rest() -> None:
    network = made("heads", dropout=0.4)
    parameters = network.init(torch.Generator().manual_seed(0))
    draws = network.draws(7, torch.Generator().manual_seed(1))
    assert draws.shape == (7, 3)
    embedding = network.embed(parameters, LATENT)
    dropped = torch.where(draws < 0.4, torch.zeros(()), embedding / 0.6)
    expected = network.classify(parameters, dropped)
    torch.testing.assert_close(network.classify(parameters, embedding, draws), expected)
    shares = network.draws(20_000, torch.Generator()) < 0.4
    assert shares.double().mean().item() == pytest.approx(0.4, abs=0.01)
