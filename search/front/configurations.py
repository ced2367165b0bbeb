"""Configurations: values, and all trials that trained them, each with other seeds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.lane_summary import summary
from search.front.floors import Bounds
from search.space.values import Value
from search.store.trials import TrialRecord, TrialState

Floats = NDArray[np.float64]
Lanes = dict[str, list[float | None]]


@dataclass(frozen=True)
class Configuration:
    """Values and all lanes trained with them, judged together.

    Attributes:
        trials: those of the search, the oldest first; failures before the first success left out.
        checks: trials with fresh seeds, which no decision of the search has seen.
        able: its candidates as `candidates` last made them.
    """

    trials: tuple[TrialRecord, ...]
    checks: tuple[TrialRecord, ...] = ()
    able: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def number(self) -> int:
        """Its name: the number of its first trial."""
        return self.trials[0].number

    @property
    def values(self) -> dict[str, Value]:
        """Value of each searched key."""
        return self.trials[0].values

    @property
    def state(self) -> TrialState:
        """That of the first trial; the others only add lanes."""
        return self.trials[0].state

    @property
    def epochs(self) -> int:
        """Epochs of the first trial."""
        return len(self.trials[0].epochs)

    @cached_property
    def counted(self) -> tuple[TrialRecord, ...]:
        """Trials whose lanes count: the first, and those that were trained to their end."""
        first, *others = self.trials
        return first, *(trial for trial in others if trial.state == "complete")

    @property
    def seeds(self) -> list[int]:
        """Seeds of the lanes that count."""
        return [seed for trial in self.counted for seed in trial.seeds]

    def lanes(self, metric: str) -> Floats:
        """A metric (epoch, lane), lanes as in `seeds`; NaN where a lane has no value."""
        rows = [_lanes_at(self.counted, epoch + 1)[metric] for epoch in range(self.epochs)]
        return np.array(rows, dtype=np.float64)

    def lanes_at(self, epoch: int) -> Lanes:
        """Every metric per lane at an epoch; None where a lane has no value."""
        return _lanes_at(self.counted, epoch)

    def metrics_at(self, epoch: int) -> dict[str, float]:
        """Mean over lanes and spread (`<metric>_sd`) of every metric at an epoch."""
        return _summary(self.lanes_at(epoch))

    def check_at(self, epoch: int) -> dict[str, float]:
        """The same over fresh seeds; empty if they were not trained so far."""
        return _summary(_lanes_at(self._check("complete", epoch), epoch))

    def check_failed_at(self, epoch: int, names: Sequence[str]) -> int:
        """How many fresh seeds have no value in one of these metrics: they diverged."""
        lanes = _lanes_at(self._check("complete", epoch), epoch)
        failed = sum(len(trial.seeds) for trial in self._check("failed", epoch))
        return no_value(lanes, names) if lanes else failed

    def _check(self, state: TrialState, epoch: int) -> Sequence[TrialRecord]:
        """The check that went farthest, if there is one; all have the same seeds."""
        return [t for t in self.checks if t.state == state and t.limit >= epoch][-1:]


def _lanes_at(trials: Sequence[TrialRecord], epoch: int) -> Lanes:
    """Lanes of trials at an epoch; one whose lanes all stopped early stays at its last."""
    records = [trial.epochs[min(epoch, len(trial.epochs)) - 1].lanes for trial in trials]
    names = records[0] if records else {}
    return {name: [value for lanes in records for value in lanes[name]] for name in names}


def counted(objectives: Sequence[str], floors: Bounds) -> list[str]:
    """The metrics that count: without a value in one of them a lane has diverged.

    Args:
        objectives: metric names.
        floors: that are asked for.
    """
    return [*objectives, *(metric for metric, _ in floors)]


def no_value(lanes: Mapping[str, Sequence[float | None]], names: Iterable[str]) -> int:
    """How many lanes have no value in one of the metrics that count.

    Others may be undefined for all lanes: a recall where nobody is at its level.
    """
    return max((sum(v is None for v in lanes.get(name, [None])) for name in names), default=0)


def _summary(lanes: Lanes) -> dict[str, float]:
    return summary({name: np.array(values, dtype=np.float64) for name, values in lanes.items()})


class Configurations:
    """The configurations of a sweep's trials, kept current; what has not changed is not remade."""

    def __init__(self) -> None:
        """None yet."""
        self._trials: dict[str, list[TrialRecord]] = {}
        self._made: dict[str, tuple[object, Configuration]] = {}
        self._seen: set[int] = set()

    def update(self, trials: Iterable[TrialRecord]) -> list[Configuration]:
        """All configurations, the oldest first.

        Args:
            trials: in order of number; each call's hold those of the calls before.
        """
        for trial in trials:
            if trial.number not in self._seen:
                self._seen.add(trial.number)
                key = json.dumps(trial.values, sort_keys=True)
                self._trials.setdefault(key, []).append(trial)
        return [self._current(key, group) for key, group in self._trials.items()]

    def _current(self, key: str, group: Sequence[TrialRecord]) -> Configuration:
        stamp = [(trial.state, len(trial.epochs)) for trial in group]
        if key not in self._made or self._made[key][0] != stamp:
            search = [trial for trial in group if trial.purpose != "check"]
            checks = tuple(trial for trial in group if trial.purpose == "check")
            self._made[key] = stamp, Configuration(_from_first_success(search), checks)
        return self._made[key][1]


def _from_first_success(trials: Sequence[TrialRecord]) -> tuple[TrialRecord, ...]:
    """Trials without those that failed before one did not; all of them if all failed."""
    able = [place for place, trial in enumerate(trials) if trial.state != "failed"]
    return tuple(trials[able[0] :] if able else trials)
