"""Windows gathered by index, and the order in which an epoch visits them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from fairser_core.datasets.activation import FloatArray, Split
from fairser_core.methods.activation_method import Batch


def _tensor(array: FloatArray, device: torch.device) -> Tensor:
    """A copy on `device`: arrays from a shared object store are read-only."""
    return torch.tensor(array, device=device)


@dataclass(frozen=True)
class Windows:
    """The windows of one split on a device, cut out of the frames when asked for.

    Attributes:
        frames: normalised features of all utterances (frame, coefficient).
        start: first frame of each window (window,).
        owner: row of each window's utterance (window,).
        target: activation of each window (window,).
        high: its level (window,).
        female: its speaker's gender (window,).
        length: frames in a window.
    """

    frames: Tensor
    start: Tensor
    owner: Tensor
    target: Tensor
    high: Tensor
    female: Tensor
    length: int

    @classmethod
    def of(cls, split: Split, frames: Tensor, length: int) -> "Windows":
        """The windows of `split`; `frames` is shared between splits."""
        device = frames.device
        owner = torch.tensor(split.owner, device=device)
        return cls(
            frames=frames,
            start=torch.tensor(split.start, device=device),
            owner=owner,
            target=_tensor(split.target, device)[owner],
            high=_tensor(split.high, device)[owner],
            female=_tensor(split.female, device)[owner],
            length=length,
        )

    def __len__(self) -> int:
        return len(self.start)

    def features(self, index: Tensor) -> Tensor:
        """Windows (..., 1, coefficient, frame) at `index` (...)."""
        steps = torch.arange(self.length, device=self.frames.device)
        return self.frames[self.start[index][..., None] + steps].transpose(-1, -2).unsqueeze(-3)

    def batch(self, index: Tensor) -> Batch:
        """The batch of the windows at `index` (lane, window)."""
        return Batch(self.features(index), self.target[index], self.high[index], self.female[index])

    def order(self, batch: int, generator: torch.Generator, stratified: bool = False) -> Tensor:
        """Window indices (step, window) of one epoch, shuffled by `generator`.

        Every step has the same number of windows; the few that are left over differ from epoch
        to epoch. `stratified` spreads each (gender, level) cell evenly over the steps.
        """
        shuffled = torch.randperm(len(self), generator=generator)
        if stratified:
            cell = (2 * self.high + self.female).long().cpu()[shuffled]
            member = torch.nn.functional.one_hot(cell, 4)
            rank = (member.cumsum(0) - 1).gather(1, cell[:, None])[:, 0]
            place = (rank + torch.rand(len(self), generator=generator)) / member.sum(0)[cell]
            shuffled = shuffled[place.argsort()]
        size = min(batch, len(self))
        steps = len(self) // size
        return shuffled[: steps * size].view(steps, size)
