import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.preparation import prepare_activation
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.normalisation import z_norm_statistics
from fairser_core.lanes.lanes import tree_map
from fairser_core.methods.baseline import Baseline
from fairser_core.methods.dnn import Dnn
from fairser_core.metrics.activation_table import activation_metrics
from fairser_core.training.evaluation import evaluate
from fairser_core.training.fit import fit
from tests.support.detectors import detection_metrics
from tests.support.toy_tables import toy_table

SEEDS = [750, 751]
WINDOWS = WindowSettings(frames=32, hop=4)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """The toy utterances; every third of those of validation is of the test split."""
    table, features = toy_table()
    table["split"] = np.where(
        (table["split"] == "validation") & (np.arange(len(table)) % 3 == 0), "test", table["split"]
    )
    paths = [tmp_path / f"{name}.npy" for name in table["id"]]
    for path, array in zip(paths, features, strict=True):
        np.save(path, array)
    table["features"] = [str(path) for path in paths]
    return Corpus("toy", table, (1.0, 7.0), 3.5, ())


def test_the_test_split_is_asked_for_as_training_normalises_it(corpus: Corpus) -> None:
    plain = prepare_activation(corpus, MfccSettings(), WINDOWS)
    tested = prepare_activation(corpus, MfccSettings(), WINDOWS, split="test")
    assert (plain.split, tested.split) == ("validation", "test")
    rows = corpus.utterances.set_index("id")
    assert tested.problem == plain.problem
    assert tested.train.ids == plain.train.ids
    np.testing.assert_array_equal(tested.train.start, plain.train.start)
    assert set(tested.evaluated.ids) == set(rows.index[rows["split"] == "test"])
    assert not set(tested.evaluated.ids) & set(plain.evaluated.ids)
    np.testing.assert_array_equal(
        tested.evaluated.target, rows.loc[list(tested.evaluated.ids), "activation"]
    )
    arrays = [np.load(path) for path in rows.loc[list(plain.train.ids), "features"]]
    mean, deviation = z_norm_statistics(arrays)
    first = np.load(rows.loc[tested.evaluated.ids[0], "features"])
    start = tested.evaluated.start[0]
    np.testing.assert_allclose(
        tested.frames[start : start + len(first)][:32], ((first - mean) / deviation)[:32], atol=1e-6
    )


def test_a_corpus_without_a_test_split_cannot_be_asked_for_it(corpus: Corpus) -> None:
    table = corpus.utterances[corpus.utterances["split"] != "test"]
    without = dataclasses.replace(corpus, utterances=table)
    with pytest.raises(ValueError, match="corpus toy must have utterances of the split `test`"):
        prepare_activation(without, MfccSettings(), WINDOWS, split="test")


@pytest.mark.parametrize("level", ["utterance", "window"])
def test_predictions_of_activation_are_returned_and_give_the_metrics(
    toy_task: Activation, small_net: dict[str, int], level: str
) -> None:
    task = dataclasses.replace(toy_task, level=level)  # type: ignore[arg-type]
    method = Baseline(**small_net)
    *_, last = fit(method, task, SEEDS, epochs=2)
    evaluation = evaluate(method, task, last.state.kept, SEEDS)
    for name, values in evaluation.metrics.items():
        np.testing.assert_allclose(values, last.metrics[name])
    female = (evaluation.predictions["gender"] == "female").to_numpy()
    for place, seed in enumerate(SEEDS):
        known = activation_metrics(
            evaluation.predictions["truth"].to_numpy(),
            evaluation.predictions[f"prediction-{seed}"].to_numpy(),
            female,
            3.5,
        )
        assert known["ccc"] == pytest.approx(evaluation.metrics["ccc"][place])
        assert known["recall_gap"] == pytest.approx(evaluation.metrics["recall_gap"][place])
    assert set(evaluation.predictions["utterance"]) == set(task.evaluated.ids)
    speakers = dict(zip(task.evaluated.ids, task.evaluated.speaker, strict=True))
    assert len(set(speakers.values())) == 10
    said_of = evaluation.predictions[["utterance", "speaker"]].to_numpy()
    assert all(speaker == speakers[utterance] for utterance, speaker in said_of)
    assert len(evaluation.predictions) == len(
        task.evaluated.ids if level == "utterance" else task.evaluated.start
    )


def emotion_models(task: Emotion, sizes: dict[str, int]) -> tuple[Dnn, dict]:
    method = Dnn(**sizes)
    *_, last = fit(method, task, SEEDS, epochs=2)
    return method, last.state.kept


def test_every_folds_detectors_answer_for_the_session_left_out(
    toy_emotion: Emotion, small_dnn: dict[str, int]
) -> None:
    method, kept = emotion_models(toy_emotion, small_dnn)
    tested = dataclasses.replace(toy_emotion, split="test")
    evaluation = evaluate(method, tested, kept, SEEDS)
    table = evaluation.predictions
    folds, count = toy_emotion.folds(), len(toy_emotion.emotions)
    assert len(table) == toy_emotion.label.size  # each utterance once an emotion
    assert not table.duplicated(["utterance", "emotion"]).any()
    ids = np.array(toy_emotion.ids)
    for lane, (fold, emotion) in enumerate(toy_emotion.detectors):
        rows = folds[fold].test
        assert set(toy_emotion.session[rows]) == {fold}
        network = tree_map(lambda tensor, lane=lane: tensor[lane], kept)
        predictions = method.predict(
            network, torch.tensor(toy_emotion.features[rows]), tested.problem
        )
        own = table[(table["session"] == folds[fold].name)]
        own = own[own["emotion"] == toy_emotion.emotions[emotion]]
        assert own["utterance"].tolist() == ids[rows].tolist()
        assert own["speaker"].tolist() == [f"s{fold}{'fm'[row % 2]}" for row in rows]
        np.testing.assert_allclose(own["score-750"], predictions.score, atol=1e-6)
        for gender, view in (("female", toy_emotion.female), ("male", toy_emotion.male)):
            received = np.where(view.consensus[rows], view.label[emotion, rows], np.nan)
            np.testing.assert_array_equal(own[f"heard_{gender}"], received)
    each = []
    for emotion in toy_emotion.emotions:
        rows = table[table["emotion"] == emotion]
        columns = (rows[name].to_numpy() for name in ("truth", "score-751", "s1", "aligned"))
        each.append(detection_metrics(*columns))
    for name in ("f1_all", "f1_s2", "f1_macro_s1", "parity_s2"):
        mean = np.mean([row[name] for row in each])
        assert evaluation.metrics[name][1] == pytest.approx(mean, nan_ok=True)
    assert count == 3


def test_networks_of_another_shape_are_refused(
    toy_emotion: Emotion, small_dnn: dict[str, int]
) -> None:
    method, kept = emotion_models(toy_emotion, small_dnn)
    name, *_ = kept["predictor"]
    short = tree_map(lambda tensor: tensor[:, :1] if tensor.dim() > 2 else tensor, kept)
    flat = tree_map(lambda tensor: tensor.flatten(), kept)
    for forged in (short, flat):
        with pytest.raises(ValueError, match=r"must be of shape .* in each lane, is of"):
            evaluate(method, toy_emotion, forged, SEEDS)
    lost = {"predictor": {key: value for key, value in kept["predictor"].items() if key != name}}
    with pytest.raises(ValueError, match=rf"{name}` must be .* in each lane, is missing"):
        evaluate(method, toy_emotion, lost, SEEDS)
    with pytest.raises(ValueError, match=r"must have the networks predictor"):
        evaluate(method, toy_emotion, {}, SEEDS)


def test_in_a_search_validation_is_what_is_asked_for(
    toy_emotion: Emotion, small_dnn: dict[str, int]
) -> None:
    method, kept = emotion_models(toy_emotion, small_dnn)
    plain = evaluate(method, toy_emotion, kept, SEEDS)
    tested = evaluate(method, dataclasses.replace(toy_emotion, split="test"), kept, SEEDS)
    key = ["utterance", "emotion"]
    pair = pd.merge(plain.predictions, tested.predictions, on=key, suffixes=("", "-test"))
    assert len(pair) == len(plain.predictions)
    assert (pair["truth"] == pair["truth-test"]).all()
    assert not np.allclose(pair["score-750"], pair["score-750-test"])  # of other detectors


def test_the_first_seeds_representation_of_what_is_asked_is_that_of_its_detectors(
    toy_emotion: Emotion, small_dnn: dict[str, int]
) -> None:
    method, kept = emotion_models(toy_emotion, small_dnn)
    tested = dataclasses.replace(toy_emotion, split="test")
    result = evaluate(method, tested, kept, SEEDS).representations
    assert result is not None
    folds, ids = toy_emotion.folds(), np.array(toy_emotion.ids)
    assert len(result) == len(toy_emotion.emotions) * np.isfinite(toy_emotion.aligned).sum()
    for lane, (fold, emotion) in enumerate(toy_emotion.detectors):
        rows = folds[fold].test
        rows = rows[~np.isnan(toy_emotion.aligned[rows])]
        network = tree_map(lambda tensor, lane=lane: tensor[lane], kept)
        predictions = method.predict(
            network, torch.tensor(toy_emotion.features[rows]), tested.problem
        )
        own = result[result["session"] == folds[fold].name]
        own = own[own["emotion"] == toy_emotion.emotions[emotion]]
        assert own["utterance"].tolist() == ids[rows].tolist()
        units = own.filter(like="unit-")
        assert (units.dtypes == np.float16).all()
        np.testing.assert_allclose(
            units.to_numpy(np.float32), predictions.latent, rtol=1e-3, atol=1e-4
        )


def test_activation_models_have_no_representation_to_look_at(
    toy_task: Activation, small_net: dict[str, int]
) -> None:
    method = Baseline(**small_net)
    *_, last = fit(method, toy_task, SEEDS, epochs=1)
    assert evaluate(method, toy_task, last.state.kept, SEEDS).representations is None
