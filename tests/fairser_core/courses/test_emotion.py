import dataclasses

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from fairser_core.courses.choice import course
from fairser_core.courses.emotion import EmotionCourse
from fairser_core.datasets.emotion import Emotion
from fairser_core.lanes.lanes import stack, take
from fairser_core.lanes.random_streams import generators
from fairser_core.methods import Baseline, Dnn, Lfr, methods_of
from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.method import Networks
from fairser_core.training.fit import Epoch, fit
from fairser_core.training.state import State
from fairser_core.training.trainer import diverged
from tests.support.detectors import detection_metrics

METHODS = methods_of("emotion")
KINDS = [
    *((name, {}) for name in METHODS),
    ("fairrep", {"estimator": "critic_gp"}),
    ("fairrep", {"estimator": "sinkhorn"}),
]
SMALL: dict[str, dict] = {
    **{name: {"hidden": 8, "latent": 5, "batch": 8} for name in METHODS},
    "lfr": {"prototypes": 4, "batch": 8},
    "fairper": {"units": 6, "head_hidden": 8, "batch": 8, "pairs": 4},
}
every_method = pytest.mark.parametrize(("name", "own"), KINDS, ids=str)


def of_kind(name: str, **settings: object) -> EmotionMethod:
    return METHODS[name](**SMALL[name], **settings)


@pytest.fixture
def task(toy_emotion: Emotion, name: str) -> Emotion:
    """The toy task of a method; with one detector of stage 1 for all lanes where it needs some."""
    if name != "fairper":
        return toy_emotion
    network = Dnn(hidden=8, latent=5).predictor(toy_emotion.problem)
    parameters = network.init(torch.Generator().manual_seed(0))
    return dataclasses.replace(
        toy_emotion,
        problem=dataclasses.replace(toy_emotion.problem, stage1=network),
        stage1=stack([parameters] * len(toy_emotion.detectors)),
    )


def each(networks: Networks) -> list[tuple[str, str, torch.Tensor]]:
    return [(n, key, value) for n, members in networks.items() for key, value in members.items()]


def last(*args: object, **kwargs: object) -> Epoch:
    return list(fit(*args, **kwargs))[-1]  # type: ignore[arg-type]


def made(data: Emotion, settings: dict) -> EmotionCourse:
    return EmotionCourse(Dnn(**settings), data, torch.device("cpu"), vectorise=None)


@every_method
def test_a_detector_equals_a_run_of_it_alone(task: Emotion, name: str, own: dict) -> None:
    method = of_kind(name, **own, patience=2)
    together = last(method, task, [5, 3], epochs=4)
    for lane, seed, detector in ((0, 5, (0, 0)), (7, 5, (2, 1)), (9 + 5, 3, (1, 2))):
        alone = dataclasses.replace(task, detectors=(detector,))
        single = last(method, alone, [seed], epochs=4)
        for network, key, value in each(single.state.kept):
            torch.testing.assert_close(together.state.kept[network][key][lane], value[0])


@every_method
def test_a_seed_equals_a_run_of_it_alone(task: Emotion, name: str, own: dict) -> None:
    method = of_kind(name, **own)
    together = last(method, task, [5, 3], epochs=3)
    for lane, seed in enumerate([5, 3]):
        alone = last(method, task, [seed], epochs=3)
        for metric, values in alone.metrics.items():
            np.testing.assert_allclose(together.metrics[metric][lane], values[0], rtol=1e-5)
        for term, values in alone.terms.items():
            assert together.terms[term][lane] == pytest.approx(values[0], rel=1e-4)


@every_method
def test_one_vectorised_step_equals_one_lane_after_the_other(
    task: Emotion, name: str, own: dict
) -> None:
    method = of_kind(name, **own)
    loop, vmapped = (last(method, task, [0], epochs=3, vectorise=v) for v in (False, True))
    for network, key, value in each(loop.state.networks):
        torch.testing.assert_close(
            vmapped.state.networks[network][key], value, rtol=1e-4, atol=1e-5
        )


def test_the_metrics_are_of_all_folds_together_and_averaged_over_emotions(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    method = Dnn(**small_dnn)
    end = last(method, toy_emotion, [0], epochs=3)
    scores = np.zeros((3, len(toy_emotion.s1)))
    for lane, (fold, emotion) in enumerate(toy_emotion.detectors):
        rows = toy_emotion.folds()[fold].validation
        kept = take(end.state.kept["predictor"], lane)
        features = torch.tensor(toy_emotion.features[rows])
        predictions = method.predict({"predictor": kept}, features, toy_emotion.problem)
        scores[emotion, rows] = predictions.score.numpy()
    result = []
    for emotion, name in enumerate(toy_emotion.emotions):
        truth = toy_emotion.label[emotion] > 0
        result.append(
            detection_metrics(truth, scores[emotion], toy_emotion.s1, toy_emotion.aligned)
        )
        for metric, value in result[-1].items():
            assert end.metrics[f"{metric}_{name}"][0] == pytest.approx(value, abs=1e-6)
    for metric in ("f1_macro_s1", "parity_s2", "parity_s2_score"):
        mean = np.mean([values[metric] for values in result])
        assert end.metrics[metric].tolist() == pytest.approx([mean], abs=1e-6)


@every_method
def test_labels_of_the_tested_session_reach_none_of_the_folds_detectors(
    task: Emotion, name: str, own: dict
) -> None:
    method = of_kind(name, **own, patience=2)
    fold = task.folds()[1]
    label = task.label.copy()
    label[:, fold.test] = 1 - label[:, fold.test]
    detectors = tuple((1, emotion) for emotion in range(3))
    data = dataclasses.replace(task, detectors=detectors)
    spoiled = dataclasses.replace(data, label=label)
    one, other = (last(method, d, [0], epochs=4) for d in (data, spoiled))
    for network, key, value in each(one.state.kept):
        assert torch.equal(other.state.kept[network][key], value)
    for metric, values in one.metrics.items():
        np.testing.assert_array_equal(other.metrics[metric], values)


def test_an_epoch_visits_training_utterances_of_the_fold_once_at_most(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    taught = made(toy_emotion, small_dnn)
    streams = [generators(0, part) for part in taught.parts]
    order = taught.order(streams)
    assert order.shape == (30 // 8, 9, 8)  # the smallest fold trains on the session of 30
    for lane, (fold, emotion) in enumerate(toy_emotion.detectors):
        rows = order[:, lane].flatten().tolist()
        assert len(set(rows)) == len(rows)
        assert set(rows) <= set(toy_emotion.folds()[fold].train.tolist())
        batch = taught.batch(order[0])
        np.testing.assert_array_equal(
            batch.label[lane], toy_emotion.label[emotion][order[0, lane].numpy()]
        )
        np.testing.assert_array_equal(
            batch.features[lane], toy_emotion.features[order[0, lane].numpy()]
        )
    assert len({tuple(order[:, lane].flatten().tolist()) for lane in range(9)}) == 9


def paired(data: Emotion, settings: dict) -> EmotionCourse:
    """A course of a method that takes 6 pairs beside each batch."""
    method = Lfr(batch=settings["batch"], pairs=6)
    return EmotionCourse(method, data, torch.device("cpu"), vectorise=None)


def test_pairs_are_training_utterances_of_either_aligned_gender(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    taught, plain = paired(toy_emotion, small_dnn), made(toy_emotion, small_dnn)
    orders = [each.order([generators(3, p) for p in each.parts]) for each in (taught, plain)]
    assert torch.equal(orders[0][..., :-12], orders[1])  # the batches are those without pairs
    for lane, (fold, emotion) in enumerate(toy_emotion.detectors):
        train = toy_emotion.folds()[fold].train
        for step, index in enumerate(orders[0]):
            women, men = index[lane, -12:-6].numpy(), index[lane, -6:].numpy()
            for rows, gender in ((women, 1), (men, 0)):
                assert (toy_emotion.aligned[rows] == gender).all()
                assert np.isin(rows, train).all()
                assert len(set(rows)) == min(6, (toy_emotion.aligned[train] == gender).sum())
            if step:
                continue
            batch = taught.batch(index)
            np.testing.assert_array_equal(batch.female[lane], toy_emotion.features[women])
            np.testing.assert_array_equal(batch.male[lane], toy_emotion.features[men])
            rows = index[lane, :-12].numpy()
            np.testing.assert_array_equal(batch.features[lane], toy_emotion.features[rows])
            for place, view in enumerate((toy_emotion.female, toy_emotion.male)):
                np.testing.assert_array_equal(
                    batch.perceived[lane, :, place], view.label[emotion, rows]
                )
                np.testing.assert_array_equal(batch.consensus[lane, :, place], view.consensus[rows])


def test_pairs_need_utterances_of_either_aligned_gender(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    aligned = toy_emotion.aligned.copy()
    aligned[toy_emotion.folds()[1].train[1:]] = np.nan
    data = dataclasses.replace(toy_emotion, aligned=aligned)
    with pytest.raises(ValueError, match=r"at least 2 training utterances .* only the (wo)?men"):
        paired(data, small_dnn)
    made(data, small_dnn)


def test_a_lane_begins_with_the_detector_of_stage_1_of_its_fold_and_emotion(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    stage1 = {"output.bias": torch.arange(18.0)[:, None]}  # two seeds
    taught = made(dataclasses.replace(toy_emotion, stage1=stage1), small_dnn)
    for seed, first in ((0, 0), (1, 9), (1000, 0)):
        for lane, part in enumerate(taught.parts):
            networks = taught.init(seed, part, generators(0)["init"])
            assert networks["stage1"]["output.bias"].tolist() == [first + lane]
    alone = dataclasses.replace(toy_emotion, stage1=stage1)
    end = last(Dnn(**small_dnn), alone, [1], epochs=2)
    assert torch.equal(end.state.networks["stage1"]["output.bias"], stage1["output.bias"][9:])
    assert "stage1" not in end.state.optimisers


def test_a_detector_is_graded_by_macro_f1_in_its_validation_session(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    taught = made(toy_emotion, small_dnn)
    scores = np.random.default_rng(0).random((9, 44, 7))
    grades = taught.grades(scores)
    for lane, (fold, emotion) in enumerate(toy_emotion.detectors):
        rows = toy_emotion.folds()[fold].validation
        truth, fires = toy_emotion.label[emotion, rows] > 0, scores[lane, : len(rows), 0] > 0.5
        assert grades[lane] == pytest.approx(f1_score(truth, fires, average="macro"))
    scores[4, 0, 1] = np.nan
    assert np.flatnonzero(np.isnan(taught.grades(scores))).tolist() == [4]
    measured = taught.measure(scores)
    assert np.isnan([measured[name][0] for name in ("f1_s1", "f1_s1_sadness", "parity_s2")]).all()
    assert np.isfinite(measured["f1_s1_anger"]).all()


@every_method
def test_training_goes_on_from_bytes_bit_for_bit(task: Emotion, name: str, own: dict) -> None:
    method = of_kind(name, **own, patience=2, learning_rate=0.02)
    whole = last(method, task, [4, 5], epochs=7)
    for epoch in fit(method, task, [4, 5], epochs=7):
        if epoch.number == 3:
            saved = epoch.state.to_bytes()
            break
    resumed = last(method, task, [4, 5], epochs=7, state=State.from_bytes(saved))
    assert (resumed.number, resumed.ended) == (whole.number, whole.ended)
    for network, key, value in each(whole.state.networks):
        assert torch.equal(resumed.state.networks[network][key], value)
    for metric, values in whole.metrics.items():
        np.testing.assert_array_equal(resumed.metrics[metric], values)


@pytest.mark.parametrize("vectorise", [False, True])
def test_a_detector_that_diverges_ends_its_seed_and_no_other(
    toy_emotion: Emotion, small_dnn: dict, vectorise: bool
) -> None:
    method = Dnn(**small_dnn)
    first = next(iter(fit(method, toy_emotion, [0, 1], epochs=3)))
    broken = State.from_bytes(first.state.to_bytes())
    broken.networks["predictor"]["output.bias"][5] = torch.nan  # fold 1, the third emotion
    spoiled = last(method, toy_emotion, [0, 1], epochs=3, state=broken, vectorise=vectorise)
    healthy = last(method, toy_emotion, [1], epochs=3)
    assert diverged(spoiled.ended[0])
    assert "neutral, session S1 left out: emotion_loss is not finite in epoch 2" in spoiled.ended[0]
    assert spoiled.ended[1] == ""
    assert all(np.isnan(values[0]) for values in spoiled.metrics.values())
    assert spoiled.metrics["f1_macro_s1"][1] == pytest.approx(healthy.metrics["f1_macro_s1"][0])
    assert not spoiled.state.ended[9]
    assert all(spoiled.state.ended[:9])


def test_each_detector_stops_early_by_itself_and_keeps_its_best_epoch(
    toy_emotion: Emotion, small_dnn: dict
) -> None:
    method = Dnn(**small_dnn, learning_rate=0.02)
    taught = made(toy_emotion, small_dnn)
    everyone = torch.ones(9, dtype=torch.bool)
    curves = [
        taught.grades(taught.predict(epoch.state.networks, everyone))
        for epoch in fit(method, toy_emotion, [0], epochs=12)
    ]
    epochs = list(fit(dataclasses.replace(method, patience=2), toy_emotion, [0], epochs=12))
    kept = taught.grades(epochs[-1].state.predictions.numpy())  # type: ignore[union-attr]
    for lane in range(9):
        best, stale = -np.inf, 0
        for grade in (curve[lane] for curve in curves):
            stale = 0 if grade > best else stale + 1
            best = max(best, grade)
            if stale == 2:
                break
        assert kept[lane] == pytest.approx(best)
    assert any(epochs[-1].state.ended)
    assert len(epochs) == 12 or epochs[-1].ended == ["no better validation macro F1 for 2 epochs"]


@pytest.mark.parametrize(("name", "rate"), [("dnn", 0.01), ("lfr", 0.1), ("nrl", 0.03)])
def test_training_learns(toy_emotion: Emotion, name: str, rate: float) -> None:
    method = of_kind(name, learning_rate=rate)
    curve = [e.metrics["f1_macro_all"].mean() for e in fit(method, toy_emotion, [0, 1], epochs=15)]
    assert curve[-1] > curve[0] + 0.1


def test_a_method_of_another_task_is_refused(toy_emotion: Emotion) -> None:
    with pytest.raises(
        TypeError, match="Baseline is a method of task 'activation', the arrays are of 'emotion'"
    ):
        course(Baseline(), toy_emotion, torch.device("cpu"), vectorise=None)
