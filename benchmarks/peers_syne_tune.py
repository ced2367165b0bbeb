"""Syne Tune's searches by the library's own code, as libraries of peers.py."""

import logging
from datetime import datetime
from typing import Any

import numpy as np
import torch
from optuna.distributions import FloatDistribution, IntDistribution
from peers import Values
from replay import Floats, Table
from syne_tune import config_space
from syne_tune.backend.trial_status import Trial
from syne_tune.optimizer import baselines
from syne_tune.optimizer.scheduler import SchedulerDecision
from syne_tune.optimizer.scheduler import TrialScheduler as SyneScheduler
from syne_tune.optimizer.schedulers.multiobjective import MultiObjectiveRegularizedEvolution
from syne_tune.optimizer.schedulers.multiobjective.moasha import MOASHA
from syne_tune.optimizer.schedulers.single_fidelity_scheduler import SingleFidelityScheduler


class SyneTune:
    """Scheduler of Syne Tune, called as its Tuner does; all costs are minimised."""

    def __init__(self, scheduler: SyneScheduler):
        logging.getLogger("syne_tune").setLevel(logging.ERROR)
        self._scheduler = scheduler
        self._trials: dict[int, Trial] = {}
        self._results: dict[int, dict[str, Any]] = {}
        self._stopped: set[int] = set()

    def suggest(self, number: int) -> Values:
        """Return the scheduler's suggestion."""
        suggestion = self._scheduler.suggest()
        assert suggestion is not None
        return dict(suggestion.config)

    def start(self, number: int, values: Values) -> None:
        """Make the trial with the table's values."""
        self._trials[number] = Trial(number, dict(values), datetime(2026, 1, 1))
        self._scheduler.on_trial_add(self._trials[number])

    def report(self, number: int, epoch: int, found: Floats) -> bool:
        """Return the scheduler's decision."""
        result = {"epoch": epoch, "lack": float(found[0]), "gap": float(found[1])}
        self._results[number] = result
        decision = self._scheduler.on_trial_result(self._trials[number], result)
        if decision != SchedulerDecision.CONTINUE:
            self._stopped.add(number)
            self._scheduler.on_trial_remove(self._trials[number])
        return bool(decision == SchedulerDecision.CONTINUE)

    def end(self, number: int, found: Floats | None, lack: Floats) -> None:
        """End a trial that is whole or diverged; one that was stopped is removed already."""
        trial = self._trials[number]
        if number in self._stopped:
            return
        if found is None:
            self._scheduler.on_trial_error(trial)
        else:
            self._scheduler.on_trial_complete(trial, self._results[number])


def _syne_space(table: Table) -> dict[str, Any]:
    """Return Syne Tune's domains; its random draws use numpy's global state."""
    found = {}
    for key, domain in table.domains.items():
        assert isinstance(domain, FloatDistribution | IntDistribution)
        name = "uniform" if isinstance(domain, FloatDistribution) else "randint"
        kind = getattr(config_space, f"log{name}" if domain.log else name)
        found[key] = kind(domain.low, domain.high)
    return found


def moasha(table: Table, seed: int, grace: int = 1) -> SyneTune:
    """Return Syne Tune's multi-objective ASHA as shipped."""
    np.random.seed(seed)  # noqa: NPY002  it draws from nothing else
    return SyneTune(
        MOASHA(
            _syne_space(table),
            metrics=["lack", "gap"],
            time_attr="epoch",
            max_t=table.epochs,
            grace_period=grace,
            random_seed=seed,
        )
    )


def evolution(table: Table, seed: int, population: int = 16) -> SyneTune:
    """Return Syne Tune's multi-objective regularised evolution; its default population is 100."""
    np.random.seed(seed)  # noqa: NPY002
    space = _syne_space(table)
    searcher = MultiObjectiveRegularizedEvolution(
        space, population_size=population, sample_size=5, random_seed=seed
    )
    return SyneTune(
        SingleFidelityScheduler(space, ["lack", "gap"], searcher=searcher, random_seed=seed)
    )


class Ehvi(SyneTune):
    """Syne Tune's expected hypervolume improvement.

    Syne Tune mixes single and double precision, which BoTorch rejects: here all is double.
    """

    def __init__(self, table: Table, seed: int):
        np.random.seed(seed)  # noqa: NPY002
        super().__init__(baselines.EHVI(_syne_space(table), ["lack", "gap"], random_seed=seed))

    def suggest(self, number: int) -> Values:
        """Return the scheduler's suggestion, with double as torch's default."""
        usual = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            return super().suggest(number)
        finally:
            torch.set_default_dtype(usual)
