"""Features of a pretrained vq-wav2vec (Baevski et al. 2020), computed by fairseq's network."""

import hashlib
import inspect
import logging
import platform
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fairser_core.features import vq_wav2vec_file
from fairser_core.features.vectors import LAYERS, moments
from fairser_core.features.vq_wav2vec_file import (
    conv_layers,
    read_pretrained,
    receptive_field,
)
from fairser_core.files.resampling import FloatArray

WHEELS = ((3, 11), (3, 12))
"""Versions of Python that ve-fairseq has wheels for, for Linux on x86-64."""
SAMPLE_RATE = 16000  # that the published networks were trained with
MOST_SECONDS = 240  # of audio, with which a run takes 16 GB
PARTS = ("feature_extractor", "vector_quantizer", "feature_aggregator")  # z, q and c


class VqWav2vecError(ValueError):
    """vq-wav2vec cannot be used: the file cannot be loaded, or fairseq is missing."""


class VqWav2vec:
    """Features z, q and c of a pretrained network, each as mean and deviation over time.

    All three come of one run of the network, so a later choice among them costs nothing. One
    utterance is run at a time: the network normalises over time, and the padding of a batch would
    change its frames. The network is loaded when it is first needed.

    Attributes:
        path: file of the pretrained network.
        sha256: digest of the file's content.
        fairseq: package that runs the network, and its version.
    """

    sample_rate = SAMPLE_RATE

    def __init__(self, path: Path) -> None:
        """Compute the digest of a file.

        Args:
            path: file of the pretrained network.

        Raises:
            VqWav2vecError: there is no such file, or fairseq is not installed.
        """
        self.path = path
        self.fairseq = fairseq_version()
        self.sha256 = hashlib.sha256(self._content()).hexdigest()
        self._lock = threading.Lock()
        self._loaded: tuple[Any, int] | None = None

    @property
    def fewest_samples(self) -> int:
        """Samples that a frame depends on: 465 as published."""
        return self._network()[1]

    @property
    def hop(self) -> int | None:
        """None: the network normalises over time, so that features depend on the whole."""
        return None

    @property
    def most_samples(self) -> int:
        """Longest audio: four minutes take 16 GB."""
        return MOST_SECONDS * SAMPLE_RATE

    def facts(self) -> dict[str, Any]:
        """Return the versions of model, fairseq and code that the features depend on."""
        return {
            "pretrained": self.sha256,
            "fairseq": self.fairseq,
            "code": [inspect.getsource(part) for part in (vq_wav2vec_file, moments)],
        }

    def extract(self, waveform: FloatArray) -> FloatArray:
        """Return mean and standard deviation over time of each layer (layer, statistic, channel).

        Args:
            waveform: samples at `SAMPLE_RATE` (sample,).

        Raises:
            VqWav2vecError: the file cannot be loaded or was changed, fairseq cannot be imported,
                or features are not finite.
        """
        network, _ = self._network()
        layers = run(network, torch.from_numpy(waveform))
        values = np.stack([moments(layers[name].T.numpy()) for name in LAYERS]).astype(np.float32)
        if not np.isfinite(values).all():
            raise VqWav2vecError(f"{self.path}: gives features that are not finite")
        return values

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise VqWav2vecError(f"{self.path}: cannot be read ({error.strerror})") from error

    def _network(self) -> tuple[Any, int]:
        """Return the network and the fewest samples it takes; the first call loads them."""
        with self._lock:
            if self._loaded is None:
                content = self._content()
                if hashlib.sha256(content).hexdigest() != self.sha256:
                    raise VqWav2vecError(f"{self.path}: was changed while it was in use")
                try:
                    self._loaded = load(content)
                except ImportError as error:
                    raise VqWav2vecError(f"fairseq cannot be imported: {error}") from error
                except Exception as error:  # damage shows anywhere in torch, pickle or fairseq
                    reason, *_ = (str(error) or "no reason given").splitlines()
                    raise VqWav2vecError(
                        f"{self.path}: is not a pretrained vq-wav2vec as fairseq publishes it "
                        f"({type(error).__name__}: {reason})"
                    ) from error
            return self._loaded


def run(network: Any, waveform: Tensor) -> dict[str, Tensor]:
    """Return each layer's values (channel, frame) of one utterance (sample,)."""
    with torch.inference_mode():
        z = network.feature_extractor(waveform[None])
        q, _ = network.vector_quantizer.forward_idx(z)
        c = network.feature_aggregator(q)
    return {"z": z[0], "q": q[0], "c": c[0]}


def load(content: bytes) -> tuple[Any, int]:
    """Load a network.

    Args:
        content: content of the file.

    Returns:
        The network, and the fewest samples it takes.

    Raises:
        Exception: of any kind if the file is damaged or of another kind.
    """
    settings, weights = read_pretrained(content)
    with quiet_fairseq():
        from fairseq.models.wav2vec.wav2vec import Wav2VecConfig, Wav2VecModel
    with torch.device("meta"):  # the tensors of the file replace these
        network = Wav2VecModel(Wav2VecConfig(**settings))
    for name in PARTS:
        _fill(getattr(network, name), weights, f"{name}.")
    network.eval()
    fewest = receptive_field(conv_layers(settings["conv_feature_layers"]))
    run(network, torch.zeros(fewest))
    return network, fewest


def fairseq_version() -> str:
    """Return the package that provides fairseq, and its version.

    Raises:
        VqWav2vecError: none is installed.
    """
    packages = packages_distributions().get("fairseq")
    if not packages:
        raise VqWav2vecError(f"vq-wav2vec needs fairseq: {_remedy()}")
    return f"{packages[0]} {version(packages[0])}"


def _remedy() -> str:
    """Return how fairseq is installed here, or where there are wheels of it."""
    here = sys.platform, platform.machine(), sys.version_info[:2]
    if here[:2] == ("linux", "x86_64") and here[2] in WHEELS:
        return "pip install 'fairser[fairseq]'"
    versions = " and ".join(f"{major}.{minor}" for major, minor in WHEELS)
    return (
        f"there are wheels of it for Linux on x86-64 with Python {versions} only, this is "
        f"{platform.system()} on {platform.machine()} with Python {here[2][0]}.{here[2][1]}: run "
        "there, or learn from MFCCs or features of your own"
    )


@contextmanager
def quiet_fairseq() -> Iterator[None]:
    """Silence the import of fairseq, which warns and makes the root logger log everything."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            root.setLevel(level)
            root.handlers[:] = handlers


def _fill(part: nn.Module, weights: dict[str, Tensor], prefix: str) -> None:
    """Load the tensors of a part of the network, which may be of half precision."""
    tensors = {
        name.removeprefix(prefix): tensor.to(torch.float32)
        for name, tensor in weights.items()
        if name.startswith(prefix)
    }
    part.load_state_dict(tensors, assign=True)
