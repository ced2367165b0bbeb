"""The state of a training run, as a snapshot holds it."""

import io
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from fairser_core.files.tensors import read_tensors
from fairser_core.methods.method import Networks


@dataclass
class State:
    """State from which `fit` resumes training bit for bit.

    Attributes:
        seeds: seeds, each with as many lanes as the task's course has parts.
        epoch: number of epochs done.
        networks: current parameters with a leading lane axis.
        optimisers: state of each network's Adam.
        streams: state of each lane's generators.
        kept: parameters that each lane would return now: those of its best epoch with early
            stopping, else of the last.
        predictions: predictions of the kept parameters (lane, row), in double precision; NaN in a
            lane that has none, None before the first epoch.
        stale: epochs since each lane's best (lane,).
        ended: reason why a lane has ended (lane,); empty while it trains.
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
        """Write the state as a file, which `from_bytes` reads without unpickling objects."""
        buffer = io.BytesIO()
        torch.save({name: getattr(self, name) for name in self.__dataclass_fields__}, buffer)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, device: torch.device | str = "cpu") -> "State":
        """Read a file of `to_bytes`; only tensors and plain values are accepted."""
        return cls(**read_tensors(content, device))
