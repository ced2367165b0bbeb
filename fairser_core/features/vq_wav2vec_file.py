"""File of a pretrained vq-wav2vec as fairseq publishes it, which may come from anywhere.

The loader of fairseq evaluates text of the file as Python, so the file could run code. Here tensors
are read with `weights_only`, and settings are checked one by one.
"""

import argparse
import io
import pickle
import re
from typing import Any

import torch
from torch import Tensor

LAYER_SETTINGS = ("conv_feature_layers", "conv_aggregator_layers")
SETTINGS = {
    **dict.fromkeys((*LAYER_SETTINGS, "activation", "aggregator", "vq_type"), str),
    **dict.fromkeys(("gru_dim", "vq_vars", "vq_groups", "vq_dim", "vq_depth"), int),
    **dict.fromkeys(("skip_connections_feat", "skip_connections_agg", "log_compression"), bool),
    **dict.fromkeys(("combine_groups", "no_conv_bias", "agg_zero_pad"), bool),
    "non_affine_group_norm": bool,
    "residual_scale": float,
}
"""Settings of the network that z, q and c depend on, and their types."""

LAYER = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)")
MOST = 4096
"""Largest number of a setting: a hostile file must not use up the memory."""


class Meter:
    """Stand-in for the meters of training that fairseq of 2019 saved beside the model."""


METERS = [
    (Meter, f"fairseq.meters.{name}") for name in ("AverageMeter", "TimeMeter", "StopwatchMeter")
]


def read_pretrained(content: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the settings of the network's architecture, and its weights.

    Args:
        content: content of the file.

    Raises:
        Exception: of any kind if the file is damaged or of another kind.
    """
    try:
        with torch.serialization.safe_globals([argparse.Namespace, *METERS]):
            saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:  # its text advises to load the file all the same
        strange = re.search(r"GLOBAL (\S+)", str(error))
        reason = f"holds {strange[1]}, which might run code" if strange else "cannot be read"
        raise ValueError(f"it {reason}") from error
    return architecture(vars(saved["args"])), saved["model"]


def architecture(given: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of the network's architecture among all settings of its training.

    Raises:
        ValueError: a setting is of another type, or too large, or there is no quantiser.
    """
    settings = {name: given[name] for name in SETTINGS if name in given}
    for name, value in settings.items():
        kind = type(value)
        if kind is not SETTINGS[name] or (kind is int and not 0 <= value <= MOST):
            raise ValueError(f"`{name}` cannot be {value!r}")
        if name in LAYER_SETTINGS:
            settings[name] = repr(conv_layers(value))  # which fairseq evaluates
    if settings.get("vq_type") not in ("gumbel", "kmeans"):
        raise ValueError(f"`vq_type` must be gumbel or kmeans, got {settings.get('vq_type')!r}")
    return settings


def conv_layers(text: str) -> list[tuple[int, int, int]]:
    """Parse channels, kernel and stride of each layer, without executing any of the text.

    Args:
        text: layers like `[(512, 8, 4)] + [(512, 4, 2)] * 3`.

    Raises:
        ValueError: the text has another form, or a number is 0 or too large.
    """
    layers = []
    for term in text.split("+"):
        match = re.fullmatch(r"\s*\[(.*)\]\s*(?:\*\s*(\d{1,2}))?\s*", term)
        if not match or not re.fullmatch(r"[\s,]*", LAYER.sub("", match[1])):
            raise ValueError(f"layers must be [(channels, kernel, stride), ...], got {text!r}")
        layers += LAYER.findall(match[1]) * int(match[2] or 1)
    numbers = [(int(channels), int(kernel), int(stride)) for channels, kernel, stride in layers]
    if not numbers or not all(1 <= number <= MOST for layer in numbers for number in layer):
        raise ValueError(f"numbers of layers must be 1 to {MOST}, got {text!r}")
    return numbers


def receptive_field(layers: list[tuple[int, int, int]]) -> int:
    """Return the number of samples that a frame depends on."""
    samples = 1
    for _, kernel, stride in reversed(layers):
        samples = (samples - 1) * stride + kernel
    return samples
