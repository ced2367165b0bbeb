"""Reading a vq-wav2vec checkpoint as fairseq publishes it, which may come from anywhere.

fairseq's own loader evaluates text of the checkpoint as Python, so that it could run code. Here
tensors are read with `weights_only`, and settings are checked one by one.
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
"""Settings of the checkpoint that z, q and c depend on, and their types."""

LAYER = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)")
MOST = 4096
"""Largest number of a setting: a hostile checkpoint must not ask for all of the memory."""


class Meter:
    """Stands for what fairseq of 2019 measured its training with, and saved beside the model."""


METERS = [
    (Meter, f"fairseq.meters.{name}") for name in ("AverageMeter", "TimeMeter", "StopwatchMeter")
]


def read_checkpoint(content: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The settings of the network's architecture, and its weights.

    Raises:
        Exception: of any kind if the checkpoint is not a sound one.
    """
    try:
        with torch.serialization.safe_globals([argparse.Namespace, *METERS]):
            found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:  # whose text advises to load it all the same
        strange = re.search(r"GLOBAL (\S+)", str(error))
        why = f"holds {strange[1]}, which might run code" if strange else "cannot be read"
        raise ValueError(f"it {why}") from error
    return architecture(vars(found["args"])), found["model"]


def architecture(given: dict[str, Any]) -> dict[str, Any]:
    """Settings of the network's architecture, among all that a checkpoint was trained with.

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
    """Channels, kernel and stride of each layer, from `[(512, 8, 4)] + [(512, 4, 2)] * 3`, say.

    Nothing of the text is executed.

    Raises:
        ValueError: the text is another, or a number is 0 or too large.
    """
    layers = []
    for term in text.split("+"):
        found = re.fullmatch(r"\s*\[(.*)\]\s*(?:\*\s*(\d{1,2}))?\s*", term)
        if not found or not re.fullmatch(r"[\s,]*", LAYER.sub("", found[1])):
            raise ValueError(f"layers must be [(channels, kernel, stride), ...], got {text!r}")
        layers += LAYER.findall(found[1]) * int(found[2] or 1)
    numbers = [(int(channels), int(kernel), int(stride)) for channels, kernel, stride in layers]
    if not numbers or not all(1 <= number <= MOST for layer in numbers for number in layer):
        raise ValueError(f"numbers of layers must be 1 to {MOST}, got {text!r}")
    return numbers


def receptive_field(layers: list[tuple[int, int, int]]) -> int:
    """How many samples a frame is made of."""
    samples = 1
    for _, kernel, stride in reversed(layers):
        samples = (samples - 1) * stride + kernel
    return samples
