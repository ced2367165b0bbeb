"""Vectors as a network takes them, and their statistics."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from fairser_core.courses.activation import ActivationCourse
from fairser_core.datasets.activation import DIMENSIONS, Activation, DataSettings
from fairser_core.datasets.activation_arrays import vector_arrays
from fairser_core.datasets.vectors import (
    check_layer,
    pooled,
    stored_vectors,
    vector_statistics,
)
from fairser_core.features.utterance_vectors import UtteranceVectors, of_arrays
from fairser_core.methods import Adversarial, Baseline, NonAdversarial
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.training.evaluation import evaluate
from fairser_core.training.fit import fit
from tests.support.toy_tables import toy_table

LAYERS, WIDTH = 3, 5
METHODS = (Baseline, Adversarial, NonAdversarial)
THRESHOLDS = {"activation": 3.5, "valence": 4.0}


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UtteranceVectors:
    """Layers (layer, feature) of the toy's utterances, of which the second follows activation."""
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    table, features = toy_table()
    rng, paths = np.random.default_rng(1), []
    for name, frames in zip(table["id"], features, strict=True):
        array = rng.normal(size=(LAYERS, WIDTH)).astype(np.float32)
        array[1] = frames.mean(axis=0)[:WIDTH]
        paths.append(str(tmp_path / f"{name}.npy"))
        np.save(paths[-1], array)
    return of_arrays(table["id"].tolist(), paths)


def arrays_of(vectors: UtteranceVectors, *targets: str) -> Activation:
    table, _ = toy_table()
    rng = np.random.default_rng(2)
    valence = (8 - table["activation"] + rng.normal(0, 0.3, len(table))).clip(1, 7)
    thresholds = {name: THRESHOLDS[name] for name in targets or ("activation",)}
    return vector_arrays(table.assign(valence=valence), vectors, thresholds)


def test_statistics_are_numpys_over_training_utterances() -> None:
    values = np.random.default_rng(0).normal(3, 2, (9000, 4)).astype(np.float16)
    values[:, 2] = 1.1
    rows = np.arange(1, 9000, 3)
    mean, deviation = vector_statistics(values, rows)
    exact = values[rows].astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean(axis=0), rtol=1e-6)
    assert deviation[2] == 1.0
    np.testing.assert_allclose(deviation[[0, 1, 3]], exact.std(axis=0)[[0, 1, 3]], rtol=1e-6)


def test_a_layer_is_taken_and_all_are_for_the_weighted_mean(vectors: UtteranceVectors) -> None:
    assert stored_vectors(vectors, 2, "mean").shape == (90, WIDTH)
    every = stored_vectors(vectors, 0, "weighted")
    assert every.shape == (90, LAYERS, WIDTH)
    for layer in range(LAYERS):
        np.testing.assert_array_equal(every[:, layer], stored_vectors(vectors, layer, "mean"))


def test_what_a_network_takes_of_an_utterances_vectors() -> None:
    values = np.arange(12.0).reshape(3, 2, 2)
    assert pooled(values, 1, "mean").tolist() == [4, 5]
    assert pooled(values, 1, "mean_std").tolist() == [4, 5, 6, 7]
    assert pooled(values, 1, "weighted").tolist() == [[0, 1], [4, 5], [8, 9]]


def test_layers_and_poolings_that_there_are_not_are_named(vectors: UtteranceVectors) -> None:
    with pytest.raises(ValueError, match=r"`layer` must be from 0 to 2.*have 3 layers, got 3"):
        check_layer(vectors, 3, "mean")
    check_layer(vectors, 3, "weighted")
    with pytest.raises(ValueError, match="`pooling` must be mean or weighted for vectors that the"):
        check_layer(vectors, 0, "mean_std")


@pytest.mark.parametrize("kind", METHODS)
@pytest.mark.parametrize("pooling", ["mean", "weighted"])
def test_lanes_in_one_step_equal_one_lane_at_a_time(
    vectors: UtteranceVectors, kind: type[ActivationMethod], pooling: str
) -> None:
    data = arrays_of(vectors)
    method = kind(layer=1, pooling=pooling, hidden=8, batch=16)  # type: ignore[call-arg]
    assert ActivationCourse(method, data, torch.device("cpu"), vectorise=None).vectorise
    *_, together = fit(method, data, [3, 4, 5], epochs=3)
    *_, alone = fit(method, data, [4], epochs=3, vectorise=False)
    for name, tensor in alone.state.networks["predictor"].items():
        torch.testing.assert_close(together.state.networks["predictor"][name][1], tensor[0])


def test_the_layer_that_follows_activation_is_the_better_one(vectors: UtteranceVectors) -> None:
    data, cccs = arrays_of(vectors), {}
    for layer in range(LAYERS):
        method = Baseline(layer=layer, hidden=16, batch=16, learning_rate=1e-2)
        *_, last = fit(method, data, [0], epochs=15)
        cccs[layer] = last.metrics["ccc"][0]
    assert max(cccs, key=cccs.__getitem__) == 1


def test_the_trained_weights_of_layers_find_the_one_that_follows(vectors: UtteranceVectors) -> None:
    method = Baseline(pooling="weighted", hidden=16, batch=16, learning_rate=1e-2)
    *_, last = fit(method, arrays_of(vectors), [0], epochs=20)
    weights = last.state.networks["predictor"]["mixture"][0].softmax(0)
    assert weights.argmax() == 1


@pytest.mark.parametrize("kind", METHODS)
def test_the_first_of_two_targets_starts_as_it_does_alone(
    vectors: UtteranceVectors, kind: type[ActivationMethod]
) -> None:
    one, two = arrays_of(vectors), arrays_of(vectors, "activation", "valence")
    assert dataclasses.replace(two.problem, further=()) == one.problem
    assert two.train.target.shape == (63, 2)
    np.testing.assert_array_equal(two.train.target[:, 0], one.train.target)
    method = kind(layer=1, hidden=8, batch=16)  # type: ignore[call-arg]
    *_, last = fit(method, two, [0, 1], epochs=2)
    metrics = last.metrics
    np.testing.assert_allclose(
        metrics["ccc"], (metrics["ccc_activation"] + metrics["ccc_valence"]) / 2
    )
    np.testing.assert_allclose(
        metrics["recall_gap"],
        np.maximum(metrics["recall_gap_activation"], metrics["recall_gap_valence"]),
    )
    np.testing.assert_allclose(
        metrics["worst_recall"],
        np.minimum(metrics["worst_recall_activation"], metrics["worst_recall_valence"]),
    )


def test_the_loss_of_two_targets_is_the_mean_of_their_losses(vectors: UtteranceVectors) -> None:
    data, method = arrays_of(vectors, "activation", "valence"), Baseline(layer=1, hidden=8)
    course = ActivationCourse(method, data, torch.device("cpu"), vectorise=None)
    generator = torch.Generator().manual_seed(0)
    networks = method.init(data.problem, generator)
    batch = course.train.batch(torch.arange(20))
    draws = method.draws(data.problem, 20, {"dropout": generator})
    _, terms = method.gradients(networks, batch, draws, data.problem, 1)
    output = method.predictor(data.problem)(networks["predictor"], batch.windows, draws)

    def ccc(y: np.ndarray, x: np.ndarray) -> float:
        shift = (y.mean() - x.mean()) ** 2
        return 2 * np.cov(y, x, ddof=0)[0, 1] / (y.var() + x.var() + shift)

    pairs = zip(batch.target.T.numpy(), output.detach().T.numpy(), strict=True)
    expected = -np.mean([ccc(y, x) for y, x in pairs])
    assert terms["primary_loss"].item() == pytest.approx(expected, abs=1e-5)


def test_predictions_of_two_targets_have_rows_of_their_own(vectors: UtteranceVectors) -> None:
    data, method = arrays_of(vectors, "activation", "valence"), Baseline(layer=1, hidden=8)
    *_, last = fit(method, data, [0], epochs=1)
    table = evaluate(method, data, last.state.networks, [0]).predictions
    assert table["target"].tolist() == ["activation"] * 27 + ["valence"] * 27
    assert table["threshold"].unique().tolist() == [3.5, 4.0]
    one = evaluate(Baseline(layer=1, hidden=8), arrays_of(vectors), _single(vectors), [0])
    assert "target" not in one.predictions


def _single(vectors: UtteranceVectors) -> dict:
    *_, last = fit(Baseline(layer=1, hidden=8), arrays_of(vectors), [0], epochs=1)
    return last.state.networks


def test_settings_of_targets_and_features_that_cannot_be_are_named() -> None:
    assert DataSettings(target="valence").targets == ("valence",)
    assert DataSettings(target=list(DIMENSIONS)).targets == DIMENSIONS  # type: ignore[arg-type]
    for settings, rule in (
        ({"features": "audio"}, "`features` must be mfcc or vectors, got 'audio'"),
        ({"target": "joy"}, "`target` must be of activation, valence, dominance, got 'joy'"),
        ({"target": ["valence", "valence"]}, "must name each of activation, valence, dominance on"),
        ({"thresholds": {"valence": 3.0}}, r"must be numbers by target \(activation\)"),
    ):
        with pytest.raises(ValueError, match=rule):
            DataSettings(**settings)
