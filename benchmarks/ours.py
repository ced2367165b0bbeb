"""fairser's own search for replay.py: its plan on a log in memory."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from replay import SEARCH_SEEDS, Floats, Job, PerSeed, Pick, Table

from fairser_core.metrics.lane_summary import summary
from search.front.candidates import Candidates, candidates_of
from search.front.configurations import Configuration, Configurations
from search.front.floors import Floor, bounds
from search.planning.plan import Plan
from search.planning.sampler import Sampler, SamplerName
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


class TableSampler(Sampler):
    """Sampler whose suggestions are moved to the nearest configuration that is left."""

    table: Table

    def exhausted(self, trained: Sequence[Configuration]) -> bool:
        """Return whether no configuration of the table is left."""
        return len(trained) == len(self.table.values)

    def suggest(self, trained: Sequence[Configuration]) -> dict[str, Value]:
        """Return values of the table."""
        rows = {tuple(values.items()): row for row, values in enumerate(self.table.values)}
        used = [rows[tuple(configuration.values.items())] for configuration in trained]
        values = super().suggest(trained)
        nearest = self.table.nearest({k: float(v) for k, v in values.items()}, used)
        assert nearest is not None
        return dict(self.table.values[nearest])


class Ours:
    """Search of `python search/run.py --sampler tpe`, or of another sampler of Optuna."""

    def __init__(
        self,
        table: Table,
        seed: int,
        lane_epochs: int,
        sampler: SamplerName = "tpe",
        scheduler: bool = True,
        budget: dict[str, int] | None = None,
        **changes: Any,
    ) -> None:
        """Begin a search.

        Args:
            table: the curves.
            seed: of the sampler; seeds of trials are numbered as the repetition orders them.
            lane_epochs: budget, in epochs of one seed.
            sampler: as `--sampler`.
            scheduler: as `--scheduler`.
            budget: of the space, changed.
            changes: of the space.
        """
        space = dataclasses.replace(load(table.space, "demo"), search=dict(table.domains))
        whole = dataclasses.replace(
            space.budget, epochs=table.epochs, race_seeds=SEARCH_SEEDS, check_seeds=0
        )
        whole = dataclasses.replace(whole, **(budget or {}))
        trials = math.ceil(lane_epochs / (whole.epochs * whole.seeds))
        whole = dataclasses.replace(whole, trials=trials)
        self.space: Space = dataclasses.replace(space, budget=whole, **changes)
        curves = {name: tuple(table.baseline[name].tolist()) for name in self.space.floor}
        floors = tuple(
            Floor(name, share, curves[name][-1], curves[name], table.spreads)
            for name, share in self.space.floor.items()
        )
        self._configurations = Configurations()
        self.floors, self.log = floors, Log(Memory())  # type: ignore[arg-type]
        chosen = TableSampler(self.space, floors, seed, sampler)
        chosen.table = table
        self._rows = {tuple(values.items()): row for row, values in enumerate(table.values)}
        self._plan = Plan(self.log, self.space, floors, 0, chosen, stopping=scheduler)

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

    def _candidates(self) -> Candidates:
        return candidates_of(self.trained(), self.space.objectives, bounds(self.floors))

    def front(self) -> list[Pick]:
        """Return the members of the front."""
        rows, candidates = [self.row(c.values) for c in self.trained()], self._candidates()
        return [
            (rows[candidates.owners[i]], int(candidates.epochs[i]))
            for i in np.flatnonzero(candidates.on_front)
        ]

    def claims(self) -> Floats:
        """Return the members' costs as the search sees them."""
        candidates = self._candidates()
        return candidates.means()[candidates.on_front].reshape(-1, 2)
