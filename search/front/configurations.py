"""Configurations: values and all trials that trained them, each with other seeds."""

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
from search.store.trials import EpochRecord, TrialRecord, TrialState

Floats = NDArray[np.float64]
Lanes = dict[str, list[float | None]]


@dataclass(frozen=True)
class Configuration:
    """Values and all lanes trained with them, judged together.

    Attributes:
        trials: trials of the search, the oldest first, without failures before the first success.
        checks: trials with fresh seeds, which no decision of the search depends on.
        candidates: what was computed of these lanes alone, by what was asked for.
    """

    trials: tuple[TrialRecord, ...]
    checks: tuple[TrialRecord, ...] = ()
    candidates: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def number(self) -> int:
        """Name of the configuration: the number of its first trial."""
        return self.trials[0].number

    @property
    def values(self) -> dict[str, Value]:
        """Value of each searched key."""
        return self.trials[0].values

    @property
    def state(self) -> TrialState:
        """State of the first trial; the others only add lanes."""
        return self.trials[0].state

    @property
    def epochs(self) -> int:
        """Epochs of the first trial."""
        return len(self.trials[0].epochs)

    @property
    def ended(self) -> bool:
        """Whether the first trial was trained to its end, or stopped, and has metrics."""
        return self.state in ("complete", "stopped") and self.epochs > 0

    @property
    def settled(self) -> bool:
        """Whether it has ended, and no further trial runs or failed."""
        return self.ended and self.trials == self.counted

    @cached_property
    def counted(self) -> tuple[TrialRecord, ...]:
        """Trials whose lanes count: the first, and others that were trained to their end."""
        first, *others = self.trials
        return first, *(trial for trial in others if trial.state == "complete")

    @property
    def seeds(self) -> list[int]:
        """Seeds of the lanes that count."""
        return [seed for trial in self.counted for seed in trial.seeds]

    def lanes(self, metric: str) -> Floats:
        """Return a metric (epoch, lane), lanes as in `seeds`; NaN where a lane has no value."""
        key = "lanes", metric
        if key not in self.candidates:
            rows = [
                [value for trial in self.counted for value in _record(trial, epoch).lanes[metric]]
                for epoch in range(1, self.epochs + 1)
            ]
            self.candidates[key] = np.array(rows, dtype=np.float64)
        values: Floats = self.candidates[key]
        return values

    def lanes_at(self, epoch: int) -> Lanes:
        """Return every metric per lane at an epoch; None where a lane has no value."""
        return _lanes_at(self.counted, epoch)

    def metrics_at(self, epoch: int) -> dict[str, float]:
        """Return the mean over lanes and the spread (`<metric>_sd`) of every metric at an epoch."""
        return _summary(self.lanes_at(epoch))

    def check_at(self, epoch: int) -> dict[str, float]:
        """Return the same over fresh seeds; empty if they were not trained up to this epoch."""
        return _summary(_lanes_at(self._check("complete", epoch), epoch))

    def check_seeds_at(self, epoch: int) -> int:
        """Return how many fresh seeds were trained up to an epoch."""
        return sum(len(trial.seeds) for trial in self._check("complete", epoch))

    def check_failed_at(self, epoch: int, names: Sequence[str]) -> int:
        """Return how many fresh seeds diverged: they have no value in one of these metrics."""
        lanes = _lanes_at(self._check("complete", epoch), epoch)
        failed = sum(len(trial.seeds) for trial in self._check("failed", epoch))
        return no_value(lanes, names) if lanes else failed

    def _check(self, state: TrialState, epoch: int) -> Sequence[TrialRecord]:
        """Return the newest check of a state that may train up to an epoch, if there is one.

        All checks of a configuration have the same seeds.
        """
        return [t for t in self.checks if t.state == state and t.limit >= epoch][-1:]


def _lanes_at(trials: Sequence[TrialRecord], epoch: int) -> Lanes:
    """Return the lanes of trials at an epoch; a trial that ended earlier stays at its last."""
    records = [_record(trial, epoch).lanes for trial in trials]
    names = records[0] if records else {}
    return {name: [value for lanes in records for value in lanes[name]] for name in names}


def _record(trial: TrialRecord, epoch: int) -> EpochRecord:
    """Return the record of an epoch; of a trial that ended earlier, its last."""
    return trial.epochs[min(epoch, len(trial.epochs)) - 1]


def counted(objectives: Sequence[str], floors: Bounds) -> list[str]:
    """Return the metrics that count: a lane without a value in one of them has diverged.

    Args:
        objectives: metric names.
        floors: floors that a model must reach.
    """
    return [*objectives, *(metric for metric, _ in floors)]


def no_value(lanes: Mapping[str, Sequence[float | None]], names: Iterable[str]) -> int:
    """Return the number of lanes that have no value in one of the metrics that count.

    Other metrics may be undefined for all lanes, as a recall is where nobody is at its level.

    Args:
        lanes: each metric per lane.
        names: metrics that count.
    """
    return max((sum(v is None for v in lanes.get(name, [None])) for name in names), default=0)


def _summary(lanes: Lanes) -> dict[str, float]:
    return summary({name: np.array(values, dtype=np.float64) for name, values in lanes.items()})


class Configurations:
    """Configurations of a sweep's trials, kept current; unchanged ones are not made again."""

    def __init__(self) -> None:
        """Begin without trials."""
        self._trials: dict[str, list[TrialRecord]] = {}
        self._made: dict[str, tuple[object, Configuration]] = {}
        self._seen: set[int] = set()
        self._open: dict[str, None] = {}  # groups with a trial that may change, in order

    def update(self, trials: Iterable[TrialRecord]) -> list[Configuration]:
        """Return all configurations, the oldest first.

        Args:
            trials: trials in order of number, among them those of the calls before.
        """
        for trial in trials:
            if trial.number not in self._seen:
                self._take(trial)
        for key in list(self._open):  # whatever else has ended does not change any more
            self._current(key)
        return [configuration for _, configuration in self._made.values()]

    def add(self, trial: TrialRecord) -> Configuration:
        """Return the configuration of a further trial."""
        return self._current(self._take(trial))

    def _take(self, trial: TrialRecord) -> str:
        """Take a trial into its group, and return the group's key."""
        self._seen.add(trial.number)
        key = json.dumps(trial.values, sort_keys=True)
        self._trials.setdefault(key, []).append(trial)
        self._open[key] = None
        return key

    def _current(self, key: str) -> Configuration:
        group = self._trials[key]
        stamp = [(trial.state, len(trial.epochs)) for trial in group]
        if key not in self._made or self._made[key][0] != stamp:
            search = [trial for trial in group if trial.purpose != "check"]
            checks = tuple(trial for trial in group if trial.purpose == "check")
            self._made[key] = stamp, Configuration(_from_first_success(search), checks)
        if all(trial.state != "running" for trial in group):
            self._open.pop(key, None)
        return self._made[key][1]


def _from_first_success(trials: Sequence[TrialRecord]) -> tuple[TrialRecord, ...]:
    """Return trials from the first that did not fail; all of them if all failed."""
    successes = [index for index, trial in enumerate(trials) if trial.state != "failed"]
    return tuple(trials[successes[0] :] if successes else trials)
