"""Folders of pretrained speech models: what is read of them, and what is rejected."""

import json
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from fairser_core.features.speech_folder import SpeechModelError, read_folder
from tests.support.bomb import Bomb
from tests.support.speech_models import bare


def edit(name: str, **changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**content, **changes}))

    return change


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(folder / "exploded")))


def sharded(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        weights = {f"w{n}": name for n, name in enumerate(names)}
        index = folder / "model.safetensors.index.json"
        index.write_text(json.dumps({"weight_map": weights}))

    return change


def test_a_folder_says_what_its_vectors_are_like(tmp_path: Path) -> None:
    folder = read_folder(bare(tmp_path / "wavlm"))
    assert (folder.family, folder.layers, folder.width) == ("wavlm", 4, 16)
    assert (folder.sample_rate, folder.fewest_samples) == (16000, 400)
    assert folder.notes() == []


def test_a_fingerprint_is_of_the_content_and_not_of_the_place(tmp_path: Path) -> None:
    first = read_folder(bare(tmp_path / "a")).fingerprint
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert read_folder(tmp_path / "b").fingerprint == first
    weights = {"w": np.zeros(3, np.float32)}
    safetensors.numpy.save_file(weights, tmp_path / "b" / "model.safetensors")
    assert read_folder(tmp_path / "b").fingerprint != first
    edit("preprocessor_config.json", do_normalize=False)(tmp_path / "a")
    assert read_folder(tmp_path / "a").fingerprint != first


def test_links_as_in_the_cache_of_hugging_face_are_followed(tmp_path: Path) -> None:
    expected = read_folder(bare(tmp_path / "blobs")).fingerprint
    (tmp_path / "snapshot").mkdir()
    for path in (tmp_path / "blobs").iterdir():
        (tmp_path / "snapshot" / path.name).symlink_to(path)
    assert read_folder(tmp_path / "snapshot").fingerprint == expected


@pytest.mark.parametrize(
    ("change", "file", "rule"),
    [
        (without("config.json"), "config.json", "is missing, which every published model has"),
        (without("preprocessor_config.json"), "preprocessor_config.json", "is missing, which"),
        (without("model.safetensors"), "model.safetensors", "is missing, which holds the weights"),
        (pickled, "pytorch_model.bin", "is a pickle, which may hold code and is not read"),
        (
            edit("config.json", auto_map={"AutoModel": "model.Evil"}),
            "config.json",
            "`auto_map` must not be there: the model names Python code of its own",
        ),
        (
            edit("preprocessor_config.json", auto_map={"AutoFeatureExtractor": "evil.Evil"}),
            "preprocessor_config.json",
            "`auto_map` must not be there",
        ),
        (
            edit("config.json", quantization_config={"quant_method": "bitsandbytes"}),
            "config.json",
            "`quantization_config` must not be there",
        ),
        (
            edit("config.json", model_type="bert"),
            "config.json",
            "`model_type` must be one of wavlm, hubert, wav2vec2, data2vec-audio, whisper, got 'b",
        ),
        (
            edit("config.json", hidden_size=10**9),
            "config.json",
            "`hidden_size` must be at most 10,000,000, got 1000000000",
        ),
        (
            edit("config.json", num_hidden_layers=5000),
            "config.json",
            "`num_hidden_layers` must be a whole number from 1 to 200, got 5000",
        ),
        (
            edit("config.json", conv_kernel=[10, -3]),
            "config.json",
            "`conv_kernel` must be 1 to 20 whole numbers from 1 to 1000, got [10, -3]",
        ),
        (
            edit("config.json", conv_kernel=[10, 3]),
            "config.json",
            "`conv_kernel` and `conv_stride` must be of one length",
        ),
        (
            edit("preprocessor_config.json", sampling_rate=0),
            "preprocessor_config.json",
            "`sampling_rate` must be a whole number from 1000 to 192000, got 0",
        ),
        (
            sharded("model-1.safetensors", "../../secrets.safetensors"),
            "model.safetensors.index.json",
            "`weight_map` must name .safetensors files in this folder, got '../../secrets.safet",
        ),
        (
            sharded("model-1.bin"),
            "model.safetensors.index.json",
            "`weight_map` must name .safetensors files in this folder, got 'model-1.bin'",
        ),
        (sharded("model-1.safetensors"), "model-1.safetensors", "cannot be read"),
        (
            lambda folder: (folder / "adapter_config.json").write_text("{}"),
            "adapter_config.json",
            "must not be there: an adapter names a base model elsewhere",
        ),
        (lambda folder: (folder / "config.json").write_text("[1]"), "config.json", "must hold a t"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json", "cannot be read"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named_with_file_and_rule(
    tmp_path: Path, change: Callable[[Path], None], file: str, rule: str
) -> None:
    folder = bare(tmp_path / "model")
    change(folder)
    with pytest.raises(SpeechModelError, match=f"{re.escape(file)}.*{re.escape(rule)}"):
        read_folder(folder)
    assert not (folder / "exploded").exists()


def test_a_file_in_place_of_a_folder_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(SpeechModelError, match=r"must be a folder with config\.json"):
        read_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("licence", "warned"),
    [("cc-by-nc-sa-4.0", True), ("cc-by-nc-4.0", True), ("apache-2.0", False), ("mit", False)],
)
def test_a_licence_without_commercial_use_is_warned_of(
    tmp_path: Path, licence: str, warned: bool
) -> None:
    folder = bare(tmp_path / "model")
    (folder / "README.md").write_text(f"---\nlicense: {licence}\ntags: [x]\n---\n# Model\n")
    read = read_folder(folder)
    assert read.licence == licence
    assert [f"licensed {licence}: no commercial use" in note for note in read.notes()] == (
        [True] if warned else []
    )


def test_a_model_tuned_on_labels_is_warned_of(tmp_path: Path) -> None:
    tuned = bare(tmp_path / "model", architectures=["Wav2Vec2ForSpeechClassification"])
    (note,) = read_folder(tuned).notes()
    assert "was tuned on labels (Wav2Vec2ForSpeechClassification)" in note
