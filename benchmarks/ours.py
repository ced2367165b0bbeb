"""fairser's own search for replay.py: its plan on a log in memory."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from replay import Floats, Job, PerSeed, Pick, Table

from fairser_core.metrics.lane_summary import summary
from search.front.configurations import Configuration, Configurations
from search.front.floors import Floor
from search.planning.judge import Judge
from search.planning.plan import Plan
from search.planning.planner import Planner, Values
from search.planning.sampler import Sampler
from search.planning.sampler_names import POSTERIOR, SamplerName
from search.posterior.lanes import Integers
from search.posterior.posterior import Posterior
from search.space.load import load
from search.space.space import Space
from search.space.values import Value
from search.store.log import Log
from search.store.trials import EpochRecord


class Memory:
    """Results folder without files, with the methods that a log calls."""

    def lines(self, name: str) -> list[bytes]:
        """Return no lines: every replay begins anew."""
        return []

    def names(self, folder: str) -> list[str]:
        """Return no names."""
        return []

    def read(self, name: str) -> None:
        """Return None: there are no files."""

    def write(self, name: str, content: bytes) -> None:
        """Do nothing: nothing is read again."""

    def where(self, name: str = "") -> str:
        """Return the name of a file, for messages."""
        return name

    def check_end(self, name: str) -> None:
        """Do nothing: no file can change."""

    def append(self, name: str, line: bytes) -> None:
        """Do nothing: the log itself keeps its events."""


def moved(
    table: Table, points: Iterable[Mapping[str, Value]], used: Sequence[int] = ()
) -> list[dict[str, Value]]:
    """Return the configurations of a table nearest to points, each once, as long as any is left.

    Args:
        table: the curves.
        points: values.
        used: configurations that are not available.
    """
    rows: list[int] = []
    for values in points:
        row = table.nearest(values, [*used, *rows])
        if row is None:
            break
        rows.append(row)
    return [dict(table.values[row]) for row in rows]


class TableSampler(Sampler):
    """Sampler whose suggestions are moved to the nearest configuration that is left."""

    table: Table

    def exhausted(self, trained: Sequence[Configuration]) -> bool:
        """Return whether no configuration of the table is left."""
        return len(trained) == len(self.table.values)

    def suggest(self, trained: Sequence[Configuration]) -> dict[str, Value]:
        """Return values of the table."""
        tried = {tuple(configuration.values.items()) for configuration in trained}
        used = [row for row, v in enumerate(self.table.values) if tuple(v.items()) in tried]
        nearest = self.table.nearest(super().suggest(trained), used)
        assert nearest is not None
        return dict(self.table.values[nearest])


class TablePlanner(Planner):
    """Planner whose pool is moved to the nearest configurations of a table."""

    def __init__(self, table: Table, space: Space, judge: Judge, seed: int) -> None:
        """Make the planner.

        Args:
            table: the curves.
            space: space that is searched.
            judge: judge of what is trained.
            seed: seed of the Sobol points.
        """
        super().__init__(space, judge, seed)
        self._table = table
        self._pool = moved(table, self._pool)

    def _near(self, trained: Sequence[Configuration], members: Integers) -> list[Values]:
        """Return the configurations left that are nearest to values near members."""
        tried = {tuple(configuration.values.items()) for configuration in trained}
        used = [row for row, v in enumerate(self._table.values) if tuple(v.items()) in tried]
        return moved(self._table, super()._near(trained, members), used)


def space_of(table: Table, lane_epochs: int) -> Space:
    """Return the space of a table, with the budget of a replay.

    Args:
        table: the curves.
        lane_epochs: budget, in epochs of one seed.
    """
    loaded = load(table.space, "demo")
    corner = (table.reference * [-1, 1]).tolist()
    budget = dataclasses.replace(
        loaded.budget,
        trials=math.ceil(lane_epochs / (table.epochs * loaded.budget.seeds)),
        epochs=table.epochs,
        race_seeds=table.search_seeds,
        check_seeds=0,
    )
    return dataclasses.replace(
        loaded,
        search=dict(table.domains),
        floor={name: loaded.floor[name] for name in table.floors},
        reference=dict(zip(loaded.objectives, corner, strict=True)),
        budget=budget,
    )


class Ours:
    """Search of `python search/run.py`, with its front and claims."""

    def __init__(
        self,
        table: Table,
        seed: int,
        lane_epochs: int,
        sampler: SamplerName = POSTERIOR,
        scheduler: bool = False,
    ) -> None:
        """Begin a search.

        Args:
            table: the curves.
            seed: of the sampler; seeds of trials are numbered as the repetition orders them.
            lane_epochs: budget, in epochs of one seed.
            sampler: as `--sampler`.
            scheduler: whether `--scheduler` is mo-asha.
        """
        self.space = space_of(table, lane_epochs)
        curves = {name: tuple(table.baseline[name].tolist()) for name in self.space.floor}
        floors = tuple(
            Floor(name, share, curves[name][-1], curves[name], table.spreads)
            for name, share in self.space.floor.items()
        )
        self._configurations = Configurations()
        self.floors, self.log = floors, Log(Memory())  # type: ignore[arg-type]
        self._judge = Judge(self.space, floors, table.baseline_lanes)
        self._rows = {tuple(values.items()): row for row, values in enumerate(table.values)}
        source = self._source(table, seed, sampler)
        self._plan = Plan(self.log, self.space, floors, 0, source, self._judge, scheduler)

    def _source(self, table: Table, seed: int, sampler: SamplerName) -> Sampler | Planner:
        """Return the source of new values."""
        if sampler == POSTERIOR:
            return TablePlanner(table, self.space, self._judge, seed)
        chosen = TableSampler(self.space, self.floors, seed, sampler)
        chosen.table = table
        return chosen

    def next(self) -> Job | None:
        """Return the job of the trial that the plan opens."""
        record = self._plan.next()
        if record is None:
            return None
        return Job(self.row(record.values), tuple(record.seeds), record.limit)

    def report(self, number: int, epoch: int, per_seed: PerSeed) -> bool:
        """Log the epoch, then ask the rungs."""
        known = {
            name: [float(v) if math.isfinite(v) else None for v in values]
            for name, values in per_seed.items()
        }
        self.log.epoch(number, EpochRecord(epoch, summary(dict(per_seed)), known, {}, 0.0))
        reason = self._plan.why_stop(number)
        if reason:
            self.log.ended(number, "stopped", reason)
        return not reason

    def ended(self, number: int, finished: bool) -> None:
        """Log the end."""
        if self.log.trials[number].state == "running":
            self.log.ended(number, "complete" if finished else "failed")

    def trained(self) -> list[Configuration]:
        """Return the configurations of the log."""
        return self._configurations.update(self.log.trials.values())

    def row(self, values: Mapping[str, Value]) -> int:
        """Return the row of the table that has values."""
        return self._rows[tuple(values.items())]

    def posterior(self) -> Posterior | None:
        """Return the posterior of what is trained, with the candidates whose models are kept."""
        return self._judge.posterior(self.trained())

    def front(self) -> list[Pick]:
        """Return the members of the front."""
        posterior = self.posterior()
        if posterior is None:
            return []
        rows = [self.row(configuration.values) for configuration in self.trained()]
        return [
            (rows[owner], int(epoch) + 1) for owner, epoch in zip(*posterior.front, strict=True)
        ]

    def claims(self) -> Floats:
        """Return the costs that the members claim."""
        posterior = self.posterior()
        if posterior is None:
            return np.empty((0, 2))
        owners, epochs = posterior.front
        return np.asarray(posterior.outlook.mean[owners, epochs, :2])
