"""Other searches for replay.py, each by its library's own code.

None of them knows the number of seeds: they receive means over the seeds of a trial. A suggestion
is moved to the nearest configuration of the table, and the library learns the moved values; Ray's
OptunaSearch, Optuna's GP and Syne Tune's EHVI keep those that they suggested.
"""

import logging
import warnings
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import optuna
from optuna.samplers import BaseSampler
from optuna.trial import TrialState
from ray.tune.schedulers import AsyncHyperBandScheduler, TrialScheduler
from ray.tune.search.optuna import OptunaSearch
from replay import Floats, Job, PerSeed, Pick, Table, costs, missed

from fairser_core import pareto
from search.space.domains import at

Values = dict[str, Any]

WORST = 10.0  # cost that stands for that of a diverged trial


class Library(Protocol):
    """Decisions of another search; a trial has the number of its job."""

    def suggest(self, number: int) -> Values:
        """Return values for the trial that starts next."""

    def start(self, number: int, values: Values) -> None:
        """Receive the values that the trial really has."""

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Receive the costs of an epoch; return whether the trial goes on."""

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """Receive the last costs of a trial, whole or stopped; None if it diverged.

        Args:
            number: of the trial.
            found: costs (objective,).
            lack: distance below each floor (floor,), negative above.
        """


class Peer:
    """Search of the table by a library.

    Args:
        library: without trials.
        table: the curves.
        seeds: number of each trial.
        every_epoch: hand over any epoch of any trial, not only the last of whole trials.
    """

    def __init__(self, library: Library, table: Table, seeds: int, every_epoch: bool = False):
        self._library = library
        self._table = table
        self._seeds = seeds
        self._every_epoch = every_epoch
        self._jobs: list[Job] = []
        self._last: dict[int, tuple[Floats, Floats]] = {}
        self._able: dict[Pick, Floats] = {}

    def next(self) -> Job | None:
        """Return the library's suggestion, moved to the nearest configuration that is left."""
        used = [job.configuration for job in self._jobs]
        if len(used) == len(self._table.values):
            return None
        number = len(used)
        configuration = self._table.nearest(self._library.suggest(number), used)
        assert configuration is not None
        self._library.start(number, self._table.values[configuration])
        self._jobs.append(Job(configuration, tuple(range(self._seeds)), self._table.epochs))
        return self._jobs[-1]

    def report(self, number: int, epoch: int, per_seed: PerSeed) -> bool:
        """Pass the mean over seeds on."""
        found, lack = costs(per_seed), missed(per_seed, self._table)
        self._last[number] = found, lack
        able = np.isfinite(found).all() and (lack <= 0).all()
        if able and (self._every_epoch or epoch == self._table.epochs):
            self._able[self._jobs[number].configuration, epoch] = found
        return self._library.report(number, epoch, found)

    def ended(self, number: int, finished: bool) -> None:
        """End a trial; a diverged one has no costs."""
        found, lack = self._last[number]
        self._library.end(number, found if np.isfinite(found).all() else None, lack)

    def front(self) -> list[Pick]:
        """Return the picks that are feasible, defined and not dominated."""
        if not self._able:
            return []
        kept = pareto.front(np.stack(list(self._able.values())))
        return [pick for pick, keep in zip(self._able, kept, strict=True) if keep]

    def claims(self) -> Floats:
        """Return the costs that the library saw."""
        return np.array([self._able[pick] for pick in self.front()]).reshape(-1, 2)


class Random:
    """Random search, uniform on each domain's own scale."""

    def __init__(self, table: Table, seed: int):
        self._domains = table.domains
        self._rng = np.random.default_rng(seed)

    def suggest(self, number: int) -> Values:
        """Return the values at a point of the unit cube."""
        return {key: at(domain, self._rng.random()) for key, domain in self._domains.items()}

    def start(self, number: int, values: Values) -> None:
        """Do nothing: the search does not learn."""

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Return True: nothing is stopped."""
        return True

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """Do nothing: the search does not learn."""


class Optuna:
    """Optuna alone, through `ask` and `tell`; each floor is a constraint.

    Args:
        table: the curves.
        sampler: with a seed.
        actual: ask a second time with the values of the table enqueued, so that the study holds
            what was trained; costs a second suggestion.
    """

    def __init__(self, table: Table, sampler: BaseSampler, actual: bool = True):
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        self._table = table
        self._actual = actual
        self._study = optuna.create_study(directions=["minimize"] * 2, sampler=sampler)
        self._trials: dict[int, optuna.Trial] = {}

    def suggest(self, number: int) -> Values:
        """Return Optuna's suggestion."""
        self._trials[number] = self._study.ask(self._table.domains)
        return self._trials[number].params

    def start(self, number: int, values: Values) -> None:
        """Replace the suggested trial by one with these values."""
        if self._actual:
            self._study.tell(self._trials[number], state=TrialState.FAIL)
            self._study.enqueue_trial(values)
            self._trials[number] = self._study.ask(self._table.domains)

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Return True: Optuna does not prune with several objectives."""
        return True

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """Pass the costs on."""
        trial = self._trials.pop(number)
        if found is None:
            self._study.tell(trial, state=TrialState.FAIL)
            return
        for name, missing in zip(self._table.floors, lack.tolist(), strict=True):
            trial.set_constraint(f"floor_{name}", missing)
        self._study.tell(trial, found.tolist())


class MultiMetricPruner(Optuna):
    """Optuna with the rule of OptunaHub's multi-metric pruner, stated here since the hub is online.

    At each epoch, trials are ranked by the number of their Pareto front among all that reached it.
    The base pruner takes these numbers for intermediate values. Here that is Optuna's median rule:
    a trial is pruned if its best number so far is above the median, at this epoch, of the trials
    that have ended.

    Args:
        table: the curves.
        sampler: with a seed.
    """

    STARTUP, WARMUP = 5, 3  # trials and epochs without pruning

    def __init__(self, table: Table, sampler: BaseSampler):
        super().__init__(table, sampler)
        self._courses: dict[int, list[Floats]] = {}
        self._over: set[int] = set()

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Return the pruner's decision; a diverged trial goes on to its end."""
        self._courses.setdefault(number, []).append(np.nan_to_num(found, nan=WORST))
        if epoch <= self.WARMUP or len(self._over) < self.STARTUP:
            return True
        best = min(self._ranks(number, e)[0] for e in range(epoch))
        _, others = self._ranks(number, epoch - 1)
        return not others or bool(best <= np.median(others))

    def _ranks(self, number: int, epoch: int) -> tuple[int, list[int]]:
        """Return the front's number of a trial at an epoch's index, and those of ended trials."""
        there = [n for n, course in self._courses.items() if len(course) > epoch]
        ranks = pareto.ranks(np.stack([self._courses[n][epoch] for n in there])).tolist()
        by_trial = dict(zip(there, ranks, strict=True))
        return by_trial[number], [rank for n, rank in by_trial.items() if n in self._over]

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """Pass the costs on."""
        self._over.add(number)
        super().end(number, found, lack)


class RayTune:
    """Ray Tune's OptunaSearch on both objectives beside ASHA on CCC alone.

    OptunaSearch takes no constraint and treats a stopped trial as a complete one.
    """

    def __init__(self, table: Table, seed: int, grace: int, factor: float):
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        logging.getLogger("ray.tune").setLevel(logging.ERROR)  # each trial that diverged
        self._searcher = OptunaSearch(
            dict(table.domains), metric=["ccc", "recall_gap"], mode=["max", "min"], seed=seed
        )
        self._scheduler = AsyncHyperBandScheduler(
            time_attr="epoch",
            metric="ccc",
            mode="max",
            max_t=table.epochs,
            grace_period=grace,
            reduction_factor=factor,
        )
        self._results: dict[int, dict[str, Any]] = {}

    def suggest(self, number: int) -> Values:
        """Return OptunaSearch's suggestion."""
        values = self._searcher.suggest(str(number))
        assert values is not None
        return values

    def start(self, number: int, values: Values) -> None:
        """Add the trial to the scheduler; OptunaSearch takes no other values."""
        self._scheduler.on_trial_add(None, self._trial(number))

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Return ASHA's decision."""
        result = {"epoch": epoch, "ccc": -found[0], "recall_gap": found[1]}
        self._results[number] = result
        action = self._scheduler.on_trial_result(None, self._trial(number), result)
        return bool(action == TrialScheduler.CONTINUE)

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """End the trial as Ray's controller does, stopped or not."""
        result = self._results[number]
        self._scheduler.on_trial_complete(None, self._trial(number), result)
        self._searcher.on_trial_complete(str(number), result)

    @staticmethod
    def _trial(number: int) -> SimpleNamespace:
        """Return what ASHA reads of a trial."""
        return SimpleNamespace(trial_id=str(number))
