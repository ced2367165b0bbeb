"""Files of vectors: kept row by row, read layer by layer; most tests need no transformers."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fairser_core.features import speech_model, utterance_vectors
from fairser_core.features.layer_file import VALUES, LayerFileError
from fairser_core.features.speech_folder import SpeechModelError
from fairser_core.features.speech_model import SpeechModel
from fairser_core.features.utterance_vectors import (
    UtteranceVectors,
    of_arrays,
    of_model,
    plan,
)
from fairser_core.files.segment import AudioError, Segment
from tests.support.speech_models import bare, needs_transformers, tiny

Extract = Callable[[SpeechModel, np.ndarray], np.ndarray]


def stand_in(model: SpeechModel, waveform: np.ndarray) -> np.ndarray:
    """Return vectors that tell waveforms and layers apart, without a network."""
    layers, statistics, width = model.shape
    scale = np.arange(1, 1 + layers * statistics * width).reshape(model.shape)
    return (scale * (1 + np.abs(waveform[:100]).mean())).astype(np.float32)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(SpeechModel, "extract", stand_in)
    monkeypatch.setattr(utterance_vectors, "require_transformers", lambda: None)
    monkeypatch.setattr(utterance_vectors, "_processes", lambda count: count or 1)


@pytest.fixture
def model(tmp_path: Path) -> SpeechModel:
    return SpeechModel(bare(tmp_path / "model"))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    rng, paths = np.random.default_rng(0), []
    for number in range(6):
        paths.append(str(tmp_path / f"{number}.wav"))
        soundfile.write(paths[-1], rng.normal(0, 0.01 * (number + 1), 1600), 16000)
    return paths


def vectors(files: list[str], model: SpeechModel) -> UtteranceVectors:
    return of_model(files, [Segment(path) for path in files], model)


def waveform(path: str) -> np.ndarray:
    return soundfile.read(path, dtype="float32")[0]


def test_each_row_is_that_of_its_utterance_in_half_precision(
    files: list[str], model: SpeechModel
) -> None:
    found = vectors([*files, files[0]], model)
    assert (found.layers, found.statistics, found.width) == model.shape == (4, 2, 16)
    for path in files:
        expected = stand_in(model, waveform(path)).astype(np.float16)
        for layer in range(4):
            for statistic in range(2):
                row = found.file.slice(layer, statistic)[found.row[path]]
                np.testing.assert_array_equal(row, expected[layer, statistic])


def test_the_size_is_known_before_it_begins(files: list[str], model: SpeechModel) -> None:
    ahead = plan([Segment(path) for path in files], model)
    assert ahead.bytes == 6 * 4 * 2 * 16 * 2
    assert (vectors(files, model).file.folder / VALUES).stat().st_size == ahead.bytes


def test_what_was_extracted_is_not_extracted_again(
    files: list[str], model: SpeechModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = vectors(files, model)

    def refuse(*_: object) -> np.ndarray:
        raise AssertionError("run, though it should be in the cache")

    monkeypatch.setattr(SpeechModel, "extract", refuse)
    assert vectors(files, model) == first


def test_an_interrupted_extraction_goes_on_where_it_was(
    files: list[str], model: SpeechModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []

    def interrupted(model: SpeechModel, waveform: np.ndarray) -> np.ndarray:
        if len(runs) == 3:
            raise KeyboardInterrupt
        runs.append(waveform)
        return stand_in(model, waveform)

    monkeypatch.setattr(SpeechModel, "extract", interrupted)
    with pytest.raises(KeyboardInterrupt):
        vectors(files, model)
    calls: list[tuple[int, int]] = []
    rest: list[np.ndarray] = []
    monkeypatch.setattr(
        SpeechModel, "extract", lambda self, wave: rest.append(wave) or stand_in(self, wave)
    )
    segments = [Segment(path) for path in files]
    found = of_model(files, segments, model, lambda done, total: calls.append((done, total)))
    assert len(rest) == 3
    assert calls == [(4, 6), (5, 6), (6, 6)]
    for path in files:
        expected = stand_in(model, waveform(path))[2, 0].astype(np.float16)
        np.testing.assert_array_equal(found.file.slice(2, 0)[found.row[path]], expected)


def test_a_corpus_that_has_grown_takes_over_the_rows_of_the_smaller(
    files: list[str], model: SpeechModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, runs = vectors(files[:4], model), []
    monkeypatch.setattr(
        SpeechModel, "extract", lambda self, wave: runs.append(1) or stand_in(self, wave)
    )
    grown = vectors(files, model)
    assert len(runs) == 2
    for path in files[:4]:
        np.testing.assert_array_equal(
            grown.file.slice(1, 1)[grown.row[path]], before.file.slice(1, 1)[before.row[path]]
        )


def test_a_damaged_layer_is_named_and_no_other_layer_is_read(
    files: list[str], model: SpeechModel
) -> None:
    found = vectors(files, model)
    path = found.file.folder / VALUES
    content = bytearray(path.read_bytes())
    content[len(content) // 4 * 3] ^= 1  # of the last of four layers
    path.write_bytes(content)
    again = vectors(files, model)
    assert len(again.file.slice(0, 0)) == 6
    with pytest.raises(LayerFileError, match="layer 3 is damaged; remove this folder"):
        again.file.slice(3, 0)


def test_another_model_has_a_file_of_its_own(
    files: list[str], model: SpeechModel, tmp_path: Path
) -> None:
    other = SpeechModel(bare(tmp_path / "other", num_hidden_layers=1))
    assert vectors(files, model).file.folder.parent != vectors(files, other).file.folder.parent


def test_a_copy_in_another_process_maps_the_file_and_does_not_carry_it(
    files: list[str], model: SpeechModel
) -> None:
    found = vectors(files, model)
    found.file.slice(0, 0)
    carried = pickle.dumps(found)
    assert len(carried) < 3000
    assert pickle.loads(carried) == found


def test_files_that_cannot_be_used_are_named_and_all_others_kept(
    files: list[str], model: SpeechModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    short = str(tmp_path / "short.wav")
    soundfile.write(short, np.zeros(399), 16000)
    with pytest.raises(AudioError, match=r"1 of 7 files cannot be used:\n  .*short\.wav"):
        vectors([short, *files], model)
    runs: list[int] = []
    monkeypatch.setattr(
        SpeechModel, "extract", lambda self, wave: runs.append(1) or stand_in(self, wave)
    )
    soundfile.write(short, np.ones(400) * 0.1, 16000)
    vectors(files, model)
    assert len(runs) == 6  # a file of a corpus that was never whole is not taken over


def test_values_beyond_half_precision_become_its_greatest() -> None:
    stored = utterance_vectors.as_stored(np.array([1e6, -1e6, 0.1], np.float32))
    assert stored.tolist() == [65504, -65504, pytest.approx(0.1, rel=1e-3)]


def test_vectors_of_the_corpus_are_kept_as_they_are(tmp_path: Path) -> None:
    arrays = np.random.default_rng(0).normal(size=(5, 3, 7)).astype(np.float32)
    paths = [str(tmp_path / f"{n}.npy") for n in range(5)]
    for path, array in zip(paths, arrays, strict=True):
        np.save(path, array)
    found = of_arrays(list("abcde"), paths)
    assert (found.layers, found.statistics, found.width) == (3, 1, 7)
    for name, array in zip("abcde", arrays, strict=True):
        for layer in range(3):
            np.testing.assert_array_equal(found.file.slice(layer, 0)[found.row[name]], array[layer])


def test_vectors_of_another_shape_are_named(tmp_path: Path) -> None:
    for name, shape in (("a", (2, 7)), ("b", (3, 7))):
        np.save(tmp_path / f"{name}.npy", np.ones(shape, np.float32))
    with pytest.raises(AudioError, match=r"b\.npy: must hold vectors \(layer, feature\) of shape"):
        of_arrays(["a", "b"], [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")])


@needs_transformers
def test_processes_extract_what_one_does(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny("wavlm", tmp_path / "wavlm")
    monkeypatch.undo()
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "two"))
    model, segments = SpeechModel(tmp_path / "wavlm"), [Segment(path) for path in files]
    found = of_model(files, segments, model, processes=2)
    for path in files:
        expected = model.extract(waveform(path)).astype(np.float16)
        np.testing.assert_allclose(
            found.file.slice(2, 1)[found.row[path]], expected[2, 1], rtol=2e-3, atol=1e-4
        )


def test_without_transformers_the_package_to_install_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(speech_model, "find_spec", lambda _: None)
    with pytest.raises(SpeechModelError, match=r"pip install 'fairser\[speech\]'"):
        SpeechModel(bare(tmp_path / "model")).extract(np.zeros(800, np.float32))
