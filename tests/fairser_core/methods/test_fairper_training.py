"""FairPer in training: stage 1 stays, lanes are independent, perspectives part."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fairser_core.datasets.emotion import Emotion, EmotionProblem, Perception
from fairser_core.methods import Dnn, FairPer
from fairser_core.methods.emotion_method import Batch, Predictions
from fairser_core.methods.fairper import Draws
from fairser_core.networks.layers import Parameters
from fairser_core.training.fit import Epoch, fit
from fairser_core.training.state import State

CONDITIONINGS = ("heads", "per_view_fc", "mask")
KINDS = list(itertools.product(CONDITIONINGS, ("aligned", "view")))
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
