import dataclasses
import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.datasets.emotion import Emotion, EmotionProblem, Perception
from fairser_core.lanes.random_streams import generators
from fairser_core.methods import Dnn, FairPer
from fairser_core.methods.emotion_method import Batch, Predictions
from fairser_core.methods.fairper import Draws
from fairser_core.networks.layers import Parameters
from fairser_core.networks.networks import Dnn as Net
from fairser_core.training.fit import Epoch, fit
from fairser_core.training.state import State

STAGE1 = Net(features=4, hidden=6, latent=5, dropout=0.2)
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


QUICK = {"units": 6, "head_hidden": 8, "batch": 8, "pairs": 4}


@pytest.fixture(scope="module")
def staged(toy_emotion: Emotion, small_dnn: dict) -> Emotion:
    """The toy task with detectors of stage 1 of two seeds."""
    *_, end = fit(Dnn(**small_dnn, learning_rate=0.01), toy_emotion, [0, 1], epochs=4)
    net = Dnn(**small_dnn).predictor(toy_emotion.problem)
    problem = dataclasses.replace(toy_emotion.problem, stage1=net)
    kept = {name: value.detach() for name, value in end.state.kept["predictor"].items()}
    return dataclasses.replace(toy_emotion, problem=problem, stage1=kept)


def last(*args: object, **kwargs: object) -> Epoch:
    return list(fit(*args, **kwargs))[-1]  # type: ignore[arg-type]


def assert_equal(one: Epoch, other: Epoch, names: tuple[str, ...] = ("networks", "kept")) -> None:
    for name in names:
        for network, parameters in getattr(one.state, name).items():
            for key, value in parameters.items():
                assert torch.equal(getattr(other.state, name)[network][key], value), key
    for key, values in one.metrics.items():
        np.testing.assert_array_equal(other.metrics[key], values)


def test_stage_1_is_the_same_bit_for_bit_after_training_and_in_what_is_kept(
    staged: Emotion,
) -> None:
    before = {name: value.clone() for name, value in staged.stage1.items()}
    end = last(FairPer(**QUICK, lambda_=1.0, weight_decay=0.1), staged, [0, 1], epochs=3)
    for name, value in before.items():
        assert torch.equal(staged.stage1[name], value)
        assert torch.equal(end.state.networks["stage1"][name], value)
        assert torch.equal(end.state.kept["stage1"][name], value)
    assert end.state.optimisers.keys() == {"predictor"}


def drop_triplets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave L2 alone in `FairPer`: no pairs, no draws for them, no loss."""

    def draws(self: FairPer, problem: EmotionProblem, rows: int, streams: dict) -> Draws:
        dropout = self.predictor(problem).draws(rows, streams["dropout"])
        return Draws(dropout, dropout, dropout)

    def gradients(
        self: FairPer, networks: dict, batch: Batch, draws: Draws, problem: EmotionProblem, _: int
    ) -> tuple:
        network = self.predictor(problem)
        latent = problem.stage1.encode(networks["stage1"], batch.features)  # type: ignore[union-attr]

        def loss(parameters: Parameters) -> Tensor:
            logits = network.classify(parameters, network.embed(parameters, latent), draws.dropout)
            truth = batch.perceived.T.long()
            entropy = F.cross_entropy(logits.movedim(-1, 1), truth, reduction="none")
            return (entropy * batch.consensus.T).sum() / batch.consensus.sum()

        parameters = networks["predictor"]
        slopes, value = torch.func.grad_and_value(loss)(parameters)
        gradient = {n: s + self.weight_decay * parameters[n] for n, s in slopes.items()}
        return {"predictor": gradient}, {"view_loss": value}

    monkeypatch.setattr(FairPer, "extra_pairs", 0)
    monkeypatch.setattr(FairPer, "draws", draws)
    monkeypatch.setattr(FairPer, "gradients", gradients)


@pytest.mark.parametrize("vectorise", [False, True])
def test_a_lambda_of_0_is_a_training_without_triplets_bit_for_bit(
    staged: Emotion, vectorise: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_them, some = (
        last(FairPer(**QUICK, lambda_=value), staged, [0, 1], epochs=3, vectorise=vectorise)
        for value in (0.0, 0.1)
    )
    drop_triplets(monkeypatch)
    without = last(FairPer(**QUICK), staged, [0, 1], epochs=3, vectorise=vectorise)
    assert without.terms.keys() == {"view_loss"}
    assert_equal(with_them, without)
    assert (with_them.terms["triplet_loss"] > 0).all()
    assert not torch.equal(
        some.state.networks["predictor"]["embed.weight"],
        without.state.networks["predictor"]["embed.weight"],
    )


@pytest.mark.parametrize(("conditioning", "attribute"), KINDS)
def test_one_vectorised_step_equals_one_lane_after_the_other(
    staged: Emotion, conditioning: str, attribute: str
) -> None:
    method = FairPer(
        **QUICK, lambda_=0.5, view_conditioning=conditioning, triplet_attribute=attribute
    )
    loop, vmapped = (last(method, staged, [0], epochs=2, vectorise=v) for v in (False, True))
    for name, value in loop.state.networks["predictor"].items():
        torch.testing.assert_close(
            vmapped.state.networks["predictor"][name], value, rtol=1e-4, atol=1e-5
        )


def test_a_seed_and_a_detector_equal_runs_of_them_alone(staged: Emotion) -> None:
    method = FairPer(**QUICK, lambda_=0.5, patience=2)
    together = last(method, staged, [5, 2], epochs=3)
    alone = last(method, staged, [2], epochs=3)
    for network, parameters in alone.state.kept.items():
        for name, value in parameters.items():
            torch.testing.assert_close(together.state.kept[network][name][9:], value)
    for name, values in alone.metrics.items():
        np.testing.assert_allclose(together.metrics[name][1], values[0], rtol=1e-6)


def test_training_goes_on_from_bytes_bit_for_bit_also_without_stage_1_at_hand(
    staged: Emotion,
) -> None:
    method = FairPer(**QUICK, lambda_=0.5, patience=2)
    whole = last(method, staged, [0, 1], epochs=5)
    for epoch in fit(method, staged, [0, 1], epochs=5):
        if epoch.number == 2:
            saved = epoch.state.to_bytes()
            break
    elsewhere = dataclasses.replace(staged, stage1={})  # the state has it
    resumed = last(method, elsewhere, [0, 1], epochs=5, state=State.from_bytes(saved))
    assert resumed.number == whole.number
    assert_equal(whole, resumed)


def test_the_same_seed_gives_the_same_model(staged: Emotion) -> None:
    method = FairPer(**QUICK, lambda_=0.5)
    assert_equal(*(last(method, staged, [3], epochs=2) for _ in range(2)))


def perceived_apart(data: Emotion) -> Emotion:
    """Men perceive the emotion exactly where women do not."""
    label = data.label
    everyone = np.ones(len(data.s1), dtype=bool)
    return dataclasses.replace(
        data, female=Perception(label, everyone), male=Perception(1 - label, everyone)
    )


def test_each_head_learns_the_perception_of_its_gender(
    staged: Emotion, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One detector for both perspectives is right of one whenever it is wrong of the other.
    data = perceived_apart(staged)
    method = FairPer(**QUICK, lambda_=0.0, learning_rate=0.01)
    end = last(method, data, [0, 1], epochs=15)
    assert (end.metrics["f1_macro_female"] > 0.6).all()
    assert (end.metrics["f1_macro_male"] > 0.6).all()

    predict = FairPer.predict

    def shared(self: FairPer, *args: object) -> Predictions:
        predictions = predict(self, *args)  # type: ignore[arg-type]
        return predictions._replace(male=predictions.female)

    monkeypatch.setattr(FairPer, "predict", shared)
    alike = last(method, data, [0, 1], epochs=15)
    assert (end.metrics["f1_macro_views"] > alike.metrics["f1_macro_views"] + 0.1).all()


def test_a_training_step_pulls_the_genders_apart_as_lambda_grows(staged: Emotion) -> None:
    losses = [
        last(FairPer(**QUICK, lambda_=value, learning_rate=0.01), staged, [0], epochs=10).terms[
            "triplet_loss"
        ][0]
        for value in (0.0, 1.0)
    ]
    assert losses[1] < losses[0]
