import sys
from pathlib import Path

import numpy as np
import pytest

import tests.support.emotion_bundle as emotion_bundle
from fairser_core.features.mfcc import mfcc
from fairser_core.predictor import Recording, load
from fairser_core.predictor.emotion import EmotionPredictor
from search.handover import onnx_export as onnx_file
from tests.support.activation_bundle import MFCC, WINDOWS, TrainedModel, train_on, write_bundle
from tests.support.audio import load_audio

pytest.importorskip("onnxscript")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return train_on(tmp_path_factory.mktemp("activation"))


def test_onnx_says_what_torch_says_of_activation(trained: TrainedModel, tmp_path: Path) -> None:
    predictor = load(write_bundle(trained.bundle, tmp_path / "bundle"))
    session = onnxruntime.InferenceSession(onnx_file.onnx_file(predictor))
    assert [(i.name, i.shape[1:]) for i in session.get_inputs()] == [("windows", [40, 6])]
    lengths = np.bincount(trained.data.evaluated.owner)
    long = [p for p, n in zip(trained.validation, lengths, strict=True) if n > 1]
    for path in long:
        frames = mfcc(load_audio(path, 8000), MFCC)
        starts = range(0, len(frames) - WINDOWS.frames + 1, WINDOWS.hop)
        windows = np.stack([frames[start : start + WINDOWS.frames] for start in starts])
        (said,) = session.run(None, {"windows": windows})
        assert said == pytest.approx(predictor.windows(Recording(path)), abs=1e-4)  # type: ignore[union-attr]
    assert len(long) > 3


def test_onnx_says_what_torch_says_of_emotions(tmp_path: Path) -> None:
    received = emotion_bundle.train_on(tmp_path)
    predictor = load(write_bundle(received.bundle, tmp_path / "bundle"))
    assert isinstance(predictor, EmotionPredictor)
    session = onnxruntime.InferenceSession(onnx_file.onnx_file(predictor))
    assert [result.name for result in session.get_outputs()] == ["gender-free"]
    vectors = received.data.features
    (said,) = session.run(None, {"vectors": vectors})
    assert said == pytest.approx(predictor.answers(vectors, "gender-free").mean(axis=0).T, abs=1e-4)


def test_the_extra_is_named_where_it_is_missing(
    trained: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(onnx_file.OnnxError, match=r"pip install 'fairser\[onnx\]'"):
        onnx_file.onnx_file(load(write_bundle(trained.bundle, tmp_path / "bundle")))
