"""Files of tensors that torch wrote: read so that no content can harm the reader."""

import io
import zipfile
from typing import Any

import torch
from torch import Tensor

MOST_ALIKE = 4  # values for each byte of a file, where tensors share their storage


class TensorError(ValueError):
    """Error of a file of tensors that cannot be read; names the rule."""


def read_tensors(content: bytes, device: torch.device | str = "cpu") -> Any:
    """Return the tensors and plain values that `torch.save` wrote. Nothing in them is executed.

    Args:
        content: content of the file, which takes no more memory than it has bytes.
        device: device of the tensors.

    Raises:
        TensorError: the file is packed, or its tensors have more values than it has bytes.
        Exception: whatever a forged file makes torch raise.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            if part.compress_type != zipfile.ZIP_STORED or part.file_size > len(content):
                raise TensorError(f"its part {part.filename!r:.60} must not be compressed")
    value = torch.load(io.BytesIO(content), weights_only=True, map_location=device)
    values = sum(tensor.numel() for tensor in _tensors(value))
    if values > MOST_ALIKE * len(content):
        raise TensorError(
            f"its tensors have {values:,} values, the file has {len(content):,} bytes"
        )
    return value


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    held = parts if isinstance(value, dict | list | tuple) else ()
    return [tensor for part in held for tensor in _tensors(part)]


def check_networks(networks: Any, seeds: int) -> None:
    """Check that a value is tables of parameters by network, with a leading axis of lanes.

    Args:
        networks: value to check.
        seeds: number of seeds, each of which has as many lanes.

    Raises:
        TensorError: a part is no dense tensor of finite type, or lacks lanes; names it.
    """
    if not (isinstance(networks, dict) and all(isinstance(n, dict) for n in networks.values())):
        raise TensorError("it must hold tables of parameters by network")
    for network, parameters in networks.items():
        for name, tensor in parameters.items():
            if not (
                isinstance(tensor, Tensor)
                and tensor.layout is torch.strided
                and tensor.device.type != "meta"
                and tensor.is_floating_point()
            ):
                raise TensorError(f"`{network}.{name}` must be a dense tensor of numbers")
            lanes = len(tensor) if tensor.dim() else 0
            if not lanes or lanes % seeds:
                raise TensorError(
                    f"`{network}.{name}` must have as many lanes for each of {seeds} seeds, has "
                    f"shape {tuple(tensor.shape)}"
                )
