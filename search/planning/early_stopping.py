"""Asynchronous successive halving over several objectives: which trials are not worth finishing.

MO-ASHA in its stopping form (Schmucker et al. 2021, arXiv 2106.12639; Salinas et al. 2021): at a
few epochs, the rungs, a trial is ranked among those that reached the rung before it, and goes on
only among the best 1/factor. Knows no Ray: decisions follow from the log alone, in its order.
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
    """A trial at a rung.

    Attributes:
        costs: means over lanes (objective,).
        errors: their standard errors (objective,).
        violations: by how much it misses the floors, each 0 or less if it does not (floor,).
        slack: standard errors of the same (floor,).
        shortfall: how far it is from reaching all floors, to rank by; 0 if it does.
    """

    costs: Floats
    errors: Floats
    violations: Floats
    slack: Floats
    shortfall: float


def no_spread(epoch: int) -> Mapping[str, float]:
    """Nothing is known of how far a seed moves a metric."""
    return {}


def arrival(
    record: EpochRecord,
    objectives: Sequence[str],
    floors: Bounds,
    usual: Mapping[str, float],
) -> Arrival:
    """A trial's numbers at an epoch.

    Args:
        record: the epoch.
        objectives: metric names.
        floors: what is asked for at this epoch.
        usual: spreads (`<metric>_sd`) to go by where a single lane shows none.
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
    """Who reached which rung, in order, and whether it went on.

    A decision is made once, when a trial arrives, from those that had arrived before; asked again
    it is the same. Trials must be handed over in the order of the log.
    """

    def __init__(
        self,
        stopping: Stopping,
        epochs: int,
        objectives: Sequence[str],
        floors: Callable[[int], Bounds],
        usual: Callable[[int], Mapping[str, float]] = no_spread,
    ) -> None:
        """Empty rungs.

        Args:
            stopping: when trials are stopped.
            epochs: of a whole trial.
            objectives: metric names.
            floors: what is asked for at an epoch.
            usual: spreads of metrics at an epoch to go by where a trial has a single lane.
        """
        self._usual = usual
        self._stopping, self._objectives, self._floors = stopping, list(objectives), floors
        self._arrivals: dict[int, list[Arrival]] = {epoch: [] for epoch in stopping.rungs(epochs)}
        self._known: set[tuple[int, int]] = set()
        self._reasons: dict[int, str] = {}

    def report(self, trial: int, record: EpochRecord) -> None:
        """Take in an epoch of a trial; one reported before changes nothing."""
        arrivals = self._arrivals.get(record.epoch)
        if arrivals is None or (trial, record.epoch) in self._known:
            return
        self._known.add((trial, record.epoch))
        floors, usual = self._floors(record.epoch), self._usual(record.epoch)
        arrivals.append(arrival(record, self._objectives, floors, usual))
        reason = self._judge(arrivals, record.epoch)
        if reason:
            self._reasons.setdefault(trial, reason)

    def why_stop(self, trial: int) -> str:
        """Why a trial is to be stopped, as decided at the first rung that did; empty if none."""
        return self._reasons.get(trial, "")

    def _judge(self, arrivals: Sequence[Arrival], epoch: int) -> str:
        """The verdict on the last of those that arrived."""
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
        """Whether the newest could be on the rung's front, within its noise."""
        noise = self._stopping.noise
        if (new.violations - noise * new.slack > 0).any():
            return False
        lucky = new.costs - noise * new.errors
        others = costs[:-1][short[:-1] <= 0]
        beaten = (others <= lucky).all(axis=1) & (others < lucky).any(axis=1)
        return not beaten.any()
