"""Windows of features, or vectors, gathered by index, and their order in an epoch."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.datasets.activation import FloatArray, Problem, Split
from fairser_core.methods.activation_method import Batch


def to_tensor(array: FloatArray, device: torch.device) -> Tensor:
    """Copy an array to a device: arrays from a shared object store are read-only."""
    return torch.tensor(array, device=device)


def shared_tensor(array: FloatArray, device: torch.device) -> Tensor:
    """Return an array as a tensor that nobody writes to, on a CPU without a copy.

    The workers of a node have one copy of an array from a shared object store.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(array).to(device)


def standard_targets(split: Split, problem: Problem) -> NDArray[np.float64]:
    """Return targets in standard units (utterance,); of several (utterance, target)."""
    if not problem.further:
        return problem.standardise(split.target)
    columns = zip(problem.targets, split.target.T, strict=True)
    return np.stack([of_target.standardise(column) for of_target, column in columns], axis=-1)


@dataclass(frozen=True)
class Windows:
    """Windows of one split on a device, cut out of the frames on demand, or its vectors.

    Attributes:
        frames: normalised features of all utterances (frame, coefficient); or their vectors as they
            are stored (row, [layer,] feature).
        start: first frame of each window, or row of each vector (window,).
        owner: row of each window's utterance (window,).
        target: activation of each window in standard units (window,); of several targets
            (window, target).
        truth: the same on the labels' scale.
        high: 1 where the target is above its threshold, in the shape of `target`.
        group: number of the group (window,).
        groups: 1 in the column of the group, else 0 (window, group).
        length: length of a window in frames.
        statistics: mean and deviation that vectors are normalised with ([layer,] feature); None for
            windows.
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
    statistics: tuple[Tensor, Tensor] | None = None

    @classmethod
    def of(
        cls,
        split: Split,
        frames: Tensor,
        problem: Problem,
        statistics: tuple[Tensor, Tensor] | None = None,
    ) -> "Windows":
        """Make the windows of a split; `frames` and `statistics` are shared between splits."""
        device = frames.device
        owner = torch.tensor(split.owner, device=device)
        target = standard_targets(split, problem).astype(np.float32)
        member = np.eye(len(problem.groups), dtype=np.float32)[split.group]
        return cls(
            frames=frames,
            start=torch.tensor(split.start, device=device),
            owner=owner,
            target=to_tensor(target, device)[owner],
            truth=split.target[split.owner],
            high=to_tensor(split.high, device)[owner],
            group=split.group[split.owner],
            groups=to_tensor(member, device)[owner],
            length=problem.frames,
            statistics=statistics,
        )

    def __len__(self) -> int:
        return len(self.start)

    def features(self, index: Tensor) -> Tensor:
        """Return the windows (..., 1, coefficient, frame) at `index` (...), or the vectors."""
        if self.statistics:
            mean, deviation = self.statistics
            return (self.frames[self.start[index]].float() - mean) / deviation
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
            stratified: whether each cell of group and level, of all targets, is spread evenly
                over the steps.
        """
        shuffled = torch.randperm(len(self), generator=generator)
        if stratified:
            levels = self.high.reshape(len(self), -1).cpu()
            count = self.groups.shape[1]
            powers = count * 2.0 ** torch.arange(levels.shape[1])
            number = torch.from_numpy(count - 1 - self.group)
            cell = ((levels * powers).sum(dim=1).long() + number)[shuffled]
            member = torch.nn.functional.one_hot(cell, count << levels.shape[1])
            rank = (member.cumsum(0) - 1).gather(1, cell[:, None])[:, 0]
            position = (rank + torch.rand(len(self), generator=generator)) / member.sum(0)[cell]
            shuffled = shuffled[position.argsort()]
        size = min(batch, len(self))
        steps = len(self) // size
        return shuffled[: steps * size].view(steps, size)
