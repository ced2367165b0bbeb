"""Pretrained speech model at work: mean and standard deviation over frames of every layer.

transformers runs the model: WavLM (Chen et al. 2022), HuBERT, wav2vec 2.0, data2vec-audio, and the
encoder of Whisper. Nothing is downloaded, no code of a folder is run, and no pickle is read.
"""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.features.speech_folder import SpeechFolder, SpeechModelError, read_folder
from fairser_core.files.resampling import FloatArray

RECIPE = 1
"""Number of the recipe of the vectors. A change of the vectors changes it."""
PIECE_SECONDS = 30
"""Longest audio in one run: memory of attention grows with the square of it."""
MOST_SECONDS = 4 * 3600
STATISTICS = ("mean", "deviation")
"""Statistics over frames, in the order of the arrays; deviations have ddof 0."""
UNUSED = "masked_spec_embed"  # a weight of training alone, which many published models lack


class SpeechModel:
    """Vectors of a pretrained speech model.

    One utterance is run at a time: with the group norm of base models the padding of a batch
    changes the frames of its shorter utterances. Audio longer than 30 s is run in pieces of equal
    length. The model is loaded when it is first needed.

    Attributes:
        folder: checked folder of the model.
    """

    def __init__(self, path: Path) -> None:
        """Check the folder.

        Args:
            path: folder of the model.

        Raises:
            SpeechModelError: the folder cannot be used.
        """
        self.folder = read_folder(path)
        self._loaded: LoadedModel | None = None

    @property
    def sample_rate(self) -> int:
        """Sample rate in Hz."""
        return self.folder.sample_rate

    @property
    def fewest_samples(self) -> int:
        """Samples that a frame depends on."""
        return self.folder.fewest_samples

    @property
    def hop(self) -> int | None:
        """None: every frame depends on the whole."""
        return None

    @property
    def most_samples(self) -> int:
        """Longest audio, in samples: four hours."""
        return MOST_SECONDS * self.sample_rate

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, statistics and width of an utterance's vectors."""
        return self.folder.layers, len(STATISTICS), self.folder.width

    def facts(self) -> dict[str, Any]:
        """Return all that the vectors depend on besides audio and device."""
        return {"pretrained": self.folder.fingerprint, "recipe": RECIPE}

    def extract(self, waveform: FloatArray) -> FloatArray:
        """Return mean and standard deviation of each layer (layer, statistic, feature).

        Args:
            waveform: samples in ±1 at `sample_rate` (sample,).

        Raises:
            SpeechModelError: the model cannot be loaded, or gives values that are not finite.
        """
        if self._loaded is None:
            self._loaded = load(self.folder)
        return self._loaded.vectors(waveform)


@dataclass(frozen=True)
class LoadedModel:
    """Loaded network with its feature extractor.

    Attributes:
        folder: folder that they were loaded from.
        network: network in eval mode; of Whisper the encoder alone.
        extractor: feature extractor, which decides on normalisation.
        device: device that the network runs on.
    """

    folder: SpeechFolder
    network: Any
    extractor: Any
    device: torch.device

    def vectors(self, waveform: FloatArray) -> FloatArray:
        """Return mean and standard deviation of each layer; see `SpeechModel.extract`."""
        count = 0
        total, squares = np.zeros(()), np.zeros(())
        with torch.inference_mode():
            for inputs, frames in self._pieces(waveform):
                inputs = inputs.to(self.device, self.network.dtype)
                layers = self.network(inputs, output_hidden_states=True).hidden_states
                values = torch.stack([layer[0, :frames].float() for layer in layers]).cpu().double()
                count += values.shape[1]
                total = total + values.sum(dim=1).numpy()
                squares = squares + values.square().sum(dim=1).numpy()
        return self._moments(count, total, squares)

    def _pieces(self, waveform: FloatArray) -> Iterable[tuple[Tensor, int | None]]:
        """Yield the network's inputs of each piece, and how many of its frames are of audio."""
        rate = self.folder.sample_rate
        pieces = math.ceil(len(waveform) / (PIECE_SECONDS * rate))
        if self.folder.family == "whisper":
            hop = self.folder.fewest_samples
            for piece in np.array_split(waveform, pieces):
                made = self.extractor(piece, sampling_rate=rate, return_tensors="pt")
                yield made.input_features, math.ceil(len(piece) / hop)
            return
        # Normalised as a whole: a pause of half a minute is not made as loud as speech.
        made = self.extractor(waveform, sampling_rate=rate, return_tensors="pt")
        for piece in np.array_split(made.input_values[0].numpy(), pieces):
            yield torch.from_numpy(piece)[None], None

    def _moments(
        self, count: int, total: NDArray[np.float64], squares: NDArray[np.float64]
    ) -> FloatArray:
        """Return mean and deviation (layer, statistic, feature) of sums over frames."""
        folder, mean = self.folder, total / count
        deviation = np.sqrt(np.maximum(squares / count - np.square(mean), 0))
        values = np.stack([mean, deviation], axis=1).astype(np.float32)
        if not np.isfinite(values).all():
            raise SpeechModelError(f"{folder.path}: gives vectors that are not finite")
        if values.shape != (folder.layers, len(STATISTICS), folder.width):
            raise SpeechModelError(
                f"{folder.path}: gives layers of shape {values[:, 0].shape}, config.json promises "
                f"{(folder.layers, folder.width)}"
            )
        return values


def device() -> torch.device:
    """Return the device that a model runs on here: the GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(of: torch.device) -> torch.dtype:
    """Return the precision that a model runs with: bfloat16 on a GPU that has it."""
    half = of.type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.bfloat16 if half else torch.float32


def require_transformers() -> None:
    """Raise a SpeechModelError unless transformers is installed."""
    if find_spec("transformers") is None:
        raise SpeechModelError(
            "a pretrained speech model needs transformers: pip install 'fairser[speech]'"
        )


def load(folder: SpeechFolder, on: torch.device | None = None) -> LoadedModel:
    """Load a model.

    Args:
        folder: checked folder.
        on: device to run on; by default as `device` chooses.

    Raises:
        SpeechModelError: transformers is not installed, or cannot load the folder; weights of the
            network are missing, for which transformers would draw random ones.
    """
    require_transformers()
    os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub is imported, which reads it once
    import transformers

    on = device() if on is None else on
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        extractor = transformers.AutoFeatureExtractor.from_pretrained(folder.path, **local)
        network, report = transformers.AutoModel.from_pretrained(
            folder.path,
            **local,
            use_safetensors=True,
            output_loading_info=True,
            dtype=torch.float32,
            attn_implementation="eager",
        )
    except Exception as error:  # damage shows anywhere in transformers, safetensors or torch
        reason, *_ = (str(error) or "no reason given").splitlines()
        raise SpeechModelError(
            f"{folder.path}: transformers cannot load this model ({type(error).__name__}: {reason})"
        ) from error
    _check_weights(folder, report["missing_keys"])
    network = network.get_encoder() if folder.family == "whisper" else network
    network.eval().requires_grad_(False).to(on, precision(on))
    return LoadedModel(folder, network, extractor, on)


def _check_weights(folder: SpeechFolder, missing: Iterable[str]) -> None:
    """Refuse a model of which weights that run are missing."""
    unused = ("decoder.",) if folder.family == "whisper" else ()
    needed = sorted(n for n in missing if UNUSED not in n and not n.startswith(unused or "\0"))
    if needed:
        raise SpeechModelError(
            f"{folder.path}: {len(needed)} weights of the network are missing, and would be "
            f"random: {', '.join(needed[:3])}{' ...' if len(needed) > 3 else ''}"
        )
