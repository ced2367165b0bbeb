import csv
import dataclasses
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from fairser_core.features.normalisation import Normalisation
from fairser_core.files.segment import AudioError
from fairser_core.methods import Dnn
from fairser_core.methods.emotion_method import Predictions
from fairser_core.predictor import BundleError, PerspectiveError, Recording, load
from fairser_core.predictor.__main__ import main
from fairser_core.predictor.bundle import DESCRIPTION
from fairser_core.predictor.emotion import EmotionPredictor
from tests.support.activation_bundle import write_bundle
from tests.support.emotion_bundle import EMOTIONS, FEATURES, TrainedDetectors, train_on


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> TrainedDetectors:
    return train_on(tmp_path_factory.mktemp("emotion"))


@pytest.fixture
def folder(detectors: TrainedDetectors, tmp_path: Path) -> Path:
    return write_bundle(detectors.bundle, tmp_path / "bundle")


@pytest.fixture
def predictor(folder: Path) -> EmotionPredictor:
    result = load(folder)
    assert isinstance(result, EmotionPredictor)
    return result


def rows(detectors: TrainedDetectors, predictor: EmotionPredictor) -> list[dict[str, str | float]]:
    result = list(predictor.predict(detectors.recordings))
    return [row for row in result if isinstance(row, dict)]


def test_each_detector_says_what_it_did_utterance_by_utterance(
    detectors: TrainedDetectors, predictor: EmotionPredictor
) -> None:
    vectors = np.stack(predictor.vectors(detectors.recordings))  # type: ignore[arg-type]
    assert np.array_equal(vectors, detectors.data.features)
    answers = predictor.answers(vectors, "gender-free")
    assert detectors.epoch.state.predictions is not None
    lanes = detectors.epoch.state.predictions.numpy()[len(detectors.data.detectors) :]
    for lane, (fold, emotion) in zip(lanes, detectors.data.detectors, strict=True):
        asked = detectors.data.folds()[fold].validation
        said = answers[fold, emotion, asked]
        assert said == pytest.approx(lane[: len(asked), 0], abs=1e-6)
    assert np.ptp(answers) > 0.2


@pytest.mark.parametrize("normalisation", ["session", "training", "none"])
def test_a_bundle_normalises_as_its_training_did(
    tmp_path: Path, normalisation: Normalisation
) -> None:
    detectors = train_on(tmp_path, normalisation)
    predictor = load(write_bundle(detectors.bundle, tmp_path / "bundle"))
    assert isinstance(predictor, EmotionPredictor)
    vectors = np.stack(predictor.vectors(detectors.recordings))  # type: ignore[arg-type]
    assert np.array_equal(vectors, detectors.data.features)
    answers = predictor.answers(vectors, "gender-free")
    assert detectors.epoch.state.predictions is not None
    lanes = detectors.epoch.state.predictions.numpy()[len(detectors.data.detectors) :]
    for lane, (fold, emotion) in zip(lanes, detectors.data.detectors, strict=True):
        rows = detectors.data.folds()[fold].validation
        assert answers[fold, emotion, rows] == pytest.approx(lane[: len(rows), 0], abs=1e-6)
    alone = list(predictor.predict(detectors.recordings[:1]))
    assert isinstance(alone[0], AudioError if normalisation == "session" else dict)


def test_recordings_of_a_speaker_that_do_not_differ_are_named(
    detectors: TrainedDetectors, predictor: EmotionPredictor, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", np.full((3, FEATURES), 0.1, dtype=np.float32))
    alike = [Recording(str(tmp_path / f"{name}.npy"), "new") for name in ("a", "b")]
    outcomes = list(predictor.predict([*detectors.recordings, *alike]))
    assert [type(outcome) for outcome in outcomes[:-2]] == [dict] * len(detectors.recordings)
    for recording, outcome in zip(alike, outcomes[-2:], strict=True):
        assert str(outcome).startswith(f"{recording.name}: features are normalised over a speaker")
        assert "must differ; all features are the same in those of speaker 'new'" in str(outcome)


def test_what_is_predicted_is_the_mean_over_the_folds_detectors(
    detectors: TrainedDetectors, predictor: EmotionPredictor
) -> None:
    expected = predictor.answers(detectors.data.features, "gender-free").mean(axis=0)
    result = rows(detectors, predictor)
    assert len(result) == len(detectors.table)
    for place, emotion in enumerate(EMOTIONS):
        assert [row[emotion] for row in result] == pytest.approx(expected[place])
    likeliest = [EMOTIONS[place] for place in expected.argmax(axis=0)]
    assert [row["emotion"] for row in result] == likeliest
    assert np.mean([a == b for a, b in zip(likeliest, detectors.table["truth"], strict=True)]) > 0.5


def test_recordings_are_normalised_with_those_of_their_speaker(
    detectors: TrainedDetectors, predictor: EmotionPredictor
) -> None:
    together = predictor.vectors(detectors.recordings)
    mine = [r for r in detectors.recordings if r.speaker == "s2"]
    alone = predictor.vectors(mine)
    places = np.flatnonzero(detectors.table["speaker"] == "s2")
    assert np.array_equal(np.stack(alone), np.stack([together[p] for p in places]))  # type: ignore[arg-type]
    unnamed = predictor.vectors([Recording(r.name) for r in mine])
    assert np.array_equal(np.stack(unnamed), np.stack(alone))  # type: ignore[arg-type]
    shuffled = predictor.vectors(detectors.recordings[::-1])[::-1]
    assert np.allclose(np.stack(shuffled), np.stack(together), atol=1e-6)  # type: ignore[arg-type]


def test_the_only_recording_of_a_speaker_is_named(
    detectors: TrainedDetectors, predictor: EmotionPredictor
) -> None:
    first, second, third = detectors.recordings[:3]
    outcomes = list(
        predictor.predict(
            [first, dataclasses.replace(second, speaker="s0"), Recording(third.name, "new")]
        )
    )
    assert [type(outcome) for outcome in outcomes] == [dict, dict, AudioError]
    assert str(outcomes[2]).startswith(third.name)
    assert "must be at least 2; this is the only one of speaker 'new'" in str(outcomes[2])
    (lonely,) = predictor.predict([Recording(first.name)])
    assert "this is the only one without a speaker" in str(lonely)


def test_files_that_cannot_be_used_are_named_and_the_others_are_predicted(
    detectors: TrainedDetectors, predictor: EmotionPredictor, tmp_path: Path
) -> None:
    np.save(tmp_path / "narrow.npy", np.ones((3, 5), dtype=np.float32))
    np.save(tmp_path / "nan.npy", np.full((3, FEATURES), np.nan, dtype=np.float32))
    np.save(tmp_path / "object.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "text.npy").write_text("no array")
    names = ("narrow", "nan", "object", "text")
    bad = [Recording(str(tmp_path / f"{name}.npy"), "s0") for name in names]
    mine = [r for r in detectors.recordings if r.speaker == "s0"]
    outcomes = list(predictor.predict([mine[0], *bad, *mine[1:]]))
    rules = (
        "(frame, 6)",
        "must be finite, got nan in frame 0",
        "holds Python objects",
        "is not an array in .npy",
    )
    for recording, outcome, rule in zip(bad, outcomes[1:5], rules, strict=True):
        assert str(outcome).startswith(recording.name)
        assert rule in str(outcome)
    assert [outcomes[0], *outcomes[5:]] == list(predictor.predict(mine))


def test_a_part_of_features_is_refused(
    detectors: TrainedDetectors, predictor: EmotionPredictor
) -> None:
    part = dataclasses.replace(detectors.recordings[0], start=1.0, end=2.0)
    (error,) = predictor.predict([part])
    assert isinstance(error, AudioError)
    assert re.search(r"\(1-2 s\): start and end cut audio, not features; this model", str(error))


def test_a_method_without_views_has_one_perspective(predictor: EmotionPredictor) -> None:
    with pytest.raises(PerspectiveError, match="the one perspective of the method dnn, got 'fema"):
        predictor.predict([], "female")


def test_a_method_with_perspectives_predicts_from_each(
    detectors: TrainedDetectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = Dnn.predict

    def sided(self: Dnn, *args: object) -> Predictions:
        plain = predict(self, *args)  # type: ignore[arg-type]
        return plain._replace(female=plain.score**2, male=1 - plain.score)

    monkeypatch.setattr(Dnn, "predict", sided)
    monkeypatch.setattr(Dnn, "graded_by_perspectives", True)
    predictor = load(write_bundle(detectors.bundle, tmp_path / "sided"))
    assert isinstance(predictor, EmotionPredictor)
    assert predictor.perspectives == ("gender-free", "male", "female")
    plain = predictor.answers(detectors.data.features, "gender-free")
    expected = {
        "gender-free": plain.mean(axis=0),
        "female": (plain**2).mean(axis=0),
        "male": 1 - plain.mean(axis=0),
    }
    for perspective, values in expected.items():
        result = list(predictor.predict(detectors.recordings, perspective))
        for number, emotion in enumerate(EMOTIONS):
            said = [row[emotion] for row in result if isinstance(row, dict)]
            assert said == pytest.approx(values[number], abs=1e-6)
    with pytest.raises(PerspectiveError, match="must be gender-free or male or female, got 'dog'"):
        predictor.predict([], "dog")


def test_the_command_predicts_emotions_and_says_how_speakers_are_taken(
    detectors: TrainedDetectors,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    table = tmp_path / "mine.csv"
    detectors.table[["features", "speaker"]].rename(columns={"features": "path"}).to_csv(
        table, index=False
    )
    assert main([str(folder), str(table)]) == 0
    named = capsys.readouterr()
    assert (named.err, caplog.text) == ("loading\n", "")
    result = list(csv.DictReader(io.StringIO(named.out)))
    assert list(result[0]) == ["path", "emotion", *EMOTIONS]
    assert len(result) == len(detectors.table)
    assert main([str(folder), str(Path(detectors.table["features"][0]).parent)]) == 0
    assert "not named, 90 of 90, count as one speaker's" in caplog.text


def test_networks_and_emotions_must_be_those_described(
    detectors: TrainedDetectors, folder: Path
) -> None:
    path = folder / DESCRIPTION
    description = json.loads(path.read_text())
    for key, value, rule in (
        ("emotions", ["anger"], "must be of shape (3, "),
        ("emotions", ["anger", "anger", "neutral"], "`emotions` must be different names"),
        ("emotions", ["anger", "path", "neutral"], "`emotions` must be other names than path"),
        ("sessions", ["S0", "S1"], "must be of shape (6, "),
        ("problem", {"features": 7, "stage1": None}, "must be of shape (9, 8, 7)"),
        ("problem", {"features": 6, "stage1": {"features": 5}}, "`emotion.problem.stage1.hidden`"),
    ):
        changed = {**description, "emotion": {**description["emotion"], key: value}}
        path.write_text(json.dumps(changed))
        with pytest.raises(BundleError, match=re.escape(rule)):
            load(folder)


def test_a_bundle_of_detectors_is_written_and_read_alike(
    detectors: TrainedDetectors, folder: Path
) -> None:
    bundle = load(folder).bundle
    assert bundle.task == detectors.bundle.task
    for name, tensor in detectors.bundle.networks["predictor"].items():
        assert torch.equal(bundle.networks["predictor"][name], tensor)
