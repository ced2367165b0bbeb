"""Folders of pretrained speech models: tiny ones that transformers makes, and bare descriptions."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch

needs_transformers = pytest.mark.skipif(
    find_spec("transformers") is None, reason="transformers is not installed"
)
FAMILIES = ("wavlm", "hubert", "wav2vec2", "data2vec-audio", "whisper")
SMALL = {
    "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32,
    "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2,
    "vocab_size": 8,
}  # fmt: skip
LARGE = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}
"""Settings of the large models of a family, in which a layer norm follows the last layer."""


def tiny(family: str, folder: Path, **changes: Any) -> Any:
    """Save a tiny random model as transformers does, and return it."""
    import transformers as hf

    hf.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    extractor: Any = hf.Wav2Vec2FeatureExtractor(do_normalize=True)
    if family == "whisper":
        sizes = {"d_model": 16, "vocab_size": 100, "pad_token_id": 0, "eos_token_id": 2}
        for part, layers in (("encoder", 3), ("decoder", 1)):
            sizes |= {f"{part}_layers": layers, f"{part}_attention_heads": 2}
            sizes |= {f"{part}_ffn_dim": 32}
        settings = hf.WhisperConfig(**sizes, bos_token_id=1, decoder_start_token_id=1)
        model, extractor = hf.WhisperModel(settings), hf.WhisperFeatureExtractor()
    else:
        positions = {"num_conv_pos_embeddings": 3, "conv_pos_kernel_size": 3}
        more = positions if family == "data2vec-audio" else {}
        kinds = {
            "wavlm": (hf.WavLMModel, hf.WavLMConfig),
            "hubert": (hf.HubertModel, hf.HubertConfig),
            "wav2vec2": (hf.Wav2Vec2Model, hf.Wav2Vec2Config),
            "data2vec-audio": (hf.Data2VecAudioModel, hf.Data2VecAudioConfig),
        }
        kind, config = kinds[family]
        model = kind(config(**{**SMALL, **more, **changes}))
    model.eval().save_pretrained(folder)
    extractor.save_pretrained(folder)
    return model


def bare(folder: Path, **changes: Any) -> Path:
    """Write a folder with the description of a WavLM and one weight, without transformers."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "wavlm", "architectures": ["WavLMModel"], "hidden_size": 16,
        "num_hidden_layers": 3, "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
        "conv_stride": [5, 2, 2, 2, 2, 2, 2],
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    preprocessor = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    safetensors.numpy.save_file({"w": np.ones(3, np.float32)}, folder / "model.safetensors")
    return folder
