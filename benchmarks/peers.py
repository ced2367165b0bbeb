"""The searches that users have today, each by its library's own code, as replay.py asks them.

None is told how many seeds there are: a configuration is judged by the mean over its lanes. What a
library suggests is moved to the nearest configuration of the table; the library is told so, but
for Ray's OptunaSearch, Optuna's GP and Syne Tune's EHVI, which keep what they suggested.
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
from replay import Floats, Job, Lanes, Pick, Table, costs, missed

from fairser_core import pareto
from search.space.domains import at

Values = dict[str, Any]


class Library(Protocol):
    """What a peer decides; a trial has the number of its job."""

    def suggest(self, number: int) -> Values:
        """Values for the trial that starts next."""

    def start(self, number: int, values: Values) -> None:
        """Hear the values that the trial really has."""

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Hear the costs of an epoch; returns whether the trial goes on."""

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """Hear the last costs of a trial, whole or stopped; None if it diverged.

        `lack` is by how much it misses each floor.
        """


class Peer:
    """A library that searches the table.

    Args:
        library: fresh.
        table: the curves.
        lanes: seeds of each trial.
        every_epoch: hand over any epoch of any trial, not only the last of whole trials.
    """

    def __init__(self, library: Library, table: Table, lanes: int, every_epoch: bool = False):
        self._library = library
        self._table = table
        self._lanes = lanes
        self._every_epoch = every_epoch
        self._jobs: list[Job] = []
        self._last: dict[int, tuple[Floats, Floats]] = {}
        self._able: dict[Pick, Floats] = {}

    def next(self) -> Job | None:
        """The library's suggestion, as the nearest configuration that is left."""
        used = [job.configuration for job in self._jobs]
        if len(used) == len(self._table.values):
            return None
        number = len(used)
        configuration = self._table.nearest(self._library.suggest(number), used)
        assert configuration is not None
        self._library.start(number, self._table.values[configuration])
        self._jobs.append(Job(configuration, tuple(range(self._lanes)), self._table.epochs))
        return self._jobs[-1]

    def report(self, number: int, epoch: int, lanes: Lanes) -> bool:
        """Pass the mean over lanes on."""
        found, lack = costs(lanes), missed(lanes, self._table)
        self._last[number] = found, lack
        able = np.isfinite(found).all() and (lack <= 0).all()
        if able and (self._every_epoch or epoch == self._table.epochs):
            self._able[self._jobs[number].configuration, epoch] = found
        return self._library.report(number, epoch, found)

    def ended(self, number: int, finished: bool) -> None:
        """A trial that diverged gives its library nothing."""
        found, lack = self._last[number]
        self._library.end(number, found if np.isfinite(found).all() else None, lack)

    def front(self) -> list[Pick]:
        """Picks that are feasible, defined, and not dominated."""
        if not self._able:
            return []
        kept = pareto.front(np.stack(list(self._able.values())))
        return [pick for pick, keep in zip(self._able, kept, strict=True) if keep]

    def claims(self) -> Floats:
        """The costs it saw."""
        return np.array([self._able[pick] for pick in self.front()]).reshape(-1, 2)


class Random:
    """Uniform on each domain's own scale."""

    def __init__(self, table: Table, seed: int):
        self._domains = table.domains
        self._rng = np.random.default_rng(seed)

    def suggest(self, number: int) -> Values:
        """A point of the unit cube."""
        return {key: at(domain, self._rng.random()) for key, domain in self._domains.items()}

    def start(self, number: int, values: Values) -> None:
        """Nothing to learn."""

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Stop nothing."""
        return True

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """Nothing to learn."""


class Optuna:
    """Optuna alone, by ask and tell; each floor is a constraint.

    Args:
        table: the curves.
        sampler: seeded.
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
        """Ask."""
        self._trials[number] = self._study.ask(self._table.domains)
        return self._trials[number].params

    def start(self, number: int, values: Values) -> None:
        """Put a trial with these values in the place of the one suggested."""
        if self._actual:
            self._study.tell(self._trials[number], state=TrialState.FAIL)
            self._study.enqueue_trial(values)
            self._trials[number] = self._study.ask(self._table.domains)

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Optuna has no pruning with several objectives."""
        return True

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """Tell."""
        trial = self._trials.pop(number)
        if found is None:
            self._study.tell(trial, state=TrialState.FAIL)
            return
        for name, missing in zip(self._table.floors, lack.tolist(), strict=True):
            trial.set_constraint(f"floor_{name}", missing)
        self._study.tell(trial, found.tolist())


class RayTune:
    """Ray Tune's OptunaSearch on both objectives beside ASHA on CCC alone.

    OptunaSearch takes no constraint and hears of a stopped trial as of a complete one.
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
        """OptunaSearch's."""
        values = self._searcher.suggest(str(number))
        assert values is not None
        return values

    def start(self, number: int, values: Values) -> None:
        """The scheduler hears of the trial; OptunaSearch cannot be told other values."""
        self._scheduler.on_trial_add(None, self._trial(number))

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """ASHA decides."""
        result = {"epoch": epoch, "ccc": -found[0], "recall_gap": found[1]}
        self._results[number] = result
        action = self._scheduler.on_trial_result(None, self._trial(number), result)
        return bool(action == TrialScheduler.CONTINUE)

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """As Ray's controller does, stopped or not."""
        result = self._results[number]
        self._scheduler.on_trial_complete(None, self._trial(number), result)
        self._searcher.on_trial_complete(str(number), result)

    @staticmethod
    def _trial(number: int) -> SimpleNamespace:
        """All that ASHA asks of a trial."""
        return SimpleNamespace(trial_id=str(number))
