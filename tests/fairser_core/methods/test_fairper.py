import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.lanes.random_streams import generators
from fairser_core.methods import FairPer
from fairser_core.methods.emotion_method import Batch
from fairser_core.methods.fairper import Draws
from fairser_core.networks.dnn import Dnn as Network
from fairser_core.networks.layers import Parameters

STAGE1 = Network(features=4, hidden=6, latent=5, dropout=0.2)
PROBLEM = EmotionProblem(features=4, stage1=STAGE1)
SMALL = {"units": 3, "head_hidden": 4, "pairs": 5}
CONDITIONINGS = ("heads", "per_view_fc", "mask")
KINDS = list(itertools.product(CONDITIONINGS, ("aligned", "view")))


def setting(method: FairPer) -> tuple[dict[str, Parameters], Batch, Draws]:
    """In double precision."""
    streams = generators(0)
    networks = {**method.init(PROBLEM, streams["init"]), "stage1": STAGE1.init(streams["init"])}
    networks = {
        network: {name: value.double() for name, value in members.items()}
        for network, members in networks.items()
    }
    generator = torch.Generator().manual_seed(5)
    rows = torch.randn(12 + 2 * method.pairs, 4, generator=generator, dtype=torch.float64)
    alone, female, male = rows.split([12, method.pairs, method.pairs])
    perceived, known = (torch.rand(2, 12, 2, generator=generator) < 0.6).double()
    batch = Batch(alone, perceived[:, 0], perceived * known, known, female, male)
    draws = method.draws(PROBLEM, len(rows), streams)
    return networks, batch, draws._replace(dropout=draws.dropout.double())


def embedded(method: FairPer, p: Parameters, latent: Tensor) -> list[Tensor]:
    """Embeddings from the women's perspective and from the men's, written out."""
    if method.view_conditioning == "per_view_fc":
        return [latent @ p["embed.weight"][v].T + p["embed.bias"][v] for v in (0, 1)]
    shared = latent @ p["embed.weight"][0].T + p["embed.bias"][0]
    if method.view_conditioning == "mask":
        return [shared * p["mask"][v].clamp(min=0) for v in (0, 1)]
    return [shared, shared]


def logits_of(
    method: FairPer, p: Parameters, embedding: list[Tensor], kept: Tensor
) -> list[Tensor]:
    """Logits from each perspective, written out; `kept` scales what dropout leaves."""
    result = []
    for view, rows in enumerate(embedding):
        own = view if method.view_conditioning == "heads" else 0
        hidden = rows * kept @ p["head.hidden.weight"][own].T + p["head.hidden.bias"][own]
        result.append(hidden.relu() @ p["head.output.weight"][own].T + p["head.output.bias"][own])
    return result


@pytest.mark.parametrize(("conditioning", "attribute"), KINDS)
def test_the_gradient_is_that_of_cross_entropy_triplets_and_weight_decay(
    conditioning: str, attribute: str
) -> None:
    method = FairPer(
        **SMALL, lambda_=0.7, margin=0.4, dropout=0.3, weight_decay=0.1,
        view_conditioning=conditioning, triplet_attribute=attribute,
    )  # fmt: skip
    networks, batch, draws = setting(method)
    gradients, terms = method.gradients(networks, batch, draws, PROBLEM, 1)

    free = {n: value.clone().requires_grad_() for n, value in networks["predictor"].items()}
    latent = STAGE1.encode(networks["stage1"], batch.features)
    kept = (draws.dropout >= 0.3).double() / 0.7
    sums = torch.zeros(2, dtype=torch.float64)
    for view, logits in enumerate(logits_of(method, free, embedded(method, free, latent), kept)):
        for row in range(12):
            if batch.consensus[row, view]:
                truth = batch.perceived[row, view].long()
                sums = sums + torch.stack([F.cross_entropy(logits[row], truth), torch.tensor(1.0)])
    women, men = (
        embedded(method, free, STAGE1.encode(networks["stage1"], rows))
        for rows in (batch.female, batch.male)
    )
    if attribute == "view":
        groups = [torch.cat([women[v], men[v]]) for v in (0, 1)]
    elif conditioning == "heads":
        groups = [women[0], men[0]]
    else:
        groups = [torch.cat(views, dim=1) for views in (women, men)]
    triplet = torch.nn.TripletMarginLoss(margin=0.4, eps=0.0)
    triplet_loss = (
        triplet(groups[0], groups[0][draws.positive[0]], groups[1][draws.negative[0]])
        + triplet(groups[1], groups[1][draws.positive[1]], groups[0][draws.negative[1]])
    ) / 2
    view_loss = sums[0] / sums[1]
    decay = sum(value.square().sum() for value in free.values()) * 0.1 / 2
    (view_loss + 0.7 * triplet_loss + decay).backward()

    assert terms["view_loss"].item() == pytest.approx(view_loss.item())
    assert terms["triplet_loss"].item() == pytest.approx(triplet_loss.item())
    assert terms["triplet_loss"] > 0
    assert gradients.keys() == {"predictor"}
    for name, value in free.items():
        torch.testing.assert_close(gradients["predictor"][name], value.grad, msg=name)


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_predictions_are_stage_1s_score_and_each_perspectives(conditioning: str) -> None:
    method = FairPer(**SMALL, view_conditioning=conditioning)
    networks, batch, _ = setting(method)
    predictions = method.predict(networks, batch.features, PROBLEM)
    latent = STAGE1.encode(networks["stage1"], batch.features)
    plain = STAGE1.classify(networks["stage1"], latent).softmax(dim=1)[:, 1]
    torch.testing.assert_close(predictions.score, plain)
    embedding = embedded(method, networks["predictor"], latent)
    logits = logits_of(method, networks["predictor"], embedding, torch.ones(1, dtype=torch.float64))
    torch.testing.assert_close(predictions.female, logits[0].softmax(dim=1)[:, 1])
    torch.testing.assert_close(predictions.male, logits[1].softmax(dim=1)[:, 1])
    assert not torch.equal(predictions.female, predictions.male)
    whole = embedding[0] if conditioning == "heads" else torch.cat(embedding, dim=1)
    torch.testing.assert_close(predictions.latent, whole)


def test_a_batch_in_which_no_gender_has_a_consensus_teaches_nothing() -> None:
    method = FairPer(**SMALL, lambda_=0.0, weight_decay=0.0)
    networks, batch, draws = setting(method)
    batch = batch._replace(consensus=torch.zeros_like(batch.consensus))
    gradients, terms = method.gradients(networks, batch, draws, PROBLEM, 1)
    assert terms["view_loss"] == 0
    assert all((slope == 0).all() for slope in gradients["predictor"].values())


@pytest.mark.parametrize(("attribute", "rows"), [("aligned", 5), ("view", 10)])
def test_triplets_are_drawn_uniformly_from_others_of_the_gender_and_from_the_other_gender(
    attribute: str, rows: int
) -> None:
    method, streams = FairPer(**SMALL, triplet_attribute=attribute), generators(1)
    every = [method.draws(PROBLEM, 8 + 10, streams) for _ in range(2000)]
    positive, negative = (
        torch.stack([getattr(draws, name) for draws in every]) for name in ("positive", "negative")
    )
    assert positive.shape == negative.shape == (2000, 2, rows)
    shares = F.one_hot(positive, rows).double().mean(dim=0)  # (gender, anchor, positive)
    expected = (1 - torch.eye(rows).double()) / (rows - 1)
    torch.testing.assert_close(shares, expected.expand_as(shares), atol=0.05, rtol=0)
    assert (shares.diagonal(dim1=1, dim2=2) == 0).all()
    shares = F.one_hot(negative, rows).double().mean(dim=0)
    torch.testing.assert_close(shares, torch.full_like(shares, 1 / rows), atol=0.05, rtol=0)


def test_without_stage_1_the_message_names_the_option() -> None:
    with pytest.raises(ValueError, match=r"FairPer .* there is none; .* by --stage1"):
        FairPer().init(EmotionProblem(features=4), torch.Generator())


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("lambda_", -0.1, "`lambda` must be >= 0, got -0.1"),
        ("margin", -1.0, "`margin` must be >= 0"),
        ("pairs", 1, "`pairs` must be >= 2, got 1"),
        ("units", 0, "`units` must be >= 1"),
        ("head_hidden", 0, "`head_hidden` must be >= 1"),
        ("dropout", 1.0, r"`dropout` must be in \[0, 1\)"),
        ("weight_decay", -1.0, "`weight_decay` must be >= 0"),
        ("view_conditioning", "toggle", "`view_conditioning` must be one of"),
        ("triplet_attribute", "gender", "`triplet_attribute` must be one of"),
    ],
)
def test_impossible_settings_are_refused(setting: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FairPer(**{setting: value})


# Training
