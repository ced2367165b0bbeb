"""Lanes and goals for tests of the posterior."""

import numpy as np

from search.posterior.lanes import Goal, Lanes, make_goal

OBJECTIVES = ("ccc", "recall_gap")


def goal(baseline: bool = True, standing: float = 0.0) -> Goal:
    """Goal with a floor on an objective and one on another metric."""
    rng = np.random.default_rng(9)
    lanes = {
        "ccc": 0.7 + rng.normal(0, 0.01, (5, 4)),
        "recall_gap": 0.62 + rng.normal(0, 0.05, (5, 4)),
        "worst_recall": 0.29 + rng.normal(0, 0.02, (5, 4)),
    }
    return make_goal(
        OBJECTIVES,
        {"recall_gap": 1.0},
        {"ccc": 0.5, "worst_recall": 0.2},
        lanes if baseline else None,
        standing,
    )


def lanes(
    count: int = 20,
    dimensions: int = 2,
    epochs: int = 4,
    seed: int = 0,
    noise: float = 0.02,
    waves: bool = False,
) -> Lanes:
    """Lanes of a smooth trade-off, or of random waves; every third configuration has two."""
    rng = np.random.default_rng(seed)
    owners = [owner for owner in range(count) for _ in range(1 + (owner % 3 == 0))][:count]
    places = rng.random((max(owners) + 1, dimensions))
    strength = places.mean(axis=1) if dimensions else np.full(len(places), 0.5)
    means = np.stack([-0.72 + 0.2 * strength**2, 0.7 - 0.5 * strength, -0.3 + 0.08 * strength], 1)
    if waves:
        angles = places @ rng.normal(0, 2.5, (dimensions, 24)) + rng.uniform(0, 6.28, 24)
        waviness = np.cos(angles) @ rng.normal(size=(24, 3)) * (2 / 24) ** 0.5
        means = np.array([-0.65, 0.5, -0.26]) + waviness * [0.05, 0.15, 0.03]
    steps = 0.6 + 0.4 * (np.arange(epochs) + 1) / epochs
    costs = means[owners][:, None] * np.where([True, False, True], steps[:, None], 1.0)
    costs = costs + rng.normal(0, noise, costs.shape)
    turn = [owners[:lane].count(owner) for lane, owner in enumerate(owners)]
    return Lanes(
        places,
        np.array(owners),
        (np.array(owners) + np.array(turn)) % 4,
        costs,
        np.full(count, epochs),
    )
