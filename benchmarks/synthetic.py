"""Synthetic learning curves with the noise of small corpora, whose truth is known exactly.

Three values are searched. Means over endless seeds are smooth functions of them, as random draws of
a process have it; seeds scatter by region, lanes of one seed share a part of their luck, and in
families that collapse a seed may fall.
"""

from dataclasses import dataclass

import numpy as np
from optuna.distributions import FloatDistribution
from replay import SEARCH_SEEDS, Floats, Table

CONFIGURATIONS, EPOCHS, DIMENSIONS = 150, 12, 3
FEATURES = 64  # of a random function
LENGTH = 0.45  # length scale of the means
SHARED = 0.25  # share of a seed's luck that neighbours have in common
CCC_FLOOR, RECALL_FLOOR = 0.53, 0.21


@dataclass(frozen=True)
class Family:
    """Family of synthetic tables.

    Attributes:
        noise: standard deviation over seeds of CCC, gap and worst recall, in the middle of the
            space.
        baseline_noise: standard deviation over the baseline's seeds, as a share of `noise`.
        falls: chance that a seed collapses, in the region where most do.
    """

    noise: tuple[float, float, float] = (0.025, 0.09, 0.04)
    baseline_noise: float = 1.0
    falls: float = 0.0


FAMILIES = {
    "synthetic": Family(),
    "synthetic, baseline steadier": Family(baseline_noise=0.25),
    "synthetic, seeds collapse": Family(falls=0.6),
}


def _function(at: Floats, rng: np.random.Generator, length: float) -> Floats:
    """Return a random smooth function of variance 1 at points (point,)."""
    frequencies = rng.normal(0, 1 / length, (FEATURES, at.shape[1]))
    phases, weights = rng.uniform(0, 2 * np.pi, FEATURES), rng.normal(size=FEATURES)
    return np.asarray(np.cos(at @ frequencies.T + phases) @ weights * (2 / FEATURES) ** 0.5)


def synthetic(repetition: int, family: str) -> Table:
    """Return a table of a family, whose last column stands for endless seeds.

    Args:
        repetition: seed of the table.
        family: key of `FAMILIES`.
    """
    kind, rng = FAMILIES[family], np.random.default_rng([repetition, 7])
    at = rng.random((CONFIGURATIONS, DIMENSIONS))
    steps = 1 - np.exp(-np.arange(1, EPOCHS + 1) / 3.0)
    strength = np.clip(0.5 + 0.35 * _function(at, rng, LENGTH), 0, 1)  # of the method
    ccc = 0.70 - 0.30 * strength**2 - 0.03 * np.abs(_function(at, rng, LENGTH))
    gap = 0.62 - 0.42 * strength + 0.05 * _function(at, rng, LENGTH)
    recall = 0.29 - 0.10 * strength**3 + 0.02 * _function(at, rng, LENGTH)
    finals = np.stack([ccc, np.abs(gap), np.maximum(recall, 0)])
    begins = np.array([0.3, 0.4, 0.05])
    means = begins[:, None, None] + (finals - begins[:, None])[..., None] * steps
    region = np.exp(0.5 * _function(at, rng, LENGTH))
    falls = kind.falls / (1 + np.exp(-2 * _function(at, rng, LENGTH) - 4 * (strength - 0.5)))
    seeds = [_seed(means, at, region, kind.noise, falls, rng) for _ in range(SEARCH_SEEDS)]
    fallen = np.broadcast_to(FALLEN[:, None, None], means.shape)
    late = np.arange(EPOCHS) >= FALL_EPOCH
    share = np.where(late, falls[:, None], 0.0)
    truth = (1 - share) * means + share * fallen
    names = ("ccc", "recall_gap", "worst_recall")
    stacked = np.stack([*seeds, truth], axis=3)
    steady = np.array(kind.noise) * kind.baseline_noise
    base = np.array([0.70, 0.62, 0.285])[:, None]
    curve = begins[:, None] + (base - begins[:, None]) * steps
    lanes = np.stack([_noisy(curve, steady, rng) for _ in range(5)])
    return _table(at, dict(zip(names, stacked, strict=True)), lanes, names)


FALLEN = np.array([0.08, 0.1, 0.0])  # CCC, gap and worst recall of a collapsed lane
FALL_EPOCH = 3


def _noisy(curve: Floats, sd: Floats, rng: np.random.Generator) -> Floats:
    """Return a curve (metric, epoch) with luck that lasts: AR(1) over epochs with .8."""
    luck = np.empty_like(curve)
    luck[:, 0] = rng.normal(size=len(sd))
    for epoch in range(1, curve.shape[1]):
        luck[:, epoch] = 0.8 * luck[:, epoch - 1] + 0.6 * rng.normal(size=len(sd))
    return np.asarray(curve + luck * sd[:, None])


def _seed(
    means: Floats,
    at: Floats,
    region: Floats,
    noise: tuple[float, float, float],
    falls: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Return the curves of all configurations with one seed (metric, configuration, epoch)."""
    common = np.stack([_function(at, rng, LENGTH) for _ in noise])
    sd = np.array(noise)[:, None] * region
    rows = []
    for row in range(len(at)):
        own = _noisy(means[:, row], sd[:, row] * (1 - SHARED) ** 0.5, rng)
        rows.append(own + (SHARED**0.5 * sd[:, row] * common[:, row])[:, None])
    curves = np.stack(rows, axis=1)
    fell = rng.random(len(at)) < falls
    late = np.arange(curves.shape[2]) >= FALL_EPOCH
    ruins = np.abs(FALLEN[:, None, None] + rng.normal(0, 0.02, curves.shape))
    result = np.where(fell[:, None] & late, ruins, curves)
    result[1:] = np.abs(result[1:])
    return np.asarray(result)


def _table(at: Floats, metrics: dict[str, Floats], lanes: Floats, names: tuple[str, ...]) -> Table:
    keys = [f"x{number}" for number in range(at.shape[1])]
    baseline = {name: lanes[:, m].mean(axis=0) for m, name in enumerate(names)}
    return Table(
        space="adversarial",
        domains={key: FloatDistribution(0.0, 1.0) for key in keys},
        values=tuple(dict(zip(keys, row, strict=True)) for row in at.tolist()),
        metrics=metrics,
        baseline={name: baseline[name] for name in ("ccc", "worst_recall")},
        baseline_lanes={name: lanes[:, m] for m, name in enumerate(names)},
        spreads=tuple(
            {f"{name}_sd": float(lanes[:, m, e].std(ddof=1)) for m, name in enumerate(names)}
            for e in range(EPOCHS)
        ),
        floors={"ccc": CCC_FLOOR, "worst_recall": RECALL_FLOOR},
        reference=np.array([-CCC_FLOOR, 1.0]),
        places=at,
        exact=True,
    )
