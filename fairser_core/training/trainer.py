"""Epochs of training: steps of all lanes, and the judgement of each."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.courses.course import Course, Scores
from fairser_core.lanes import lanes
from fairser_core.lanes.random_streams import generators
from fairser_core.methods.method import Descent, Method
from fairser_core.metrics.lane_summary import LaneValues
from fairser_core.training.state import State


def diverged(reason: str) -> bool:
    """Return whether a lane ended because one of its values was not finite."""
    return reason.startswith("diverged")


class Trainer:
    """Optimisers and random streams of all lanes, and the state that they move on."""

    def __init__(
        self,
        method: Method[Any, Any],
        course: Course,
        seeds: Sequence[int],
        state: State | None,
        device: torch.device,
    ) -> None:
        self.method, self.course = method, course
        self.streams = [generators(seed, part) for seed in seeds for part in course.parts]
        self.state = state or self._fresh(seeds, device)
        if self.state.seeds != list(seeds):
            raise ValueError(f"state of seeds {self.state.seeds} given for seeds {list(seeds)}")
        for streams, saved in zip(self.streams, self.state.streams, strict=True):
            for name, generator in streams.items():
                generator.set_state(saved[name].cpu())
        self.optimisers = {
            name: torch.optim.Adam(list(self.state.networks[name].values()), fused=True)
            for name in method.learning_rates(1)
        }
        for name, saved_optimiser in self.state.optimisers.items():
            self.optimisers[name].load_state_dict(saved_optimiser)

    def _fresh(self, seeds: Sequence[int], device: torch.device) -> State:
        """Draw the state before the first epoch, each lane from its own generator."""
        kinds = [(seed, part) for seed in seeds for part in self.course.parts]
        replicas = [
            self.course.init(*kind, streams["init"])
            for kind, streams in zip(kinds, self.streams, strict=True)
        ]
        networks = lanes.tree_map(lambda tensor: tensor.to(device), lanes.stack(replicas))
        return State(
            seeds=list(seeds),
            networks=networks,
            kept=lanes.tree_map(torch.clone, networks),
            streams=self._stream_states(),
            stale=[0] * len(replicas),
            ended=[""] * len(replicas),
        )

    def _stream_states(self) -> list[dict[str, Tensor]]:
        return [{name: g.get_state() for name, g in s.items()} for s in self.streams]

    def active(self) -> Tensor:
        """Return whether each lane still trains (lane,)."""
        return torch.tensor([not reason for reason in self.state.ended])

    def ended(self) -> list[str]:
        """Return why each seed has ended (seed,): all of its lanes have, or one diverged."""
        ended = []
        for reasons in np.array(self.state.ended, dtype=object).reshape(len(self.state.seeds), -1):
            failed = [reason for reason in reasons if diverged(reason)]
            ended.append(failed[0] if failed else reasons[0] if all(reasons) else "")
        return ended

    def _steps(self) -> LaneValues:
        """Pass once over the training examples; return mean loss terms (lane,)."""
        method, course, epoch = self.method, self.course, self.state.epoch + 1
        active = self.active()
        order = course.order(self.streams)
        for name, rate in method.learning_rates(epoch).items():
            self.optimisers[name].param_groups[0]["lr"] = rate
        sums: dict[str, Tensor] = {}
        for index in order:
            drawn = [method.draws(course.problem, index.shape[1], s) for s in self.streams]
            draws = lanes.tree_map(lambda tensor: tensor.to(order.device), lanes.stack(drawn))
            batch = course.batch(index)
            for descent in method.descents():
                terms = self._descend(descent, batch, draws, active, epoch)
            sums = {name: sums.get(name, 0) + value for name, value in terms.items()}
        return {
            name: np.where(active.numpy(), (total / len(order)).cpu().double().numpy(), np.nan)
            for name, total in sums.items()
        }

    def _descend(
        self, descent: Descent, batch: Any, draws: Any, active: Tensor, epoch: int
    ) -> dict[str, Tensor]:
        """Step the optimisers that the descent has directions for; return its terms (lane,)."""
        networks, problem = self.state.networks, self.course.problem
        gradients, terms = lanes.each_lane(
            lambda nets, examples, drawn: descent(nets, examples, drawn, problem, epoch),
            [networks, batch, draws],
            active,
            vectorise=self.course.vectorise,
        )
        for name, gradient in gradients.items():
            for key, parameter in networks[name].items():
                # The fused Adam takes values in the order they lie in memory, whatever the strides.
                parameter.grad = gradient[key].contiguous()
            self.optimisers[name].step()
            self.optimisers[name].zero_grad()
        return cast("dict[str, Tensor]", terms)

    def _keep(self, rows: Sequence[int], predictions: Scores) -> None:
        """Make the current parameters and predictions of lanes `rows` the kept ones."""
        state = self.state
        for name, network in state.networks.items():
            for key, parameter in network.items():
                state.kept[name][key][rows] = parameter[rows]
        if state.predictions is None:
            state.predictions = torch.full(predictions.shape, torch.nan, dtype=torch.float64)
        state.predictions[rows] = torch.from_numpy(predictions[rows]).to(state.predictions)

    def _judge(self, terms: LaneValues, predictions: Scores) -> None:
        """Decide for each lane: better, stale, early stopped or diverged."""
        state, course, patience = self.state, self.course, self.method.patience
        grades, best = course.grades(predictions), None
        if patience and state.predictions is not None:
            best = course.grades(state.predictions.cpu().numpy())
        better = []
        for lane in self.active().nonzero()[:, 0].tolist():
            if state.ended[lane]:  # with another lane of its seed
                continue
            values = {name: term[lane] for name, term in terms.items()}
            values[course.criterion] = grades[lane]
            bad = next((name for name, value in values.items() if not np.isfinite(value)), None)
            if bad:
                self._fail(lane, f"{bad} is not finite in epoch {state.epoch}")
                continue
            if best is None or not grades[lane] <= best[lane]:
                better.append(lane)
                state.stale[lane] = 0
                continue
            state.stale[lane] += 1
            if state.stale[lane] >= patience:
                state.ended[lane] = f"no better {course.criterion} for {patience} epochs"
        self._keep(better, predictions)

    def _fail(self, lane: int, fault: str) -> None:
        """End all lanes of a seed, which has no metrics once one of its lanes diverged."""
        parts = self.course.parts
        name = self.course.name(parts[lane % len(parts)])
        first = lane - lane % len(parts)
        reason = f"diverged: {name}: {fault}" if name else f"diverged: {fault}"
        self.state.ended[first : first + len(parts)] = [reason] * len(parts)

    def epoch(self) -> tuple[LaneValues, LaneValues]:
        """Train one epoch; return metrics of the kept parameters and loss terms (seed,)."""
        state = self.state
        terms = self._steps()
        predictions = self.course.predict(state.networks, self.active())
        state.epoch += 1
        self._judge(terms, predictions)
        assert state.predictions is not None
        state.streams = self._stream_states()
        state.optimisers = {n: o.state_dict() for n, o in self.optimisers.items()}
        failed = np.array([diverged(reason) for reason in self.ended()])
        kept = {
            name: np.where(failed, np.nan, values)
            for name, values in self.course.measure(state.predictions.cpu().numpy()).items()
        }
        return kept, {name: self._of_seeds(values) for name, values in terms.items()}

    def _of_seeds(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return means over the lanes with a value: (lane,) to (seed,); NaN where none has one."""
        rows = [row[~np.isnan(row)] for row in values.reshape(len(self.state.seeds), -1)]
        return np.array([row.mean() if len(row) else np.nan for row in rows])
