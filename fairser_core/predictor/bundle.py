"""A bundle: a trained model as a folder of two files with all that predicting needs.

`bundle.json` describes the model, `model.safetensors` holds its parameters. Neither can hold code,
and the parameters are checked against the description. Nothing outside the folder is read.
"""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from fairser_core.datasets.activation import DIMENSIONS
from fairser_core.features import mfcc, vectors
from fairser_core.features.mfcc import MfccSettings
from fairser_core.methods import METHODS, methods_of
from fairser_core.methods.method import Method, Networks
from fairser_core.methods.settings import earlier
from fairser_core.predictor.fields import BundleError, only, parse, read, refuse, table
from fairser_core.predictor.pretrained import PretrainedModel
from fairser_core.predictor.specification import Shapes, Specification

FORMATS = (1, 2, 3, 4, 5)
"""Formats that are read; the last is written. The first has no `quantise` and no `label_unit`, the
first two have no `normalisation` of vectors. Of activation the first three have neither vectors of
speech models nor other targets or groups than women and men, the first four no names and weights of
targets."""
EARLIER: dict[str, dict[str, Any]] = {
    "emotion": {**vectors.EARLIER, "mean": None, "deviation": None}
}
"""Values of a task that the first two formats lack."""
SINCE_4: dict[str, dict[str, dict[str, Any]]] = {
    "activation": {
        "settings": {"layer": 0, "pooling": "mean"},
        "task": {"targets": ["activation"]},
        "problem": {"layers": 0, "further": [], "groups": ["female", "male"]},
    }
}
"""Values of a method, a task and its problem that the first three formats lack."""
SINCE_5 = {"activation": {f"{name}_weight": 1.0 for name in DIMENSIONS}}
"""Settings of a method that the first four formats lack, by task."""
DESCRIPTION, MODEL = "bundle.json", "model.safetensors"
MOST_BYTES = 10_000_000  # of the description
MOST_MODEL_BYTES = 2_000_000_000


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A trained model with all that predicting needs.

    Attributes:
        method: method that trained the model, with its settings; it defines the networks.
        task: facts of the task that the model depends on.
        features: settings of the features, or the speech model that makes them; None where the
            corpus had features in place of audio.
        networks: parameters of the network `predictor` and of those it builds on; see
            `Specification.networks_of_seed`.
        metrics: metrics on validation utterances, for people.
        provenance: origin of the model, for people.
    """

    method: Method[Any, Any]
    task: Specification
    features: MfccSettings | PretrainedModel | None
    networks: Networks
    metrics: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def task_name(self) -> str:
        """Name of the task."""
        return self.task.name

    @property
    def method_name(self) -> str:
        """Name of the method."""
        return next(name for name, kind in METHODS.items() if type(self.method) is kind)

    def files(self) -> dict[str, bytes]:
        """Write the bundle as files by name, which `read_bundle` reads."""
        tensors = {
            f"{network}/{name}": tensor.detach().cpu().contiguous()
            for network, parameters in self.networks.items()
            for name, tensor in parameters.items()
        }
        model = safetensors.torch.save(tensors)
        description = {
            "format": FORMATS[-1],
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


def read_bundle(folder: Path, specifications: Mapping[str, type[Specification]]) -> Bundle:
    """Read the bundle in a folder.

    Args:
        folder: folder of the bundle.
        specifications: class of what a bundle holds of its task, by task.

    Raises:
        BundleError: a file is missing or not one of a bundle, or the two do not belong together;
            the message names file, key, value and rule.
    """
    file = str(folder / DESCRIPTION)
    values = parse(_content(folder, DESCRIPTION, MOST_BYTES), file)
    _check_format(values, file)
    name = _one_of(specifications, values.get("task"), file, "task")
    keys = ("format", "task", "method", "settings", "features", name)
    only(values, (*keys, "model", "metrics", "provenance"), file, "")
    kind = METHODS[_one_of(methods_of(name), values["method"], file, "method")]
    _complete(values, kind, name)
    method = read(kind, values["settings"], file, "settings")
    features: MfccSettings | PretrainedModel | None = None
    if values["features"] is not None:
        features = _features(values["features"], file)
    task = read(specifications[name], values[name], file, name)
    if features and isinstance(features, PretrainedModel) != bool(task.layers):
        rule = f"{'a pretrained model' if task.layers else 'settings of MFCCs'} for this model"
        raise refuse(file, "features", rule, values["features"])
    if features and features.coefficients != task.coefficients:
        rule = f"{task.coefficients}, as many as [{name}] is of"
        raise refuse(file, "features.coefficients", rule, features.coefficients)
    try:
        shapes = task.shapes(method)
    except (ValueError, RuntimeError, OverflowError) as error:
        raise BundleError(f"{file}: no network has these [settings]: {error}") from error
    return Bundle(
        method=method,
        task=task,
        features=features,
        networks=_networks(folder, values["model"], shapes),
        metrics=table(values["metrics"], file, "metrics"),
        provenance=table(values["provenance"], file, "provenance"),
    )


def _features(values: Any, file: str) -> MfccSettings | PretrainedModel:
    """Read settings of the features, or the name of the speech model that makes them."""
    if isinstance(values, dict) and "pretrained" in values:
        return read(PretrainedModel, values, file, "features")
    return read(MfccSettings, values, file, "features")


def _check_format(values: Mapping[str, Any], file: str) -> None:
    if type(values.get("format")) is not int or values["format"] not in FORMATS:
        rule = f"from {FORMATS[0]} to {FORMATS[-1]}, which this version of fairser reads"
        raise refuse(file, "format", rule, values.get("format"))


def _complete(values: dict[str, Any], kind: type[Method[Any, Any]], task: str) -> None:
    """Add the settings that earlier formats lack, with the values that they had then."""
    number = values["format"]
    if number < 4 and task in SINCE_4:
        before = SINCE_4[task]
        _add(values, "settings", before["settings"])
        _add(values, task, before["task"])
        if isinstance(values[task], dict):
            _add(values[task], "problem", before["problem"])
    if number < 5 and task in SINCE_5:
        _add(values, "settings", SINCE_5[task])
        _name_targets(values[task])
    if number < 3:
        _add(values, task, EARLIER.get(task, {}))
    if number < 2:
        _add(values, "settings", earlier(kind, ()))
        _add(values, "features", mfcc.EARLIER)


def _name_targets(task: Any) -> None:
    """Name the problem of each target; a missing or wrong value is named later."""
    with contextlib.suppress(TypeError, KeyError, AttributeError):
        problems = [task["problem"], *task["problem"]["further"]]
        for problem, name in zip(problems, task["targets"], strict=False):
            problem.setdefault("target", name)


def _add(values: dict[str, Any], key: str, before: Mapping[str, Any]) -> None:
    """Add values to a table where there is one; a missing or wrong one is named later."""
    if isinstance(values.get(key), dict):
        values[key] = {**before, **values[key]}


def _one_of(choices: Mapping[str, Any], value: object, file: str, key: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise refuse(file, key, f"one of {', '.join(choices)}", value)
    return value


def _content(folder: Path, name: str, most: int) -> bytes:
    path = folder / name
    if not path.is_file():
        raise BundleError(f"{folder} is no bundle: there is no file {name} in it")
    try:
        size = path.stat().st_size
        if size > most:
            raise BundleError(f"{path} must be of at most {most:,} bytes, is of {size:,}")
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error


def _networks(folder: Path, digest: object, shapes: Shapes) -> Networks:
    """Read the parameters of each network, whose shapes the description determines."""
    file, content = str(folder / MODEL), _content(folder, MODEL, MOST_MODEL_BYTES)
    actual = hashlib.sha256(content).hexdigest()
    if actual != digest:
        raise BundleError(
            f"{file} is not the model that {DESCRIPTION} describes: its SHA-256 is {actual}, "
            f"`model` there is {str(digest)[:80]}"
        )
    try:
        tensors = safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{file} is no file of safetensors: {error}") from error
    only(tensors, shapes, file, "")
    networks: Networks = {}
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tuple(tensor.shape) != shape:
            raise refuse(file, name, f"of shape {shape}", tuple(tensor.shape))
        if tensor.dtype != torch.float32:
            raise refuse(file, name, "of torch.float32", tensor.dtype)
        if not torch.isfinite(tensor).all():
            raise BundleError(f"{file}: `{name}` must be finite, it has values that are not")
        network, _, parameter = name.partition("/")
        networks.setdefault(network, {})[parameter] = tensor
    return networks
