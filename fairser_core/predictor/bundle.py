"""A bundle: a trained model as a folder of two files that say all one needs to predict with it.

`bundle.json` describes, `model.safetensors` holds the parameters. Neither can hold code, and what
is read is checked against what the description promises. Nothing outside the folder is touched.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from fairser_core.features.mfcc import MfccSettings
from fairser_core.methods import ACTIVATION_METHODS, EMOTION_METHODS
from fairser_core.methods.method import Method, Networks
from fairser_core.predictor.fields import BundleError, only, parse, read, refuse, table
from fairser_core.predictor.specification import ActivationTask, EmotionTask, Shapes

FORMAT = 1
DESCRIPTION, MODEL = "bundle.json", "model.safetensors"
MOST_BYTES = 10_000_000  # of the description
TASKS: dict[str, type[ActivationTask] | type[EmotionTask]] = {
    "activation": ActivationTask,
    "emotion": EmotionTask,
}
METHODS: dict[str, dict[str, Any]] = {
    "activation": ACTIVATION_METHODS,
    "emotion": EMOTION_METHODS,
}


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What is handed over.

    Attributes:
        method: that trained it, with its settings; it knows its networks.
        task: what the model must know of its task.
        features: how audio becomes features; None where the corpus brought features of its own.
        networks: parameters, `predictor` and what it builds on; of the emotion task with a leading
            detector axis.
        metrics: what was measured on validation utterances, for people.
        provenance: where it comes from, for people.
    """

    method: Method[Any, Any]
    task: ActivationTask | EmotionTask
    features: MfccSettings | None
    networks: Networks
    metrics: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def task_name(self) -> str:
        """A key of `TASKS`."""
        return next(name for name, kind in TASKS.items() if isinstance(self.task, kind))

    @property
    def method_name(self) -> str:
        """A key of the task's `METHODS`."""
        methods = METHODS[self.task_name]
        return next(name for name, kind in methods.items() if type(self.method) is kind)

    def files(self) -> dict[str, bytes]:
        """The bundle's files by name; `read_bundle` reads them."""
        tensors = {
            f"{network}/{name}": tensor.detach().cpu().contiguous()
            for network, parameters in self.networks.items()
            for name, tensor in parameters.items()
        }
        model = safetensors.torch.save(tensors)
        description = {
            "format": FORMAT,
            "task": self.task_name,
            "method": self.method_name,
            "settings": dataclasses.asdict(self.method),
            "features": dataclasses.asdict(self.features) if self.features else None,
            self.task_name: dataclasses.asdict(self.task),
            "model": hashlib.sha256(model).hexdigest(),
            "metrics": self.metrics,
            "provenance": self.provenance,
        }
        text = json.dumps(description, indent=2, allow_nan=False, ensure_ascii=False)
        return {MODEL: model, DESCRIPTION: f"{text}\n".encode()}


def read_bundle(folder: Path) -> Bundle:
    """The bundle in a folder.

    Raises:
        BundleError: a file is missing or not what a bundle holds, or the two do not belong
            together; the message names file, key, value and rule.
    """
    place = str(folder / DESCRIPTION)
    found = parse(_content(folder, DESCRIPTION, MOST_BYTES), place)
    if type(found.get("format")) is not int or found["format"] != FORMAT:
        rule = f"{FORMAT}, which this version of fairser reads"
        raise refuse(place, "format", rule, found.get("format"))
    name = _one_of(TASKS, found.get("task"), place, "task")
    keys = ("format", "task", "method", "settings", "features", name)
    only(found, (*keys, "model", "metrics", "provenance"), place, "")
    kind = METHODS[name][_one_of(METHODS[name], found["method"], place, "method")]
    method = read(kind, found["settings"], place, "settings")
    features: MfccSettings | None = None
    if found["features"] is not None:
        features = read(MfccSettings, found["features"], place, "features")
    task = read(TASKS[name], found[name], place, name)
    if features and features.coefficients != task.coefficients:
        rule = f"{task.coefficients}, as many as [{name}] is of"
        raise refuse(place, "features.coefficients", rule, features.coefficients)
    try:
        shapes = task.shapes(method)
    except (ValueError, RuntimeError, OverflowError) as error:
        raise BundleError(f"{place}: no network has these [settings]: {error}") from error
    return Bundle(
        method=method,
        task=task,
        features=features,
        networks=_networks(folder, found["model"], shapes),
        metrics=table(found["metrics"], place, "metrics"),
        provenance=table(found["provenance"], place, "provenance"),
    )


def _one_of(choices: dict[str, Any], value: object, place: str, key: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise refuse(place, key, f"one of {', '.join(choices)}", value)
    return value


def _content(folder: Path, name: str, most: int | None = None) -> bytes:
    path = folder / name
    if not path.is_file():
        raise BundleError(f"{folder} is no bundle: there is no file {name} in it")
    try:
        size = path.stat().st_size
        if most is not None and size > most:
            raise BundleError(f"{path} must be of at most {most:,} bytes, is of {size:,}")
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error


def _networks(folder: Path, digest: object, shapes: Shapes) -> Networks:
    """Parameters of each network, as the description promises them."""
    place, content = str(folder / MODEL), _content(folder, MODEL)
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise BundleError(
            f"{place} is not the model that {DESCRIPTION} describes: its SHA-256 is {found}, "
            f"`model` there is {str(digest)[:80]}"
        )
    try:
        tensors = safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{place} is no file of safetensors: {error}") from error
    only(tensors, shapes, place, "")
    networks: Networks = {}
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tuple(tensor.shape) != shape:
            raise refuse(place, name, f"of shape {shape}", tuple(tensor.shape))
        if tensor.dtype != torch.float32:
            raise refuse(place, name, "of torch.float32", tensor.dtype)
        if not torch.isfinite(tensor).all():
            raise BundleError(f"{place}: `{name}` must be finite, it has values that are not")
        network, _, parameter = name.partition("/")
        networks.setdefault(network, {})[parameter] = tensor
    return networks
