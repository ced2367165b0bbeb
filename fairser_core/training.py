"""Training of all lanes of one trial: a generator that yields one epoch at a time."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fairser_core import lanes
from fairser_core.batches import Windows
from fairser_core.evaluation import LaneValues, measure, predict
from fairser_core.methods.method import Method
from fairser_core.state import State
from fairser_core.tasks.activation import Activation


@dataclass(frozen=True)
class Epoch:
    """What one epoch showed.

    Attributes:
        number: counted from 1.
        metrics: validation metrics (lane,); NaN in lanes that diverged.
        terms: mean loss terms (lane,) of the epoch's steps.
        ended: why each lane trains no more; empty while it does.
        last: no further epoch follows.
        seconds: time the epoch took.
        state: live state, whole until the next epoch is asked for.
    """

    number: int
    metrics: LaneValues
    terms: LaneValues
    ended: list[str]
    last: bool
    seconds: float
    state: State


def diverged(reason: str) -> bool:
    """Whether a lane ended because its numbers did."""
    return reason.startswith("diverged")


class _Trainer:
    """The moving parts behind `fit`."""

    def __init__(
        self,
        method: Method,
        data: Activation,
        seeds: Sequence[int],
        state: State | None,
        device: torch.device,
        vectorise: bool,
    ) -> None:
        self.method, self.problem, self.level = method, data.problem, data.level
        self.vectorise = vectorise
        frames = torch.tensor(data.frames, device=device)
        self.train = Windows.of(data.train, frames, data.problem.frames)
        self.validation = Windows.of(data.validation, frames, data.problem.frames)
        self.streams = [lanes.generators(seed) for seed in seeds]
        self.state = state or self._fresh(seeds, device)
        if self.state.seeds != list(seeds):
            raise ValueError(f"state of seeds {self.state.seeds} given for seeds {list(seeds)}")
        for streams, saved in zip(self.streams, self.state.streams, strict=True):
            for name, generator in streams.items():
                generator.set_state(saved[name].cpu())
        self.optimisers = {
            name: torch.optim.Adam(list(network.values()), fused=True)
            for name, network in self.state.networks.items()
        }
        for name, saved_optimiser in self.state.optimisers.items():
            self.optimisers[name].load_state_dict(saved_optimiser)

    def _fresh(self, seeds: Sequence[int], device: torch.device) -> State:
        """The state before the first epoch; each lane is drawn from its own generator."""
        replicas = [self.method.init(self.problem, s["init"]) for s in self.streams]
        networks = lanes.tree_map(lambda tensor: tensor.to(device), lanes.stack(replicas))
        return State(
            seeds=list(seeds),
            networks=networks,
            kept=lanes.tree_map(torch.clone, networks),
            streams=self._stream_states(),
            stale=[0] * len(seeds),
            ended=[""] * len(seeds),
        )

    def _stream_states(self) -> list[dict[str, Tensor]]:
        return [{name: g.get_state() for name, g in s.items()} for s in self.streams]

    def active(self) -> Tensor:
        """Lanes still training (lane,)."""
        return torch.tensor([not reason for reason in self.state.ended])

    def _steps(self) -> LaneValues:
        """One pass over the training windows; mean loss terms (lane,)."""
        method, networks, epoch = self.method, self.state.networks, self.state.epoch + 1
        active, device = self.active(), self.train.frames.device
        order = torch.stack(
            [
                self.train.order(method.batch, s["shuffle"], method.stratified_batches)
                for s in self.streams
            ],
            dim=1,
        ).to(device)
        for name, rate in method.learning_rates(epoch).items():
            self.optimisers[name].param_groups[0]["lr"] = rate
        predictor = method.predictor(self.problem)
        sums: dict[str, Tensor] = {}
        for index in order:
            noise = torch.stack(
                [predictor.noise(index.shape[1], s["dropout"]) for s in self.streams]
            ).to(device)
            gradients, terms = lanes.each_lane(
                lambda nets, batch, draws: method.gradients(
                    nets, batch, draws, self.problem, epoch
                ),
                [networks, self.train.batch(index), noise],
                active,
                vectorise=self.vectorise,
            )
            for name, optimiser in self.optimisers.items():
                for key, parameter in networks[name].items():
                    parameter.grad = gradients[name][key]
                optimiser.step()
                optimiser.zero_grad()
            sums = {name: sums.get(name, 0) + value for name, value in terms.items()}
        return {
            name: np.where(active.numpy(), (total / len(order)).cpu().double().numpy(), np.nan)
            for name, total in sums.items()
        }

    def _keep(self, rows: Sequence[int], metrics: LaneValues) -> None:
        """Make the current parameters and metrics of lanes `rows` the kept ones."""
        state = self.state
        for name, network in state.networks.items():
            for key, parameter in network.items():
                state.kept[name][key][rows] = parameter[rows]
        for name, values in metrics.items():
            kept = state.kept_metrics.setdefault(
                name, torch.full((len(state.seeds),), math.nan, dtype=torch.float64)
            )
            kept[rows] = torch.tensor(values[rows])

    def _judge(self, terms: LaneValues, metrics: LaneValues) -> None:
        """Decide for each lane: better, stale, early stopped or diverged."""
        state, patience = self.state, self.method.patience
        better = []
        for lane in self.active().nonzero()[:, 0].tolist():
            values = {name: term[lane] for name, term in terms.items()}
            values["validation ccc"] = metrics["ccc"][lane]
            bad = next((name for name, value in values.items() if not np.isfinite(value)), None)
            if bad:
                state.ended[lane] = f"diverged: {bad} is not finite in epoch {state.epoch}"
                continue
            best = state.kept_metrics.get("ccc")
            if not patience or best is None or not metrics["ccc"][lane] <= best[lane]:
                better.append(lane)
                state.stale[lane] = 0
                continue
            state.stale[lane] += 1
            if state.stale[lane] >= patience:
                state.ended[lane] = f"no better validation CCC for {patience} epochs"
        self._keep(better, metrics)

    def epoch(self) -> tuple[LaneValues, LaneValues]:
        """Train one epoch; kept metrics and loss terms (lane,)."""
        terms = self._steps()
        predictors = self.state.networks["predictor"]
        predictions = predict(
            self.method,
            predictors,
            self.validation,
            self.problem,
            self.active(),
            vectorise=self.vectorise,
        )
        metrics = measure(predictions, self.validation, self.problem.threshold, self.level)
        self.state.epoch += 1
        self._judge(terms, metrics)
        self.state.streams = self._stream_states()
        self.state.optimisers = {n: o.state_dict() for n, o in self.optimisers.items()}
        failed = np.array([diverged(reason) for reason in self.state.ended])
        kept = {
            name: np.where(failed, np.nan, values.numpy())
            for name, values in self.state.kept_metrics.items()
        }
        return kept, terms


def fit(
    method: Method,
    data: Activation,
    seeds: Sequence[int],
    *,
    epochs: int,
    state: State | None = None,
    device: torch.device | str = "cpu",
    vectorise: bool | None = None,
) -> Iterator[Epoch]:
    """Train one lane per seed and yield each epoch.

    Lane i equals a run of `fit` with its seed alone. A lane that stops early or diverges leaves
    the others as they are.

    Args:
        method: what is trained.
        data: arrays of the task.
        seeds: one per lane.
        epochs: at most so many.
        state: where to go on from; fresh by default.
        device: where to train.
        vectorise: one step for all lanes; by default on accelerators only.

    Raises:
        ValueError: if `state` belongs to other seeds.
    """
    device = torch.device(device)
    vectorise = device.type != "cpu" if vectorise is None else vectorise
    trainer = _Trainer(method, data, seeds, state, device, vectorise)
    while trainer.state.epoch < epochs and trainer.active().any():
        start = time.perf_counter()
        metrics, terms = trainer.epoch()
        yield Epoch(
            number=trainer.state.epoch,
            metrics=metrics,
            terms=terms,
            ended=list(trainer.state.ended),
            last=trainer.state.epoch >= epochs or not trainer.active().any(),
            seconds=time.perf_counter() - start,
            state=trainer.state,
        )
