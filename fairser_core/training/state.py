"""The state of a training run: what a checkpoint holds."""

import io
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from fairser_core.methods.method import Networks


@dataclass
class State:
    """Everything that training goes on from; what `fit` resumes bit for bit.

    Attributes:
        seeds: each has as many lanes as the task's course has parts.
        epoch: epochs done.
        networks: current parameters with a leading lane axis.
        optimisers: state of each network's Adam.
        streams: state of each lane's generators.
        kept: parameters each lane would hand over now: its best epoch's with early stopping,
            else the last.
        predictions: of the kept parameters (lane, row), in double precision; NaN in a lane that has
            none, None before the first epoch.
        stale: epochs since each lane's best (lane,).
        ended: why a lane trains no more: empty while it does.
    """

    seeds: list[int]
    networks: Networks
    streams: list[dict[str, Tensor]]
    optimisers: dict[str, Any] = field(default_factory=dict)
    epoch: int = 0
    kept: Networks = field(default_factory=dict)
    predictions: Tensor | None = None
    stale: list[int] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """The state as a file; `from_bytes` reads it without unpickling objects."""
        buffer = io.BytesIO()
        torch.save({name: getattr(self, name) for name in self.__dataclass_fields__}, buffer)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, device: torch.device | str = "cpu") -> "State":
        """Read what `to_bytes` wrote; only tensors and plain values are accepted."""
        return cls(**torch.load(io.BytesIO(content), weights_only=True, map_location=device))
