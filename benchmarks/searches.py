"""Comparison of searches on replayed learning curves; nothing is trained.

python benchmarks/searches.py [--space adversarial] [--repetitions 50] [--only NAME ...]

The command needs benchmarks/curves.parquet (python benchmarks/curves.py) and the [bench] extra. In
every repetition all searches get the same seeds to train with, and their fronts are evaluated on
seeds that none of them saw. `X, posterior front` is the trajectory of X, whose front and claims are
those of the posterior of search/posterior: what it adds is the estimator's, the rest the sampler's.
Print by budget the validated hypervolume and by how much more was claimed, then the delivered
hypervolume and the number of members; write searches-SPACE.csv and .png. With --cache, an
interrupted comparison goes on where it was.
"""

import argparse
import functools
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import torch
from optuna.samplers import GPSampler, NSGAIISampler, TPESampler
from ours import Ours
from peers import MultiMetricPruner, Optuna, Peer, Random, RayTune
from posteriors import Judged
from replay import (
    FULL_SEEDS,
    TABLE,
    Floats,
    Search,
    Table,
    even_marks,
    read,
    replay,
    seed_order,
)
from rich.console import Console
from rich.progress import track
from rich.table import Table as Grid
from scipy.stats import t as student
from synthetic import FAMILIES, synthetic

mpl.use("Agg")
from matplotlib import pyplot as plt

try:
    from peers_syne_tune import Ehvi, evolution, moasha
except ImportError:
    moasha = None
try:
    from peers_smac import Smac
except ImportError:
    Smac = None

BUDGETS = (5, 10, 20, 30, 40)  # full trainings
YARDSTICK = "Optuna TPE (3 seeds)"


def budget_of(table: Table) -> int:
    """Return the whole budget, in epochs of one seed."""
    return BUDGETS[-1] * FULL_SEEDS * table.epochs


def judged(name: str, table: Table, seed: int) -> Search:
    """Return a search whose front the posterior chooses."""
    return Judged(SEARCHES[name](table, seed), table)


def pruned(table: Table, seed: int) -> MultiMetricPruner:
    """Return Optuna's TPE with OptunaHub's pruner."""
    return MultiMetricPruner(table, TPESampler(seed=seed))


# Searches that stop trials hand over any epoch, with the grace and reduction that validated best.
# The others hand over last epochs, as is usual, and as a control any epoch. NSGA-II's default
# population of 50 would be random search here.
SEARCHES: dict[str, Callable[[Table, int], Search]] = {
    "fairser": lambda t, s: Ours(t, s, budget_of(t)),
    "fairser, --scheduler mo-asha": lambda t, s: Ours(t, s, budget_of(t), scheduler=True),
    "fairser, --sampler tpe": lambda t, s: Ours(t, s, budget_of(t), "tpe"),
    "fairser, --sampler tpe --scheduler mo-asha": lambda t, s: Ours(
        t, s, budget_of(t), "tpe", scheduler=True
    ),
    "random (3 seeds)": lambda t, s: Peer(Random(t, s), t, 3),
    "random (3 seeds, every epoch)": lambda t, s: Peer(Random(t, s), t, 3, every_epoch=True),
    "random (1 seed)": lambda t, s: Peer(Random(t, s), t, 1),
    "Optuna TPE (3 seeds)": lambda t, s: Peer(Optuna(t, TPESampler(seed=s)), t, 3),
    "Optuna TPE (3 seeds, every epoch)": lambda t, s: Peer(
        Optuna(t, TPESampler(seed=s)), t, 3, every_epoch=True
    ),
    "Optuna TPE (1 seed, every epoch)": lambda t, s: Peer(
        Optuna(t, TPESampler(seed=s)), t, 1, every_epoch=True
    ),
    "Optuna TPE (1 seed)": lambda t, s: Peer(Optuna(t, TPESampler(seed=s)), t, 1),
    "Optuna NSGA-II (3 seeds)": lambda t, s: Peer(
        Optuna(t, NSGAIISampler(population_size=16, seed=s)), t, 3
    ),
    "Optuna NSGA-II (1 seed)": lambda t, s: Peer(
        Optuna(t, NSGAIISampler(population_size=16, seed=s)), t, 1
    ),
    "OptunaHub pruner (3 seeds)": lambda t, s: Peer(pruned(t, s), t, 3, every_epoch=True),
    "OptunaHub pruner (1 seed)": lambda t, s: Peer(pruned(t, s), t, 1, every_epoch=True),
    "Ray Tune + ASHA (3 seeds)": lambda t, s: Peer(RayTune(t, s, 2, 3), t, 3, every_epoch=True),
    "Ray Tune + ASHA (1 seed)": lambda t, s: Peer(RayTune(t, s, 2, 3), t, 1, every_epoch=True),
    "Optuna GP (3 seeds)": lambda t, s: Peer(Optuna(t, GPSampler(seed=s), actual=False), t, 3),
}
SYNE_TUNE: dict[str, Callable[[Table, int], Search]] = {
    "Syne Tune MOASHA (3 seeds)": lambda t, s: Peer(moasha(t, s, 2), t, 3, every_epoch=True),
    "Syne Tune MOASHA (1 seed)": lambda t, s: Peer(moasha(t, s, 2), t, 1, every_epoch=True),
    "Syne Tune MO-REA (3 seeds)": lambda t, s: Peer(evolution(t, s), t, 3),
    "Syne Tune MO-REA (1 seed)": lambda t, s: Peer(evolution(t, s), t, 1),
    "Syne Tune EHVI (3 seeds)": lambda t, s: Peer(Ehvi(t, s), t, 3),
}
if moasha is not None:
    SEARCHES |= SYNE_TUNE
if Smac is not None:
    SEARCHES["SMAC racing"] = Smac
PEERS = [name for name in SEARCHES if not name.startswith("fairser")]
SUFFIX = ", posterior front"
SEARCHES |= {name + SUFFIX: functools.partial(judged, name) for name in PEERS}
SLOW = (
    "Optuna GP (3 seeds)",
    "Syne Tune EHVI (3 seeds)",
)  # minutes a repetition: by --only

# Okabe and Ito 2008, by the name before the number of seeds. One seed is dashed, any epoch of a
# search that stops nothing dotted.
COLOURS = {
    "fairser": "#000000",
    "OptunaHub pruner": "#882255",
    "SMAC racing": "#332288",
    "random": "#8C8C8C",
    "Optuna TPE": "#0072B2",
    "Optuna NSGA-II": "#56B4E9",
    "Optuna GP": "#F0E442",
    "Ray Tune + ASHA": "#E69F00",
    "Syne Tune MOASHA": "#D55E00",
    "Syne Tune MO-REA": "#009E73",
    "Syne Tune EHVI": "#CC79A7",
}


@dataclass(frozen=True)
class Curve:
    """Results of a search over all repetitions.

    Attributes:
        budgets: full trainings, shape (mark,).
        validated: hypervolume on unseen seeds, shape (repetition, mark).
        claimed: hypervolume as the search saw it, shape (repetition, mark).
        delivered: hypervolume of those who pick by claims, shape (repetition, mark).
        sizes: number of members, shape (repetition, mark).
    """

    budgets: Floats
    validated: Floats
    claimed: Floats
    delivered: Floats
    sizes: Floats

    def at(self, budget: float) -> int:
        """Return the last mark up to a budget."""
        return int(np.searchsorted(self.budgets, budget + 1e-9)) - 1

    @property
    def mean(self) -> Floats:
        """Mean validated hypervolume over repetitions, shape (mark,)."""
        return np.asarray(self.validated.mean(axis=0))

    @property
    def half(self) -> Floats:
        """Half the 95 % interval of `mean`."""
        return half_interval(self.validated)


def half_interval(values: Floats) -> Floats:
    """Return half of Student's 95 % interval for the mean over the first axis; NaN for one."""
    count = len(values)
    if count < 2:
        return np.full(values.shape[1:], np.nan)
    error = values.std(axis=0, ddof=1) / np.sqrt(count)
    return np.asarray(student.ppf(0.975, count - 1) * error)


def table_of(space: str, path: Path, repetition: int) -> Table:
    """Return the table of a repetition: a synthetic one of its own, or that of a file."""
    if space in FAMILIES:
        return synthetic(repetition, space)
    return _read(space, path)


_read = functools.lru_cache(read)


def begin() -> None:
    """Prepare a worker."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")  # the peers' own


def once(name: str, space: str, path: Path, repetition: int, cache: Path | None) -> Floats:
    """Run one search in one repetition.

    Returns:
        Validated, claimed and delivered hypervolume, and size of the front (4, mark).
    """
    file = cache / f"{space}, {name}, {repetition}.npy" if cache else None
    if file and file.exists():
        return np.asarray(np.load(file))
    table = table_of(space, path, repetition)
    order = seed_order(table, repetition)
    trace = replay(SEARCHES[name](table, repetition), table, order, budget_of(table))
    scores = np.stack([trace.validated, trace.claimed, trace.delivered, trace.sizes])
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, scores)
    return scores


def compare(
    names: list[str],
    space: str,
    path: Path,
    repetitions: range,
    cache: Path | None = None,
    workers: int = 2,
) -> dict[str, Curve]:
    """Run all searches on the same repetitions."""
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=begin) as pool:
        futures = {
            pool.submit(once, name, space, path, repetition, cache): (name, repetition)
            for repetition in repetitions
            for name in names
        }
        found = {
            futures[future]: future.result()
            for future in track(as_completed(futures), "replays", total=len(futures))
        }
    budgets = np.array(even_marks(BUDGETS[-1] * 1000)) / 1000
    scores = {name: np.stack([found[name, r] for r in repetitions], axis=1) for name in names}
    return {name: Curve(budgets, *parts) for name, parts in scores.items()}


def reach(curve: Curve, goal: float) -> str:
    """Return the share of the whole budget at which the mean first reaches `goal`."""
    there = np.flatnonzero(curve.mean >= goal)
    return f"{curve.budgets[there[0]] / curve.budgets[-1]:.0%}" if len(there) else "never"


def grid(curves: Mapping[str, Curve], title: str) -> Grid:
    """Return the table to print."""
    yard = curves.get(YARDSTICK)
    rows = Grid(
        title=title,
        caption="mean, 95 % interval over repetitions, and over-claim; paired: less TPE's",
    )
    rows.add_column("search", no_wrap=True)
    headings = [*map(str, BUDGETS), "reaches TPE", "paired at the end"]
    for heading in headings:
        rows.add_column(heading, justify="right", no_wrap=True)
    for name, curve in curves.items():
        marks = [curve.at(budget) for budget in BUDGETS]
        cells = [f"{curve.mean[m]:.4f} ±{curve.half[m]:.4f} {over_claim(curve, m)}" for m in marks]
        if yard:
            gain = curve.validated[:, -1] - yard.validated[:, -1]
            cells += [
                reach(curve, yard.mean[-1]),
                f"{gain.mean():+.4f} ±{half_interval(gain):.4f}",
            ]
        rows.add_row(name, *cells)
    return rows


def over_claim(curve: Curve, mark: int) -> str:
    """Return by how much more was claimed than validated, in the mean."""
    mean, claimed = curve.mean[mark], curve.claimed[:, mark].mean()
    return f"{claimed / mean - 1:+.0%}" if mean > 0 else "-"


def delivered_grid(curves: Mapping[str, Curve]) -> Grid:
    """Return the table of what is delivered."""
    rows = Grid(title="delivered hypervolume (members)")
    rows.add_column("search", no_wrap=True)
    for budget in BUDGETS:
        rows.add_column(str(budget), justify="right", no_wrap=True)
    for name, curve in curves.items():
        marks = [curve.at(budget) for budget in BUDGETS]
        half = half_interval(curve.delivered)
        means, sizes = curve.delivered.mean(axis=0), curve.sizes.mean(axis=0)
        rows.add_row(name, *(f"{means[m]:.4f} ±{half[m]:.4f} ({sizes[m]:.0f})" for m in marks))
    return rows


def numbers(curves: Mapping[str, Curve]) -> Iterator[dict[str, object]]:
    """Yield a row per search and mark, for the .csv."""
    for name, curve in curves.items():
        for mark, budget in enumerate(curve.budgets):
            yield {
                "search": name,
                "full_trainings": budget,
                "validated": curve.mean[mark],
                "validated_half_95": curve.half[mark],
                "claimed": curve.claimed[:, mark].mean(),
                "delivered": curve.delivered[:, mark].mean(),
                "members": curve.sizes[:, mark].mean(),
                "repetitions": len(curve.validated),
            }


def draw(curves: Mapping[str, Curve], title: str, path: Path) -> None:
    """Draw mean curves with their intervals."""
    figure, axes = plt.subplots(figsize=(9, 5.5), layout="constrained")
    for name, curve in curves.items():
        family, _, seeds = name.partition(" (")
        colour = COLOURS.get(family, "#000000")
        dashes = ":" if "every" in seeds else "--" if seeds.startswith("1") else "-"
        axes.plot(curve.budgets, curve.mean, dashes, color=colour, label=name, linewidth=1.8)
        low, high = curve.mean - curve.half, curve.mean + curve.half
        axes.fill_between(curve.budgets, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.set_xlabel("budget in full trainings (all epochs, 3 seeds)")
    axes.set_ylabel("hypervolume on unseen seeds (higher is better)")
    axes.set_title(title)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> int:
    """Compare the searches, print the table, write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--space", default="adversarial", help="space of the table, or a family")
    parser.add_argument("--repetitions", type=int, default=50)
    parser.add_argument("--first", type=int, default=0, help="number of the first repetition")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(SEARCHES))
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder")
    parser.add_argument("--cache", type=Path, help="folder of finished replays, to go on from")
    parser.add_argument("--workers", type=int, default=2, help="replays at once")
    options = parser.parse_args()
    if not options.table.exists():
        print(f"no table {options.table}: python benchmarks/curves.py makes it")
        return 2
    if moasha is None:
        print(f"left out, for syne-tune is not installed: {', '.join(SYNE_TUNE)}")
    names = options.only or [name for name in SEARCHES if name not in SLOW]
    repetitions = range(options.first, options.first + options.repetitions)
    curves = compare(
        names, options.space, options.table, repetitions, options.cache, options.workers
    )
    title = f"{options.space}, {options.repetitions} repetitions"
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(grid(curves, title))
    console.print(delivered_grid(curves))
    stem = options.out / f"searches-{options.space}"
    pd.DataFrame(numbers(curves)).to_csv(f"{stem}.csv", index=False, float_format="%.5f")
    draw(curves, title, Path(f"{stem}.png"))
    print(f"written: {stem}.csv, {stem}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
