"""Training of all lanes of one trial: a generator that yields one epoch at a time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from fairser_core.courses.choice import course
from fairser_core.datasets.data import Data
from fairser_core.methods.method import Method
from fairser_core.metrics.lane_summary import LaneValues
from fairser_core.training.state import State
from fairser_core.training.trainer import Trainer


@dataclass(frozen=True)
class Epoch:
    """Results of one epoch.

    Attributes:
        number: number of the epoch, counted from 1.
        metrics: validation metrics (seed,); NaN for seeds of which a lane diverged.
        terms: mean loss terms (seed,) over the epoch's steps and the lanes that train; NaN where
            none does.
        ended: reason why each seed has ended (seed,); empty while it trains.
        last: whether no further epoch follows.
        seconds: duration of the epoch in s.
        state: live state, whole until the next epoch is requested.
    """

    number: int
    metrics: LaneValues
    terms: LaneValues
    ended: list[str]
    last: bool
    seconds: float
    state: State


def fit(
    method: Method[Any, Any],
    data: Data,
    seeds: Sequence[int],
    *,
    epochs: int,
    state: State | None = None,
    device: torch.device | str = "cpu",
    vectorise: bool | None = None,
) -> Iterator[Epoch]:
    """Train all lanes of each seed and yield each epoch.

    Seed i's part of an epoch equals a run of `fit` with that seed alone. A lane that stops early
    leaves the others as they are; one that diverges ends its own seed only.

    Args:
        method: method to train.
        data: arrays of the task.
        seeds: seeds, each of which trains a lane for each part of the task's course.
        epochs: largest number of epochs.
        state: state to go on from; fresh by default.
        device: device to train on.
        vectorise: one step for all lanes; by default where this is faster (see the task's course).

    Raises:
        ValueError: `state` belongs to other seeds.
        TypeError: the method is one for another task.
    """
    device = torch.device(device)
    trainer = Trainer(
        method, course(method, data, device, vectorise=vectorise), seeds, state, device
    )
    while trainer.state.epoch < epochs and trainer.active().any():
        start = time.perf_counter()
        metrics, terms = trainer.epoch()
        yield Epoch(
            number=trainer.state.epoch,
            metrics=metrics,
            terms=terms,
            ended=trainer.ended(),
            last=trainer.state.epoch >= epochs or not trainer.active().any(),
            seconds=time.perf_counter() - start,
            state=trainer.state,
        )
