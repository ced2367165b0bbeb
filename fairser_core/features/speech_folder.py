"""Folder of a pretrained speech model as Hugging Face publishes it, which may come from anywhere.

A folder is checked before any of it is loaded. Only plain values and safetensors are read from it:
a folder that needs code of its own or a pickle is rejected.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairser_core.documents import DocumentError, read_json
from fairser_core.files.ledger import digests
from fairser_core.files.segment import AudioError, open_regular

CONFIG, PREPROCESSOR = "config.json", "preprocessor_config.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "model.ckpt")
FAMILIES = ("wavlm", "hubert", "wav2vec2", "data2vec-audio", "whisper")
"""Model types that are known to give a layer's frames as they are expected; XLS-R is wav2vec2."""
OUTSIDE = {
    "auto_map": "names Python code of its own, which is never run",
    "quantization_config": "is quantised, which needs code for its kernels",
}
"""Keys of a description that would lead to code outside transformers, and why."""
MOST_BYTES = 10_000_000  # of a description
MOST_NUMBER, MOST_LAYERS, MOST_SECONDS_A_CHUNK = 10_000_000, 200, 60
"""Largest numbers of a description: a hostile file must not use up the memory."""
LICENCE = re.compile(r"^license:\s*[\"']?([\w.+-]+)", re.MULTILINE)
TUNED = "Classification"  # in the name of an architecture that was tuned on labels


class SpeechModelError(ValueError):
    """A pretrained speech model cannot be used; the message names folder, file and rule."""


@dataclass(frozen=True)
class SpeechFolder:
    """Checked folder of a pretrained speech model.

    Attributes:
        path: path of the folder.
        config: content of config.json.
        preprocessor: content of preprocessor_config.json, which decides on rate and normalisation.
        fingerprint: SHA-256 of the names and contents of all files that the vectors depend on.
        licence: licence that its README.md declares; empty without one.
        names: names of these files.
    """

    path: Path
    config: Mapping[str, Any]
    preprocessor: Mapping[str, Any]
    fingerprint: str
    licence: str
    names: tuple[str, ...]

    @property
    def family(self) -> str:
        """Member of `FAMILIES`."""
        return str(self.config["model_type"])

    @property
    def layers(self) -> int:
        """Layers, counted as transformers does: 0 is the input of the encoder."""
        key = "encoder_layers" if self.family == "whisper" else "num_hidden_layers"
        return int(self.config[key]) + 1

    @property
    def width(self) -> int:
        """Values of a frame of a layer."""
        return int(self.config["d_model" if self.family == "whisper" else "hidden_size"])

    @property
    def sample_rate(self) -> int:
        """Sample rate in Hz that the model was trained with."""
        return int(self.preprocessor.get("sampling_rate", 16000))

    @property
    def fewest_samples(self) -> int:
        """Samples that a frame depends on: 400 as published, 320 of Whisper."""
        if self.family == "whisper":
            return 2 * int(self.preprocessor.get("hop_length", 160))
        samples = 1
        layers = zip(self.config["conv_kernel"], self.config["conv_stride"], strict=True)
        for kernel, stride in reversed(list(layers)):
            samples = (samples - 1) * stride + kernel
        return samples

    def notes(self) -> list[str]:
        """Return warnings on licence and training, in sentences."""
        notes = []
        if re.search(r"(^|-)nc(-|$)", self.licence):
            notes.append(
                f"{self.path.name} is licensed {self.licence}: no commercial use, nor of models "
                "that build on it"
            )
        tuned = [name for name in self.config.get("architectures") or () if TUNED in str(name)]
        if tuned:
            notes.append(
                f"{self.path.name} was tuned on labels ({tuned[0]}): if those are of emotion, its "
                "training may have seen this corpus' test speakers"
            )
        return notes


def read_folder(path: Path) -> SpeechFolder:
    """Check a folder and compute the fingerprint of its content.

    Args:
        path: folder with config.json, preprocessor_config.json and model.safetensors, or the index
            of several such files.

    Raises:
        SpeechModelError: a file is missing or not what it should be, leads out of the folder, needs
            code or is a pickle; names file, value and rule.
    """
    if not path.is_dir():
        raise SpeechModelError(f"{path} must be a folder with {CONFIG}, {PREPROCESSOR}, {WEIGHTS}")
    config, preprocessor = _description(path, CONFIG), _description(path, PREPROCESSOR)
    _check_family(path, config)
    _check_rate(path, config, preprocessor)
    if (path / "adapter_config.json").exists():
        raise SpeechModelError(
            f"{path / 'adapter_config.json'}: must not be there: an adapter names a base model "
            "elsewhere; merge the two and save the result"
        )
    names = [CONFIG, PREPROCESSOR, *_weights(path)]
    contents = digests(str(path / name) for name in names)
    for content in contents.values():
        if isinstance(content, AudioError):
            raise SpeechModelError(str(content)) from content
    pairs = [(name, contents[str(path / name)]) for name in names]
    fingerprint = hashlib.sha256(json.dumps(pairs).encode()).hexdigest()
    return SpeechFolder(path, config, preprocessor, fingerprint, _licence(path), tuple(names))


def _description(path: Path, name: str) -> dict[str, Any]:
    """Read a description, without values that lead to code or use up the memory."""
    file = path / name
    values = _json(file)
    for key, reason in OUTSIDE.items():
        if values.get(key) is not None:
            raise SpeechModelError(f"{file}: `{key}` must not be there: the model {reason}")
    for key, value in _numbers(values):
        if not abs(value) <= MOST_NUMBER:
            raise SpeechModelError(f"{file}: `{key}` must be at most {MOST_NUMBER:,}, got {value}")
    return values


def _json(file: Path) -> dict[str, Any]:
    if not file.exists():
        raise SpeechModelError(f"{file}: is missing, which every published model has")
    try:
        with open_regular(str(file)) as descriptor, open(descriptor, "rb", closefd=False) as opened:
            content = opened.read(MOST_BYTES + 1)
    except AudioError as error:
        raise SpeechModelError(str(error)) from error
    if len(content) > MOST_BYTES:
        raise SpeechModelError(f"{file}: must be of at most {MOST_BYTES:,} bytes")
    try:
        values = read_json(content)
    except DocumentError as error:
        raise SpeechModelError(f"{file}: cannot be read as JSON: {error}") from error
    if not isinstance(values, dict):
        raise SpeechModelError(f"{file}: must hold a table of keys and values")
    return values


def _numbers(values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a table and of lists and tables in it, each with its key."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _numbers(value)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, int | float):
                yield key, item


def _check_family(path: Path, config: Mapping[str, Any]) -> None:
    """Check the family, and the numbers that layers, frames and memory depend on."""
    file, family = path / CONFIG, config.get("model_type")
    if family not in FAMILIES:
        raise SpeechModelError(
            f"{file}: `model_type` must be one of {', '.join(FAMILIES)}, got {family!r}"
        )
    whisper = family == "whisper"
    for key in ("encoder_layers", "d_model") if whisper else ("num_hidden_layers", "hidden_size"):
        most = MOST_LAYERS if "layers" in key else 100_000
        if type(config.get(key)) is not int or not 1 <= config[key] <= most:
            raise SpeechModelError(
                f"{file}: `{key}` must be a whole number from 1 to {most}, got {config.get(key)!r}"
            )
    if whisper:
        return
    kernels, strides = config.get("conv_kernel"), config.get("conv_stride")
    for key, numbers in (("conv_kernel", kernels), ("conv_stride", strides)):
        good = isinstance(numbers, list) and 1 <= len(numbers) <= 20
        if not good or not all(type(n) is int and 1 <= n <= 1000 for n in numbers or ()):
            raise SpeechModelError(
                f"{file}: `{key}` must be 1 to 20 whole numbers from 1 to 1000, got {numbers!r}"
            )
    if len(kernels or ()) != len(strides or ()):
        raise SpeechModelError(f"{file}: `conv_kernel` and `conv_stride` must be of one length")


def _check_rate(path: Path, config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> None:
    file = path / PREPROCESSOR
    rate = preprocessor.get("sampling_rate", 16000)
    if type(rate) is not int or not 1000 <= rate <= 192_000:
        raise SpeechModelError(
            f"{file}: `sampling_rate` must be a whole number from 1000 to 192000, got {rate!r}"
        )
    chunk = preprocessor.get("chunk_length", 30)
    if config["model_type"] == "whisper" and not (
        type(chunk) in (int, float) and 1 <= chunk <= MOST_SECONDS_A_CHUNK
    ):
        raise SpeechModelError(
            f"{file}: `chunk_length` must be 1 to {MOST_SECONDS_A_CHUNK} seconds, got {chunk!r}"
        )


def _weights(path: Path) -> list[str]:
    """Return the names of the files of weights, the index of several first."""
    if (path / WEIGHTS).exists():
        return [WEIGHTS]
    if not (path / INDEX).exists():
        pickles = [name for name in PICKLES if (path / name).exists()]
        if pickles:
            raise SpeechModelError(
                f"{path / pickles[0]}: is a pickle, which may hold code and is not read: save the "
                f"model as {WEIGHTS} (`save_pretrained` does) where its source is trusted"
            )
        raise SpeechModelError(f"{path / WEIGHTS}: is missing, which holds the weights")
    shards = _json(path / INDEX).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise SpeechModelError(f"{path / INDEX}: `weight_map` must name a file for each weight")
    names = sorted({str(name) for name in shards.values()})
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise SpeechModelError(
                f"{path / INDEX}: `weight_map` must name .safetensors files in this folder, got "
                f"{name!r}"
            )
    return [INDEX, *names]


def _licence(path: Path) -> str:
    """Return the licence in the front matter of README.md; empty without one."""
    try:
        text = (path / "README.md").read_text(encoding="utf-8", errors="replace")[:MOST_BYTES]
    except OSError:
        return ""
    front = text.split("---", 2)[1] if text.startswith("---") and text.count("---") > 1 else ""
    declared = LICENCE.search(front)
    return declared[1].lower() if declared else ""
