"""Windows of features, gathered by index, and their order in an epoch."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.datasets.activation import FloatArray, Problem, Split
from fairser_core.methods.activation_method import Batch


def _tensor(array: FloatArray, device: torch.device) -> Tensor:
    """Copy an array to a device: arrays from a shared object store are read-only."""
    return torch.tensor(array, device=device)


@dataclass(frozen=True)
class Windows:
    """Windows of one split on a device, cut out of the frames on demand.

    Attributes:
        frames: normalised features of all utterances (frame, coefficient).
        start: first frame of each window (window,).
        owner: row of each window's utterance (window,).
        target: activation of each window in standard units (window,).
        truth: activation of each window on the labels' scale (window,).
        high: 1 where the activation is above the threshold (window,).
        group: number of the group (window,).
        groups: 1 in the column of the group, else 0 (window, group).
        length: length of a window in frames.
    """

    frames: Tensor
    start: Tensor
    owner: Tensor
    target: Tensor
    truth: NDArray[np.float64]
    high: Tensor
    group: NDArray[np.int64]
    groups: Tensor
    length: int

    @classmethod
    def of(cls, split: Split, frames: Tensor, problem: Problem) -> "Windows":
        """Make the windows of a split; `frames` is shared between splits."""
        device = frames.device
        owner = torch.tensor(split.owner, device=device)
        target = problem.standardise(split.target).astype(np.float32)
        member = np.eye(len(problem.groups), dtype=np.float32)[split.group]
        return cls(
            frames=frames,
            start=torch.tensor(split.start, device=device),
            owner=owner,
            target=_tensor(target, device)[owner],
            truth=split.target[split.owner],
            high=_tensor(split.high, device)[owner],
            group=split.group[split.owner],
            groups=_tensor(member, device)[owner],
            length=problem.frames,
        )

    def __len__(self) -> int:
        return len(self.start)

    def features(self, index: Tensor) -> Tensor:
        """Return the windows (..., 1, coefficient, frame) at `index` (...)."""
        steps = torch.arange(self.length, device=self.frames.device)
        return self.frames[self.start[index][..., None] + steps].transpose(-1, -2).unsqueeze(-3)

    def batch(self, index: Tensor) -> Batch:
        """Return the batch of the windows at `index` (lane, window)."""
        return Batch(self.features(index), self.target[index], self.high[index], self.groups[index])

    def order(self, batch: int, generator: torch.Generator, stratified: bool = False) -> Tensor:
        """Draw window indices (step, window) of one epoch.

        Every step has the same number of windows; the few that are left over differ from epoch
        to epoch.

        Args:
            batch: number of windows of a step, or all windows if they are fewer.
            generator: source of the order.
            stratified: whether each (group, level) cell is spread evenly over the steps.
        """
        shuffled = torch.randperm(len(self), generator=generator)
        if stratified:
            count = self.groups.shape[1]
            number = torch.from_numpy(count - 1 - self.group)
            cell = (count * self.high.long().cpu() + number)[shuffled]
            member = torch.nn.functional.one_hot(cell, 2 * count)
            rank = (member.cumsum(0) - 1).gather(1, cell[:, None])[:, 0]
            position = (rank + torch.rand(len(self), generator=generator)) / member.sum(0)[cell]
            shuffled = shuffled[position.argsort()]
        size = min(batch, len(self))
        steps = len(self) // size
        return shuffled[: steps * size].view(steps, size)
