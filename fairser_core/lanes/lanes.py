"""Computations over many lanes: the only file that vectorises over them.

Parameters, batches and draws of all lanes are trees (dictionaries and tuples of tensors) with a
leading lane axis. On an accelerator one vectorised step serves all lanes: such a step is bound by
the number of launches. On a CPU the convolutions are bound by arithmetic, and one lane at a time
in channels_last layout takes about half as long (benchmarks/lanes.py).
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap


def tree_map(function: Callable[..., Tensor], *trees: Any) -> Any:
    """Apply a function to the tensors at the same place of each tree.

    Args:
        function: takes a tensor of each tree and returns a tensor.
        trees: of the same form: tensors in dictionaries, tuples and named tuples.

    Returns:
        A tree of the same form.
    """
    first = trees[0]
    if isinstance(first, dict):
        return {name: tree_map(function, *(tree[name] for tree in trees)) for name in first}
    if isinstance(first, tuple):
        parts = [tree_map(function, *column) for column in zip(*trees, strict=True)]
        return tuple(parts) if type(first) is tuple else type(first)(*parts)
    return function(*trees)


def stack(replicas: Sequence[Any]) -> Any:
    """Make one tree with a leading lane axis from one tree per lane."""
    return tree_map(lambda *tensors: torch.stack(tensors), *replicas)


def take(tree: Any, lane: int) -> Any:
    """Return the tree of one lane, counted from 0."""
    return tree_map(lambda tensor: tensor[lane], tree)


def _channels_last(tree: Any) -> Any:
    """Lay images and filters out for fast convolutions on a CPU; the numbers stay."""
    return tree_map(
        lambda tensor: (
            tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor
        ),
        tree,
    )


def each_lane(
    function: Callable[..., Any], trees: Sequence[Any], active: Tensor, *, vectorise: bool
) -> Any:
    """Apply a function that is written for one lane to every active lane.

    Args:
        function: takes one lane's part of each tree and returns a tree.
        trees: trees with a leading lane axis.
        active: which lanes to compute (lane,), bool.
        vectorise: one vmap over all lanes, or one lane after the other.

    Returns:
        Results with a leading lane axis; zeros in lanes that are not active.
    """
    if vectorise:
        results = vmap(function, randomness="error")(*trees)

        def only_active(tensor: Tensor) -> Tensor:
            mask = active.to(tensor.device).view(-1, *[1] * (tensor.ndim - 1))
            return torch.where(mask, tensor, torch.zeros_like(tensor))

        return tree_map(only_active, results)

    rows = active.nonzero()[:, 0].tolist()
    parts = [function(*(_channels_last(take(tree, lane)) for tree in trees)) for lane in rows]

    def spread(*tensors: Tensor) -> Tensor:
        whole = tensors[0].new_zeros((len(active), *tensors[0].shape))
        whole[rows] = torch.stack(tensors)
        return whole

    return tree_map(spread, *parts)
