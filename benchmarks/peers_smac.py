"""SMAC's racing over seeds by the library's own code, as a search for replay.py.

SMAC decides what is trained next, values and seed alike: it races configurations on common seeds
against the incumbents, the Pareto front of means over seeds. A random forest per scalarisation
(ParEGO) suggests values, which are moved to the nearest configuration left. SMAC knows no floors:
where one is missed, it receives the reference point's costs.
"""

import tempfile
from pathlib import Path

import numpy as np
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from ConfigSpace.hyperparameters import Hyperparameter
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from replay import Floats, Job, PerSeed, Pick, Table, costs, missed
from smac import HyperparameterOptimizationFacade, Scenario
from smac.multi_objective.parego import ParEGO
from smac.runhistory.dataclasses import TrialInfo, TrialValue

from fairser_core import pareto

TRIALS = 100_000  # more than any budget here: the replay ends it
SILENT = 50  # level of logging


def _parameter(name: str, domain: BaseDistribution) -> Hyperparameter:
    """Return a domain as SMAC's."""
    if isinstance(domain, CategoricalDistribution):
        return Categorical(name, list(domain.choices))
    kind = Integer if isinstance(domain, IntDistribution) else Float
    return kind(name, (domain.low, domain.high), log=domain.log)  # type: ignore[attr-defined]


class Smac:
    """Search of the table by SMAC, which hands over any epoch of any configuration.

    Args:
        table: the curves.
        seed: seed of SMAC.
    """

    def __init__(self, table: Table, seed: int) -> None:
        self._table = table
        space = ConfigurationSpace(seed=seed)
        space.add(*(_parameter(name, domain) for name, domain in table.domains.items()))
        scenario = Scenario(
            space,
            objectives=["lack", "gap"],
            n_trials=TRIALS,
            seed=seed,
            output_directory=Path(tempfile.mkdtemp(prefix="smac-")),
        )
        facade = HyperparameterOptimizationFacade
        self._smac = facade(
            scenario,
            lambda config, seed: 0.0,
            multi_objective_algorithm=ParEGO(scenario),
            intensifier=facade.get_intensifier(scenario, max_config_calls=table.search_seeds),
            overwrite=True,
            logging_level=SILENT,
        )
        self._rows: dict[object, int] = {}
        self._seeds: dict[int, int] = {}
        self._jobs: list[tuple[TrialInfo, Job]] = []
        self._curves: list[list[tuple[Floats, Floats]]] = []

    def next(self) -> Job | None:
        """Return the job that SMAC asks for; None if no configuration is left for new values."""
        info = self._smac.ask()
        if info.config not in self._rows:
            row = self._table.nearest(dict(info.config), set(self._rows.values()))
            if row is None:
                return None
            self._rows[info.config] = row
        seed = self._seeds.setdefault(info.seed, len(self._seeds))
        job = Job(self._rows[info.config], (seed,), self._table.epochs)
        self._jobs.append((info, job))
        self._curves.append([])
        return job

    def report(self, number: int, epoch: int, per_seed: PerSeed) -> bool:
        """Record the epoch; nothing is stopped."""
        self._curves[number].append((costs(per_seed), missed(per_seed, self._table)))
        return True

    def ended(self, number: int, finished: bool) -> None:
        """Pass the last costs on."""
        found, lack = self._curves[number][-1]
        able = finished and np.isfinite(found).all() and (lack <= 0).all()
        cost = found if able else self._table.reference
        self._smac.tell(self._jobs[number][0], TrialValue(cost=cost.tolist()))

    def _means(self) -> dict[Pick, Floats]:
        """Return the mean costs of each candidate that keeps the floors."""
        lanes: dict[Pick, list[tuple[Floats, Floats]]] = {}
        for (_, job), curve in zip(self._jobs, self._curves, strict=True):
            for epoch, values in enumerate(curve, 1):
                lanes.setdefault((job.configuration, epoch), []).append(values)
        means = {pick: np.mean([v for v, _ in rows], axis=0) for pick, rows in lanes.items()}
        lacks = {pick: np.mean([v for _, v in rows], axis=0) for pick, rows in lanes.items()}
        return {
            pick: mean
            for pick, mean in means.items()
            if np.isfinite(mean).all() and (lacks[pick] <= 0).all()
        }

    def front(self) -> list[Pick]:
        """Return the candidates that are feasible and not dominated in the mean."""
        means = self._means()
        if not means:
            return []
        kept = pareto.front(np.stack(list(means.values())))
        return [pick for pick, keep in zip(means, kept, strict=True) if keep]

    def claims(self) -> Floats:
        """Return the members' mean costs."""
        means = self._means()
        return np.array([means[pick] for pick in self.front()]).reshape(-1, 2)
