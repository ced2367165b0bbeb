"""The posterior in replays: judges another search's trajectory."""

from collections.abc import Sequence

import numpy as np
from replay import Floats, Job, PerSeed, Pick, Search, Table

from fairser_core.metrics.directions import cost
from search.posterior.lanes import Goal, Lanes, make_goal
from search.posterior.model import Fits
from search.posterior.posterior import Posterior
from search.space.domains import places

OBJECTIVES = ("ccc", "recall_gap")


def goal_of(table: Table) -> Goal:
    """Return the goal of a table's space."""
    reference = dict(zip(OBJECTIVES, table.reference.tolist(), strict=True))
    return make_goal(OBJECTIVES, reference, table.floors, table.baseline_lanes)


class Record:
    """Jobs of a replay as lanes.

    Args:
        table: the curves.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.goal = goal_of(table)
        self.jobs: list[Job] = []
        self.ended: list[int] = []
        self._curves: list[list[Floats]] = []
        self._fits = Fits()
        self._posterior: tuple[int, Posterior] | None = None

    def start(self, job: Job) -> None:
        """Add a job."""
        self.jobs.append(job)
        self._curves.append([])

    def report(self, number: int, per_seed: PerSeed) -> None:
        """Add an epoch of a job."""
        columns = [cost(name, 1.0) * per_seed[name] for name in self.goal.metrics]
        self._curves[number].append(np.stack(columns, axis=1))

    def configurations(self) -> list[int]:
        """Return the table's configurations that have ended lanes, in order."""
        return list(dict.fromkeys(self.jobs[number].configuration for number in self.ended))

    def posterior(self) -> Posterior | None:
        """Return the posterior of the jobs that ended; None before the first."""
        if not self.ended:
            return None
        if self._posterior is None or self._posterior[0] != len(self.ended):
            lanes = self._lanes(self.ended)
            self._posterior = len(self.ended), Posterior(lanes, self.goal, self._fits)
        return self._posterior[1]

    def _lanes(self, numbers: Sequence[int]) -> Lanes:
        rows = list(dict.fromkeys(self.jobs[number].configuration for number in numbers))
        owners, seeds, costs, lengths = [], [], [], []
        for number in numbers:
            job = self.jobs[number]
            curves = np.stack(self._curves[number])
            for lane, seed in enumerate(job.seeds):
                owners.append(rows.index(job.configuration))
                seeds.append(seed)
                whole = np.full((self._table.epochs, curves.shape[2]), np.nan)
                whole[: len(curves)] = curves[:, lane]
                costs.append(whole)
                lengths.append(len(curves))
        return Lanes(
            places(self._table.domains, [self._table.values[row] for row in rows]),
            np.array(owners),
            np.array(seeds),
            np.stack(costs),
            np.array(lengths),
        )

    def front(self) -> list[Pick]:
        """Return the members of the posterior's front."""
        posterior = self.posterior()
        if posterior is None:
            return []
        rows = self.configurations()
        return [(rows[c], int(e) + 1) for c, e in zip(*posterior.front, strict=True)]

    def claims(self) -> Floats:
        """Return the members' posterior mean costs (member, objective)."""
        posterior = self.posterior()
        if posterior is None:
            return np.empty((0, 2))
        owners, epochs = posterior.front
        return np.asarray(posterior.outlook.mean[owners, epochs, :2])


class Judged:
    """Another search's trajectory, whose front the posterior chooses.

    Args:
        search: the other search.
        table: the curves.
    """

    def __init__(self, search: Search, table: Table) -> None:
        self._search, self._record = search, Record(table)
        self.front, self.claims = self._record.front, self._record.claims

    def next(self) -> Job | None:
        """Return the other search's job."""
        job = self._search.next()
        if job is not None:
            self._record.start(job)
        return job

    def report(self, number: int, epoch: int, per_seed: PerSeed) -> bool:
        """Record the epoch and pass it on."""
        self._record.report(number, per_seed)
        return self._search.report(number, epoch, per_seed)

    def ended(self, number: int, finished: bool) -> None:
        """Record the end and pass it on."""
        self._record.ended.append(number)
        self._search.ended(number, finished)
