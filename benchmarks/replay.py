"""Replay of learning curves to a search, as if it trained; see curves.py for the table.

Time is simulated: an epoch of a job takes as many units as it has seeds, workers do not wait for
one another, and the same search on the same table always goes the same way. A budget counts the
epochs of each seed.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from optuna.distributions import BaseDistribution

from fairser_core.pareto import hypervolume
from search.space.domains import places
from search.space.load import load

Floats = npt.NDArray[np.float64]
PerSeed = Mapping[str, Floats]  # metric -> shape (seed,)
Pick = tuple[int, int]  # candidate: configuration and epoch (from 1)

TABLE = Path(__file__).with_name("curves.parquet")
RECALLS = [f"recall_{level}_{gender}" for level in ("low", "high") for gender in ("female", "male")]
ANGLES = 64  # directions in which users weigh the objectives
SEARCH_SEEDS = 4  # the rest of the seeds validate
FULL_SEEDS = 3  # a full training: all epochs of so many seeds


@dataclass(frozen=True)
class Table:
    """Learning curves of one space.

    Attributes:
        space: its name.
        domains: of each searched value.
        values: of each configuration.
        metrics: shape (configuration, epoch, seed); NaN where a seed diverged.
        baseline: mean over the baseline's seeds of each floor's metric, shape (epoch,).
        baseline_lanes: the baseline's metrics, shape (seed, epoch).
        spreads: `<metric>_sd` over the baseline's seeds, of each epoch.
        floors: least value that a front member must have, by metric.
        reference: reference point of the hypervolume, shape (objective,).
        places: configurations in the unit cube, shape (configuration, domain).
        search_seeds: number of seeds that train; the rest validate.
        exact: whether the last seed stands for endless ones, as in a synthetic table.
    """

    space: str
    domains: dict[str, BaseDistribution]
    values: tuple[dict[str, float], ...]
    metrics: dict[str, Floats]
    baseline: dict[str, Floats]
    baseline_lanes: dict[str, Floats]
    spreads: tuple[dict[str, float], ...]
    floors: dict[str, float]
    reference: Floats
    places: Floats
    search_seeds: int = SEARCH_SEEDS
    exact: bool = False

    @property
    def epochs(self) -> int:
        """Epochs of a whole training."""
        return self.metrics["ccc"].shape[1]

    @property
    def seeds(self) -> int:
        """Seeds that each configuration was trained with."""
        return self.metrics["ccc"].shape[2]

    def nearest(self, values: Mapping[str, Any], used: Collection[int]) -> int | None:
        """Return the configuration closest to `values` on the domains' own scales.

        Args:
            values: within the domains.
            used: configurations that are not available.

        Returns:
            None if all are used.
        """
        distances = ((self.places - places(self.domains, [values])) ** 2).sum(axis=1)
        distances[list(used)] = np.inf
        closest = int(distances.argmin())
        return closest if np.isfinite(distances[closest]) else None


@dataclass(frozen=True)
class Job:
    """Configuration to train.

    Attributes:
        configuration: index into the table.
        seeds: indices into the repetition's search seeds.
        epochs: greatest number of epochs.
    """

    configuration: int
    seeds: tuple[int, ...]
    epochs: int


class Search(Protocol):
    """Search to compare. Jobs are numbered from 0 in the order of their starts."""

    def next(self) -> Job | None:
        """Return the job to start on an idle worker; None if there is none now."""

    def report(self, number: int, epoch: int, per_seed: PerSeed) -> bool:
        """Receive an epoch (from 1) of a job; return whether the job goes on."""

    def ended(self, number: int, finished: bool) -> None:
        """End a job: finished, or else stopped or with all seeds diverged."""

    def front(self) -> list[Pick]:
        """Return the front as the search sees it now."""

    def claims(self) -> Floats:
        """Return the costs of its front as the search sees them, shape (pick, objective)."""


@dataclass(frozen=True)
class Trace:
    """Course of a search in one repetition.

    Attributes:
        marks: epochs of seeds spent.
        validated: hypervolume of its front on unseen seeds, at each mark.
        claimed: hypervolume as the search sees it, at each mark.
        delivered: hypervolume of what users get who pick by claims, at each mark; see `delivered`.
        sizes: number of the front's members, at each mark.
        picks: its front at the end.
    """

    marks: tuple[int, ...]
    validated: Floats
    claimed: Floats
    delivered: Floats
    sizes: Floats
    picks: tuple[Pick, ...]


def costs(per_seed: Mapping[str, Floats]) -> Floats:
    """Return mean costs over the last axis, (-CCC, recall gap) on a new one; NaN if one is."""
    return np.stack([-per_seed["ccc"].mean(axis=-1), per_seed["recall_gap"].mean(axis=-1)], axis=-1)


def missed(per_seed: Mapping[str, Floats], table: Table) -> Floats:
    """Return how far means over the last axis are below each floor (..., floor); NaN if one is."""
    lacking = [least - per_seed[name].mean(axis=-1) for name, least in table.floors.items()]
    shape = per_seed["ccc"].shape[:-1]
    return np.stack(lacking, axis=-1) if lacking else np.empty((*shape, 0))


def _curves(frame: pd.DataFrame) -> dict[str, Floats]:
    """Return each metric as (configuration, epoch, seed); absent epochs are NaN."""
    where = [pd.factorize(frame[axis], sort=True) for axis in ("configuration", "epoch", "seed")]
    shape = tuple(len(found) for _, found in where)
    codes = tuple(code for code, _ in where)
    metrics: dict[str, Floats] = {}
    for name in frame.columns.drop(["space", "configuration", "epoch", "seed"]):
        metrics[name] = np.full(shape, np.nan)
        metrics[name][codes] = frame[name]
    four = [metrics[name] for name in RECALLS]
    return metrics | {"worst_recall": np.minimum.reduce(four)}


def read(space: str, path: Path = TABLE) -> Table:
    """Read the table of a space from the file that curves.py writes."""
    frame = pd.read_parquet(path)
    loaded = load(space, "demo")
    whole = _curves(frame[frame["space"] == "baseline"].dropna(axis="columns", how="all"))
    baseline = {name: whole[name][0].mean(axis=-1) for name in loaded.floor}
    own = frame[frame["space"] == space].sort_values(["configuration", "epoch", "seed"])
    firsts = own.groupby("configuration")[list(loaded.search)].first()
    values = tuple(
        {str(k): float(v) for k, v in row.items()} for row in firsts.to_dict(orient="records")
    )
    floors = {name: share * float(baseline[name][-1]) for name, share in loaded.floor.items()}
    return Table(
        space=space,
        domains=dict(loaded.search),
        values=values,
        metrics=_curves(own.drop(columns=["alpha0", "adversary_learning_rate", "alpha1"])),
        baseline=baseline,
        baseline_lanes={name: curves[0].T for name, curves in whole.items()},
        spreads=tuple(
            {f"{name}_sd": float(curves[0, epoch].std(ddof=1)) for name, curves in whole.items()}
            for epoch in range(whole["ccc"].shape[1])
        ),
        floors=floors,
        reference=np.array([-floors["ccc"], loaded.reference["recall_gap"]]),
        places=places(loaded.search, values),
    )


def volume(found: Floats, table: Table) -> float:
    """Return the hypervolume of costs, shape (pick, objective), without those that are NaN."""
    found = np.asarray(found, dtype=np.float64).reshape(-1, 2)
    return hypervolume(found[np.isfinite(found).all(axis=1)], table.reference)


def validated(picks: Sequence[Pick], table: Table, seeds: Sequence[int]) -> float:
    """Return the hypervolume of picks by means over `seeds`; those below a floor add nothing."""
    at = tuple(np.array([(c, e - 1) for c, e in picks], dtype=int).reshape(-1, 2).T)
    names = {"ccc", "recall_gap", *table.floors}
    per_seed = {name: table.metrics[name][at][:, list(seeds)] for name in names}
    able = (missed(per_seed, table) <= 0).all(axis=-1)
    return volume(costs(per_seed)[able], table)


def delivered(picks: Sequence[Pick], claims: Floats, table: Table, seeds: Sequence[int]) -> float:
    """Return the hypervolume of what users get who pick by claims.

    A user weighs the objectives by a direction and takes the member whose claimed value is best in
    that direction. The hypervolume is pi / 4 times the mean over directions of the squared value
    that this very member has on unseen seeds. A long front whose members are mostly worse than
    claimed has the hypervolume of its luckiest members, but delivers less.

    Args:
        picks: members of a front.
        claims: costs that they claim, shape (pick, objective).
        table: the curves.
        seeds: unseen seeds.
    """
    if not len(picks):
        return 0.0
    at = tuple(np.array([(c, e - 1) for c, e in picks], dtype=int).T)
    names = {"ccc", "recall_gap", *table.floors}
    per_seed = {name: table.metrics[name][at][:, list(seeds)] for name in names}
    able = (missed(per_seed, table) <= 0).all(axis=-1)
    angles = (np.arange(ANGLES) + 0.5) / ANGLES * np.pi / 2
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    claimed = _radii(claims, table.reference, directions)
    true = np.where(able[:, None], _radii(costs(per_seed), table.reference, directions), 0.0)
    reached = true[claimed.argmax(axis=0), np.arange(ANGLES)]
    return float(np.pi / 4 * (np.nan_to_num(reached) ** 2).mean())


def _radii(found: Floats, reference: Floats, directions: Floats) -> Floats:
    """Return how far costs reach from the reference point (pick, direction); 0 beyond it."""
    gains = np.maximum(reference - np.asarray(found).reshape(-1, 1, 2), 0.0)
    return np.asarray((gains / directions).min(axis=2))


@dataclass
class _Running:
    """Job that is training."""

    number: int
    job: Job
    epoch: int = 0


@dataclass
class _Clock:
    """Jobs that are training, by their next report; of equal ones the first started is first."""

    now: int = 0
    due: list[tuple[int, int, _Running]] = field(default_factory=list)

    def add(self, running: _Running) -> None:
        """Let a job train one epoch more."""
        ready = self.now + len(running.job.seeds)
        heapq.heappush(self.due, (ready, running.number, running))

    def advance(self) -> _Running:
        """Advance to the next epoch that ends and return its job."""
        self.now, _, running = heapq.heappop(self.due)
        running.epoch += 1
        return running


def seed_order(table: Table, repetition: int) -> list[int]:
    """Return the seeds in the order of a repetition: those that train, then those that validate."""
    rng = np.random.default_rng(repetition)
    if table.exact:
        return [*rng.permutation(table.search_seeds).tolist(), table.seeds - 1]
    return [int(seed) for seed in rng.permutation(table.seeds)]


def even_marks(budget: int, count: int = 64) -> tuple[int, ...]:
    """Return budgets to record at, evenly spaced up to the whole."""
    return tuple(int(mark) for mark in np.linspace(0, budget, count + 1)[1:].round())


def replay(
    search: Search,
    table: Table,
    order: Sequence[int],
    budget: int,
    workers: int = 2,
    marks: Sequence[int] | None = None,
) -> Trace:
    """Run a search until its budget is spent or it starts no more jobs.

    Args:
        search: without jobs.
        table: the curves.
        order: permutation of the table's seeds; the first `search_seeds` train, the rest
            validate.
        budget: in epochs of one seed.
        workers: number of jobs at once.
        marks: rising budgets to record at; `even_marks` by default.
    """
    held_out = list(order[table.search_seeds :])
    left = list(marks or even_marks(budget))
    every, spent, started = tuple(left), 0, 0
    scores: list[tuple[float, float, float, float]] = []
    clock = _Clock()

    def record(up_to: float) -> None:
        """Record the hypervolume of the current front for the marks below."""
        if left and left[0] < up_to:
            picks, claims = search.front(), search.claims()
            score = (
                validated(picks, table, held_out),
                volume(claims, table),
                delivered(picks, claims, table, held_out),
                float(len(picks)),
            )
            while left and left[0] < up_to:
                scores.append(score)
                left.pop(0)

    while left:
        while len(clock.due) < workers and (job := search.next()) is not None:
            clock.add(_Running(started, job))
            started += 1
        if not clock.due:
            break
        running = clock.advance()
        record(spent + len(running.job.seeds))
        spent += len(running.job.seeds)
        if left and _goes_on(search, table, order, running):
            clock.add(running)
    record(np.inf)
    by_mark = np.array(scores)
    return Trace(every, *by_mark.T, tuple(search.front()))


def _goes_on(search: Search, table: Table, order: Sequence[int], running: _Running) -> bool:
    """Report an epoch, and the end if it is the last; return whether the job goes on."""
    job, seeds = running.job, [order[index] for index in running.job.seeds]
    assert max(job.seeds) < table.search_seeds
    assert 1 <= job.epochs <= table.epochs
    per_seed: dict[str, Any] = {
        name: curves[job.configuration, running.epoch - 1, seeds]
        for name, curves in table.metrics.items()
    }
    wanted = search.report(running.number, running.epoch, per_seed)
    diverged = bool(np.isnan(per_seed["ccc"]).all())
    finished = running.epoch == job.epochs and not diverged
    if wanted and not diverged and not finished:
        return True
    search.ended(running.number, finished)
    return False
