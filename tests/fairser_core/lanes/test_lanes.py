from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from fairser_core.lanes.lanes import each_lane, stack, take, tree_map
from fairser_core.lanes.random_streams import STREAMS, generators


class Pair(NamedTuple):
    left: Tensor
    right: Tensor


def tree(value: float) -> dict:
    ones = torch.ones(3)
    return {"pair": Pair(value * ones, -value * ones), "plain": (ones,), "nothing": ()}


def test_a_tree_keeps_its_form() -> None:
    doubled = tree_map(lambda one, other: one + other, tree(1.0), tree(1.0))
    assert isinstance(doubled["pair"], Pair)
    assert doubled["pair"].right.tolist() == [-2.0] * 3
    assert type(doubled["plain"]) is tuple
    assert doubled["plain"][0].tolist() == [2.0] * 3
    assert doubled["nothing"] == ()


def test_a_lane_taken_from_a_stack_is_the_replica_that_was_stacked() -> None:
    stacked = stack([tree(1.0), tree(2.0)])
    assert stacked["pair"].left.shape == (2, 3)
    assert take(stacked, 1)["pair"].left.tolist() == [2.0] * 3


@pytest.mark.parametrize("vectorise", [True, False])
def test_each_active_lane_is_computed_alone_and_the_others_are_zero(vectorise: bool) -> None:
    values = torch.arange(24.0).view(4, 6) + 1
    active = torch.tensor([True, False, True, True])
    result = each_lane(
        lambda parameters, rows: {"sum": (parameters["w"] * rows).sum()},
        [{"w": values}, values],
        active,
        vectorise=vectorise,
    )
    assert result["sum"].tolist() == (values.square().sum(dim=1) * active).tolist()


def test_no_two_uses_of_randomness_or_lanes_share_a_stream() -> None:
    lanes = [generators(seed, part) for seed in (0, 1) for part in ((), (0, 1), (1, 0))]
    firsts = [torch.rand(1, generator=lane[name]).item() for lane in lanes for name in STREAMS]
    assert len(set(firsts)) == len(firsts)
    again = generators(1, (0, 1))
    torch.rand(100, generator=again["shuffle"])  # disturbs no other
    (alone,) = torch.rand(1, generator=again["debias"]).tolist()
    assert alone in firsts
