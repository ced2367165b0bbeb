"""What to try next: Optuna's samplers as a Ray Tune searcher that keeps no truth of its own.

The study is a view of the log. Before each suggestion whatever has ended since is told; the
sampler is seeded by the trial's number. A resumed sweep therefore goes on as if nothing happened.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from ray.tune.search import Searcher

from fairser_core.metrics import DIRECTIONS, cost
from search.domain import sobol
from search.front import Floor, diverged_lanes
from search.log import Log, TrialRecord, Value

STARTUP = 8  # trials taken from a Sobol sequence before the sampler has something to go by


class OptunaStudy:
    """An in-memory Optuna study of a sweep's trials."""

    def __init__(
        self,
        search: Mapping[str, BaseDistribution],
        objectives: Sequence[str],
        floor: Floor | None,
        seed: int,
    ) -> None:
        """An empty study; `floor` becomes Optuna's constraint."""
        self._search, self._objectives = dict(search), list(objectives)
        self._floor, self._seed = floor, seed
        self._start = sobol(self._search, STARTUP, seed)
        self._open: dict[int, optuna.Trial] = {}
        self._told: set[int] = set()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        for name in objectives:
            if DIRECTIONS[name] == "zero":
                raise ValueError(f"objective {name!r} is best at zero; use its absolute value")
        self._study = optuna.create_study(directions=["minimize"] * len(self._objectives))

    def suggest(self, number: int) -> dict[str, Value]:
        """Values for a new trial."""
        if number < STARTUP:
            return self.enter(number, self._start[number])
        seed = int(np.random.SeedSequence([self._seed, number]).generate_state(1)[0])
        self._study.sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True)
        self._open[number] = self._study.ask(self._search)
        return dict(self._open[number].params)

    def enter(self, number: int, values: dict[str, Value]) -> dict[str, Value]:
        """Enter a trial whose values are given."""
        self._study.enqueue_trial(values)
        self._open[number] = self._study.ask(self._search)
        return values

    def tell(self, record: TrialRecord) -> None:
        """Tell how a trial ended, once; a trial that still runs is not told."""
        if record.state == "running" or record.number in self._told:
            return
        self._told.add(record.number)
        trial = self._open.pop(record.number)
        if record.state == "failed" or record.last is None:
            self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
            return
        if record.state == "stopped":
            self._study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return
        metrics = record.last.metrics
        if self._floor:
            trial.set_constraint("floor", self._floor.violation(metrics))
        trial.set_constraint("diverged_lanes", diverged_lanes(record.last.lanes))
        self._study.tell(trial, [cost(name, metrics[name]) for name in self._objectives])


class LogSearcher(Searcher):
    """Hands Ray Tune the unfinished trials of a sweep, then new ones.

    Ray's own bookkeeping of results is not used: the log hears of each first.
    """

    def __init__(
        self,
        log: Log,
        study: OptunaStudy,
        seeds: Sequence[int],
        trials: int,
        common: Mapping[str, Any],
    ) -> None:
        """Replay the log.

        Args:
            log: of the sweep.
            study: an empty study.
            seeds: lanes of every trial.
            trials: number of trials in all.
            common: what every trial's configuration holds besides its own values.
        """
        super().__init__()
        self._log, self._study, self._seeds, self._trials = log, study, list(seeds), trials
        self._common = dict(common)
        for record in log.trials.values():
            study.enter(record.number, record.values)
            study.tell(record)
        self._unfinished = [r for r in log.trials.values() if r.state == "running"]

    @property
    def remaining(self) -> int:
        """Trials still to be run."""
        return len(self._unfinished) + max(self._trials - len(self._log.trials), 0)

    def suggest(self, trial_id: str) -> dict[str, Any] | str:  # type: ignore[override]
        """Configuration of the next trial, or that there is none."""
        if self._unfinished:
            record = self._unfinished.pop(0)
        elif len(self._log.trials) < self._trials:
            for ended in self._log.trials.values():
                self._study.tell(ended)
            number = len(self._log.trials)
            self._log.suggested(number, self._study.suggest(number), self._seeds)
            record = self._log.trials[number]
        else:
            return str(Searcher.FINISHED)
        return {
            "trial": record.number,
            "values": record.values,
            "seeds": record.seeds,
            **self._common,
        }

    def __getstate__(self) -> dict[str, Any]:
        """Empty: Ray Tune pickles its searcher for a restore of its own, which is never used."""
        return {}

    def set_search_properties(self, metric: Any, mode: Any, config: Any, **spec: Any) -> bool:
        """Objectives come from the space, so there is nothing to set."""
        return True

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Nothing: the log has heard of it already."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the log is what is saved."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: the log is what is replayed."""
