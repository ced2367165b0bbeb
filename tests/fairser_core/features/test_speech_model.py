"""Vectors of tiny random speech models, layer by layer, against implementations not fairser's."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torchaudio.models.wav2vec2.utils import import_huggingface_model

from fairser_core.features import speech_model
from fairser_core.features.speech_folder import SpeechModelError
from fairser_core.features.speech_model import PIECE_SECONDS, SpeechModel
from tests.support.bomb import Bomb, torch_bytes
from tests.support.speech_models import FAMILIES, LARGE, needs_transformers, tiny

pytestmark = needs_transformers


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for family in FAMILIES:
        tiny(family, folder / family)
    return folder


@pytest.fixture
def waveform() -> np.ndarray:
    rng = np.random.default_rng(0)
    return (0.2 * np.sin(np.arange(24000) / 7) + rng.normal(0, 0.1, 24000)).astype(np.float32)


def normalised(waveform: np.ndarray) -> torch.Tensor:
    """Return what the feature extractor of wav2vec 2.0 makes of a waveform (1, sample)."""
    centred = waveform - waveform.mean()
    return torch.from_numpy(centred / np.sqrt(waveform.var() + 1e-7))[None]


def moments(layers: list[torch.Tensor]) -> np.ndarray:
    return np.stack(
        [[frames.double().mean(0).numpy(), frames.double().std(0, correction=0).numpy()]
         for frames in layers]
    )  # fmt: skip


@pytest.mark.parametrize("family", ["wavlm", "hubert", "wav2vec2"])
@pytest.mark.parametrize("changes", [{}, LARGE], ids=["base", "large"])
def test_layers_are_those_of_torchaudios_implementation(
    tmp_path: Path, waveform: np.ndarray, family: str, changes: dict
) -> None:
    model = tiny(family, tmp_path / family, **changes)
    twin = import_huggingface_model(model).eval()
    with torch.inference_mode():
        layers, _ = twin.extract_features(normalised(waveform))
    found = SpeechModel(tmp_path / family).extract(waveform)
    assert found.shape == (4, 2, 16)
    # torchaudio gives the outputs of the layers: number 0 of transformers is their input.
    np.testing.assert_allclose(found[1:], moments([each[0] for each in layers]), atol=2e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_layers_are_those_of_the_models_own_forward_pass(
    tmp_path: Path, waveform: np.ndarray, family: str
) -> None:
    model = tiny(family, tmp_path / family)
    with torch.inference_mode():
        if family == "whisper":
            import transformers

            made = transformers.WhisperFeatureExtractor()
            inputs = made(waveform, sampling_rate=16000, return_tensors="pt").input_features
            states = model.get_encoder()(inputs, output_hidden_states=True).hidden_states
            assert states[0].shape[1] == 1500  # whatever the audio's length
            states = [each[:, : math.ceil(len(waveform) / 320)] for each in states]
        else:
            states = model(normalised(waveform), output_hidden_states=True).hidden_states
    found = SpeechModel(tmp_path / family).extract(waveform)
    np.testing.assert_allclose(found, moments([each[0] for each in states]), atol=2e-5)


def test_a_folder_without_a_layers_weights_is_rejected(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "wavlm", tmp_path / "wavlm"))
    path = folder / "model.safetensors"
    weights = safetensors.torch.load_file(path)
    lacking = {n: t for n, t in weights.items() if "layers.1." not in n}
    safetensors.torch.save_file(lacking, path, {"format": "pt"})
    with pytest.raises(SpeechModelError, match=r"weights of the network are missing.*layers\.1\."):
        SpeechModel(folder).extract(np.zeros(800, np.float32))


def test_weights_of_training_alone_may_be_missing_and_others_be_there(
    folders: Path, tmp_path: Path, waveform: np.ndarray
) -> None:
    folder = Path(shutil.copytree(folders / "wavlm", tmp_path / "wavlm"))
    path = folder / "model.safetensors"
    weights = safetensors.torch.load_file(path)
    weights.pop("masked_spec_embed", None)
    weights["lm_head.weight"] = torch.ones(3, 3)
    safetensors.torch.save_file(weights, path, {"format": "pt"})
    (folder / "pytorch_model.bin").write_bytes(torch_bytes(Bomb(folder / "exploded")))
    changed, before = SpeechModel(folder), SpeechModel(folders / "wavlm")
    np.testing.assert_array_equal(changed.extract(waveform), before.extract(waveform))
    assert not (folder / "exploded").exists()


def test_damaged_weights_are_named(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "hubert", tmp_path / "hubert"))
    (folder / "model.safetensors").write_bytes(b"no safetensors")
    with pytest.raises(SpeechModelError, match="transformers cannot load this model"):
        SpeechModel(folder).extract(np.zeros(800, np.float32))


def test_long_audio_is_run_in_pieces_of_equal_length(folders: Path) -> None:
    seconds = PIECE_SECONDS + 4
    rng = np.random.default_rng(1)
    waveform = rng.normal(0, 0.1, 16000 * seconds).astype(np.float32)
    model = SpeechModel(folders / "wav2vec2")
    found = model.extract(waveform)
    assert model._loaded
    network, half = model._loaded.network, 8000 * seconds
    with torch.inference_mode():
        pieces = [
            network(part, output_hidden_states=True).hidden_states
            for part in normalised(waveform).split(half, dim=1)
        ]
    layers = [torch.cat([piece[0] for piece in each]) for each in zip(*pieces, strict=True)]
    np.testing.assert_allclose(found, moments(layers), atol=2e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_shortest_audio_has_vectors(folders: Path, family: str) -> None:
    model = SpeechModel(folders / family)
    found = model.extract(np.random.default_rng(0).normal(0, 0.1, model.fewest_samples).astype("f"))
    assert np.isfinite(found).all()


def test_half_precision_is_close_to_single(folders: Path, waveform: np.ndarray) -> None:
    model = SpeechModel(folders / "wavlm")
    single = model.extract(waveform)
    assert model._loaded
    model._loaded.network.to(torch.bfloat16)  # as on a GPU
    assert np.abs(model.extract(waveform) - single).max() < 0.1
    assert speech_model.precision(torch.device("cpu")) == torch.float32
