"""Early stopping: asynchronous successive halving over several objectives.

MO-ASHA in its stopping form (Schmucker et al. 2021, arXiv 2106.12639; Salinas et al. 2021) ranks a
trial at a few epochs, the rungs, among the trials that reached the rung before it. The trial goes
on only among the best 1/factor. Decisions follow from the log alone, in its order, without Ray.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.directions import cost
from fairser_core.pareto import priorities
from search.front.floors import Bounds, shortfall
from search.space.stopping import Stopping
from search.store.trials import EpochRecord

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Arrival:
    """Arrival of a trial at a rung.

    Attributes:
        costs: mean costs over lanes (objective,).
        errors: standard errors of the costs (objective,).
        violations: distances to the floors, 0 or less where a floor is reached (floor,).
        slack: standard errors of the violations (floor,).
        shortfall: distance from reaching all floors, to rank by; 0 if all are reached.
    """

    costs: Floats
    errors: Floats
    violations: Floats
    slack: Floats
    shortfall: float


def no_spread(epoch: int) -> Mapping[str, float]:
    """Return no spreads, where the spread over seeds is not known."""
    return {}


def arrival(
    record: EpochRecord,
    objectives: Sequence[str],
    floors: Bounds,
    usual: Mapping[str, float],
) -> Arrival:
    """Return a trial's numbers at a rung.

    Args:
        record: record of the rung's epoch.
        objectives: metric names.
        floors: metric and least value of each floor at this epoch.
        usual: spreads (`<metric>_sd`) used for a trial with a single lane.
    """
    lanes = max((len(values) for values in record.lanes.values()), default=1)
    spreads = record.metrics if lanes > 1 else usual

    def error(name: str) -> float:
        return float(spreads.get(f"{name}_sd", 0.0) / lanes**0.5)

    violations = np.array([least - record.metrics[name] for name, least in floors])
    return Arrival(
        costs=np.array([cost(name, record.metrics[name]) for name in objectives]),
        errors=np.array([error(name) for name in objectives]),
        violations=violations,
        slack=np.array([error(name) for name, _ in floors]),
        shortfall=float(shortfall(violations, floors)),
    )


class Rungs:
    """Trials that reached each rung, in order, with the decisions on them.

    A decision is made once, when a trial arrives, from the trials that arrived before.
    Epochs must be reported in the order of the log.
    """

    def __init__(
        self,
        stopping: Stopping,
        epochs: int,
        objectives: Sequence[str],
        floors: Callable[[int], Bounds],
        usual: Callable[[int], Mapping[str, float]] = no_spread,
    ) -> None:
        """Begin with empty rungs.

        Args:
            stopping: rule by which trials are stopped.
            epochs: epochs of a whole trial.
            objectives: metric names.
            floors: metric and least value of each floor at an epoch.
            usual: spreads of metrics at an epoch, for trials with a single lane.
        """
        self._usual = usual
        self._stopping, self._objectives, self._floors = stopping, list(objectives), floors
        self._arrivals: dict[int, list[Arrival]] = {epoch: [] for epoch in stopping.rungs(epochs)}
        self._reported: set[tuple[int, int]] = set()
        self._reasons: dict[int, str] = {}

    def report(self, trial: int, record: EpochRecord) -> None:
        """Add an epoch of a trial; an epoch reported before changes nothing."""
        arrivals = self._arrivals.get(record.epoch)
        if arrivals is None or (trial, record.epoch) in self._reported:
            return
        self._reported.add((trial, record.epoch))
        floors, usual = self._floors(record.epoch), self._usual(record.epoch)
        arrivals.append(arrival(record, self._objectives, floors, usual))
        reason = self._judge(arrivals, record.epoch)
        if reason:
            self._reasons.setdefault(trial, reason)

    def why_stop(self, trial: int) -> str:
        """Return why a trial is to be stopped, as its first such rung decided; else empty."""
        return self._reasons.get(trial, "")

    def _judge(self, arrivals: Sequence[Arrival], epoch: int) -> str:
        """Return why the last of the arrivals is to be stopped; empty if it goes on."""
        count, factor = len(arrivals), self._stopping.factor
        if count < factor:
            return ""
        costs = np.stack([a.costs for a in arrivals])
        short = np.array([a.shortfall for a in arrivals])
        rank = int(priorities(costs, short)[-1])
        if (rank + 1) * factor <= count or self._protected(arrivals[-1], costs, short):
            return ""
        return f"place {rank + 1} of {count} at the rung of epoch {epoch}"

    def _protected(self, new: Arrival, costs: Floats, short: Floats) -> bool:
        """Return whether the newest arrival is, within noise, on the rung's front and above floors.

        Noise is the number of standard errors that the stopping rule allows.
        """
        errors = self._stopping.noise
        if (new.violations - errors * new.slack > 0).any():
            return False
        lucky = new.costs - errors * new.errors
        others = costs[:-1][short[:-1] <= 0]
        beaten = (others <= lucky).all(axis=1) & (others < lucky).any(axis=1)
        return not beaten.any()
