import dataclasses

import numpy as np
import pytest
import torch

from fairser_core.courses.activation_answers import measure, utterance_means
from fairser_core.courses.activation_windows import Windows
from fairser_core.datasets.activation import Activation
from fairser_core.lanes.lanes import take
from fairser_core.lanes.random_streams import generators
from fairser_core.methods import Adversarial, Baseline, Method, NonAdversarial
from fairser_core.metrics.activation_table import activation_metrics
from fairser_core.metrics.lane_summary import summary
from fairser_core.training.fit import Epoch, fit
from fairser_core.training.state import State
from fairser_core.training.trainer import diverged

METHODS = [Baseline, Adversarial, NonAdversarial]


def last(*args: object, **kwargs: object) -> Epoch:
    return list(fit(*args, **kwargs))[-1]  # type: ignore[arg-type]


def parameters(epoch: Epoch, lane: int = 0) -> dict[str, torch.Tensor]:
    return {
        f"{network}.{name}": value[lane].clone()
        for network, members in epoch.state.networks.items()
        for name, value in members.items()
    }


@pytest.mark.parametrize("kind", METHODS)
def test_a_lane_equals_its_seed_trained_alone(
    kind: type[Method], toy_task: Activation, small_net: dict
) -> None:
    together = last(kind(**small_net), toy_task, [7, 3, 11], epochs=3)
    for lane, seed in enumerate([7, 3, 11]):
        alone = last(kind(**small_net), toy_task, [seed], epochs=3)
        for name, value in parameters(alone).items():
            torch.testing.assert_close(parameters(together, lane)[name], value)
        assert together.metrics["ccc"][lane] == pytest.approx(alone.metrics["ccc"][0], abs=1e-6)


@pytest.mark.parametrize("kind", METHODS)
def test_one_vectorised_step_equals_one_lane_after_the_other(
    kind: type[Method], toy_task: Activation, small_net: dict
) -> None:
    loop = last(kind(**small_net), toy_task, [0, 1], epochs=3, vectorise=False)
    vmapped = last(kind(**small_net), toy_task, [0, 1], epochs=3, vectorise=True)
    for lane in (0, 1):
        for name, value in parameters(loop, lane).items():
            torch.testing.assert_close(parameters(vmapped, lane)[name], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("vectorise", [False, True])
def test_a_diverged_lane_leaves_the_others_as_they_are(
    toy_task: Activation, small_net: dict, vectorise: bool
) -> None:
    method = Adversarial(**small_net)
    first = next(iter(fit(method, toy_task, [0, 1], epochs=3)))
    broken = State.from_bytes(first.state.to_bytes())
    broken.networks["predictor"]["output.bias"][0] = torch.nan
    spoiled = last(method, toy_task, [0, 1], epochs=3, state=broken, vectorise=vectorise)
    healthy = last(method, toy_task, [1], epochs=3)
    assert diverged(spoiled.ended[0])
    assert spoiled.ended[0].endswith("is not finite in epoch 2")
    assert all(np.isnan(values[0]) for values in spoiled.metrics.values())
    assert spoiled.ended[1] == ""
    assert spoiled.metrics["ccc"][1] == pytest.approx(healthy.metrics["ccc"][0], abs=1e-5)
    assert spoiled.number == 3


def test_training_ends_when_every_lane_diverged(toy_task: Activation, small_net: dict) -> None:
    state = next(iter(fit(Baseline(**small_net), toy_task, [0], epochs=5))).state
    state.networks["predictor"]["output.bias"][0] = torch.inf
    epochs = list(fit(Baseline(**small_net), toy_task, [0], epochs=5, state=state))
    assert len(epochs) == 1
    assert epochs[0].last


@pytest.mark.parametrize("kind", METHODS)
def test_training_goes_on_from_bytes_bit_for_bit(
    kind: type[Method], toy_task: Activation, small_net: dict
) -> None:
    method = kind(**small_net, patience=3, stratified_batches=True)
    whole = last(method, toy_task, [4, 5], epochs=5)
    for epoch in fit(method, toy_task, [4, 5], epochs=5):
        if epoch.number == 2:
            saved = epoch.state.to_bytes()
            break
    resumed = last(method, toy_task, [4, 5], epochs=5, state=State.from_bytes(saved))
    assert resumed.number == whole.number
    for lane in (0, 1):
        for name, value in parameters(whole, lane).items():
            assert torch.equal(parameters(resumed, lane)[name], value), name
    for name, values in whole.metrics.items():
        np.testing.assert_array_equal(resumed.metrics[name], values)


def test_a_state_of_other_seeds_is_refused(toy_task: Activation, small_net: dict) -> None:
    state = last(Baseline(**small_net), toy_task, [0], epochs=1).state
    with pytest.raises(ValueError, match=r"state of seeds \[0\] given for seeds \[1\]"):
        last(Baseline(**small_net), toy_task, [1], epochs=2, state=state)


def test_alpha1_of_zero_is_the_baseline_bit_for_bit(toy_task: Activation, small_net: dict) -> None:
    base = last(Baseline(**small_net), toy_task, [0], epochs=3)
    off = last(NonAdversarial(**small_net, alpha1=0.0), toy_task, [0], epochs=3)
    for name, value in parameters(base).items():
        assert torch.equal(parameters(off)[name], value), name


def test_alpha0_of_zero_is_not_the_baseline(toy_task: Activation, small_net: dict) -> None:
    base = last(Baseline(**small_net), toy_task, [0], epochs=2)
    off = last(Adversarial(**small_net, alpha0=0.0), toy_task, [0], epochs=2)
    assert any(not torch.equal(parameters(off)[n], v) for n, v in parameters(base).items())


def test_early_stopping_keeps_each_lanes_best_epoch(toy_task: Activation, small_net: dict) -> None:
    method = Baseline(**small_net, learning_rate=0.02)
    seen = {0: [], 1: []}
    for epoch in fit(method, toy_task, [0, 1], epochs=25):
        for lane in seen:
            seen[lane].append(epoch.metrics["ccc"][lane])
    stopped = last(dataclasses.replace(method, patience=2), toy_task, [0, 1], epochs=25)
    for lane, curve in seen.items():
        best, stale, kept = -np.inf, 0, 0.0
        for value in curve:
            stale = 0 if value > best else stale + 1
            best = max(best, value)
            kept = best
            if stale == 2:
                break
        assert stopped.metrics["ccc"][lane] == pytest.approx(kept, abs=1e-6)
    assert any("no better validation CCC for 2 epochs" in reason for reason in stopped.ended)


def test_kept_parameters_are_those_of_the_kept_metrics(
    toy_task: Activation, small_net: dict
) -> None:
    method = Baseline(**small_net, learning_rate=0.02, patience=4)
    end = last(method, toy_task, [2], epochs=25)
    windows = Windows.of(toy_task.evaluated, torch.tensor(toy_task.frames), toy_task.problem)
    kept = take(end.state.kept["predictor"], 0)
    predicted = method.predict(kept, windows.features(torch.arange(len(windows))), toy_task.problem)
    metrics = measure(predicted.numpy()[None].astype(float), windows, toy_task)
    assert metrics["ccc"][0] == pytest.approx(end.metrics["ccc"][0], abs=1e-6)


def test_training_learns(toy_task: Activation, small_net: dict) -> None:
    curve = [
        e.metrics["ccc"].mean() for e in fit(Baseline(**small_net), toy_task, [0, 1], epochs=20)
    ]
    assert curve[-1] > curve[0] + 0.2


def test_streams_of_a_seed_are_independent_and_repeatable() -> None:
    draws = {
        (seed, name): torch.rand(4, generator=generator)
        for seed in (0, 1)
        for name, generator in generators(seed).items()
    }
    assert len({tuple(values.tolist()) for values in draws.values()}) == 8
    assert torch.equal(torch.rand(4, generator=generators(1)["shuffle"]), draws[1, "shuffle"])


def test_utterance_means_are_taken_before_the_threshold(toy_task: Activation) -> None:
    windows = Windows.of(toy_task.evaluated, torch.tensor(toy_task.frames), toy_task.problem)
    rng = np.random.default_rng(0)
    predictions = rng.normal(3.5, 1.0, (2, len(windows)))
    owner = toy_task.evaluated.owner
    means = np.array(
        [[row[owner == u].mean() for u in range(owner.max() + 1)] for row in predictions]
    )
    np.testing.assert_allclose(utterance_means(predictions, owner), means)
    measured = measure(predictions, windows, toy_task)
    female = toy_task.evaluated.group == 0
    for lane in (0, 1):
        expected = activation_metrics(
            toy_task.evaluated.target.astype(float), means[lane], female, 3.5
        )
        del expected["recall_gap_excess"]  # which needs speakers
        for name, value in expected.items():
            np.testing.assert_allclose(measured[name][lane], value)
    by_window = measure(predictions, windows, dataclasses.replace(toy_task, level="window"))
    assert by_window["ccc"][0] != measured["ccc"][0]


def test_summary_is_mean_and_sample_deviation_over_the_lanes_that_live() -> None:
    values = {"ccc": np.array([0.5, np.nan, 0.7]), "gone": np.full(3, np.nan)}
    assert summary(values) == pytest.approx({"ccc": 0.6, "ccc_sd": 0.02**0.5})
    assert summary({"ccc": np.array([0.5])}) == {"ccc": 0.5}


@pytest.mark.parametrize("vectorise", [False, True])
def test_how_a_gradient_lies_in_memory_makes_no_difference(
    toy_task: Activation, small_net: dict, vectorise: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = Baseline(**small_net)
    plain = last(method, toy_task, [0], epochs=1, vectorise=vectorise)
    gradients = Baseline.gradients

    def laid_out_the_other_way_round(self: Baseline, *args: object) -> tuple:
        result, terms = gradients(self, *args)  # type: ignore[arg-type]
        laid = {
            name: value.mT.contiguous().mT if value.ndim == 2 else value
            for name, value in result["predictor"].items()
        }
        return {"predictor": laid}, terms

    monkeypatch.setattr(Baseline, "gradients", laid_out_the_other_way_round)
    transposed = last(method, toy_task, [0], epochs=1, vectorise=vectorise)
    for name, value in parameters(plain).items():
        assert torch.equal(parameters(transposed)[name], value)
