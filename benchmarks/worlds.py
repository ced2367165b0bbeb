"""Simulated test sets of known truth: speakers, their ratings, and what systems predict of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

CENTRE = 4.0  # mean rating, and the boundary of low and high
RATING = 1.2  # sd of a speaker's ratings
NOISE = 0.72**0.5  # sd of predictions around their line: errors within a speaker have sd 1.04
SHARED = 0.7  # share of its variance that all seeds and systems have in common


@dataclass(frozen=True)
class World:
    """A test set of so many speakers, and a system tested on it with so many seeds.

    Errors are those of the CNN of Gorrostieta et al. on RAVDESS: sd 1.04 within a speaker and .43
    between speakers.

    Attributes:
        women: number of female speakers.
        men: number of male speakers.
        seeds: number of seeds.
        shift: how much higher women are predicted than men.
        slope: prediction per rating of women; of men it is .5.
        between: sd of the speakers' own errors.
        raters: sd of the speakers' mean ratings.
        own: sd of the part of a speaker's error that is a system's own.
        seed_sd: sd over seeds of a group's error; half of it is the slope's.
        utterances: mean number of utterances of a speaker, who have from a third to five thirds.
    """

    women: int
    men: int
    seeds: int
    shift: float = 0.0
    slope: float = 0.5
    between: float = 0.43
    raters: float = 0.4
    own: float = 0.15
    seed_sd: float = 0.12
    utterances: int = 30

    @property
    def speakers(self) -> int:
        """Number of all speakers."""
        return self.women + self.men


@dataclass(frozen=True)
class Speech:
    """A drawn test set (row,), and what all systems' predictions have in common there."""

    unit: NDArray[np.intp]
    female: NDArray[np.bool_]
    truth: Floats
    error: Floats


def draw_speech(world: World, rng: np.random.Generator) -> Speech:
    """Draw speakers, their ratings and the errors that are not a system's own."""
    mean = world.utterances
    sizes = rng.integers(mean // 3, 2 * mean - mean // 3 + 1, world.speakers)
    unit = np.repeat(np.arange(world.speakers), sizes)
    ratings = rng.normal(CENTRE, world.raters, world.speakers)
    between = rng.normal(0, max(world.between**2 - world.own**2, 0.0) ** 0.5, world.speakers)
    return Speech(
        unit=unit,
        female=unit < world.women,
        truth=ratings[unit] + rng.normal(0, RATING, len(unit)),
        error=between[unit] + rng.normal(0, NOISE * SHARED**0.5, len(unit)),
    )


def draw_seeds(world: World, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw shift and slope (seed, group) of seeds for men and women."""
    sd = world.seed_sd
    common, own = rng.normal(0, sd, (count, 1)), rng.normal(0, sd, (count, 2))
    shift = np.array([0.0, world.shift]) + common + own
    return shift, np.array([0.5, world.slope]) + rng.normal(0, sd / 2, (count, 2))


def predict(world: World, speech: Speech, rng: np.random.Generator) -> Floats:
    """Draw a system's predictions (seed, row)."""
    shift, slope = draw_seeds(world, world.seeds, rng)
    group = speech.female.astype(np.intp)
    own = min(world.own, world.between)
    speakers = rng.normal(0, own, world.speakers)[speech.unit]
    noise = rng.normal(0, NOISE * (1 - SHARED) ** 0.5, (world.seeds, len(speech.unit)))
    line = CENTRE + shift[:, group] + slope[:, group] * (speech.truth - CENTRE)
    return line + speech.error + speakers + noise


def truth(world: World, seeds: int = 20_000) -> dict[str, float]:
    """Return each metric on endless speakers, mean over many seeds, from normal distributions."""
    shift, slope = draw_seeds(world, seeds, np.random.default_rng(0))
    y_var = world.raters**2 + RATING**2
    residual = world.between**2 + NOISE**2
    mean, var = CENTRE + shift, slope**2 * y_var + residual
    covariance = slope * y_var
    share = np.array([world.men, world.women]) / world.speakers
    both = _ccc(
        (mean * share).sum(axis=1),
        (var * share).sum(axis=1) + share.prod() * (mean[:, 0] - mean[:, 1]) ** 2,
        (covariance * share).sum(axis=1),
        y_var,
    )
    ccc = _ccc(mean, var, covariance, y_var)
    low, high = _recalls(shift, slope, y_var, residual)
    values = {
        "ccc": both,
        "ccc_diff": ccc[:, 1] - ccc[:, 0],
        "tpr_low_diff": low[:, 1] - low[:, 0],
        "tpr_high_diff": high[:, 1] - high[:, 0],
        "tpr_diff": low[:, 1] - low[:, 0] + high[:, 1] - high[:, 0],
        "recall_gap": abs(low[:, 1] - low[:, 0]) + abs(high[:, 1] - high[:, 0]),
        "recall_low_female": low[:, 1],
        "recall_high_female": high[:, 1],
    }
    return {name: float(value.mean()) for name, value in values.items()}


def _ccc(mean: Floats, var: Floats, covariance: Floats, y_var: float) -> Floats:
    return np.asarray(2 * covariance / (y_var + var + (mean - CENTRE) ** 2))


def _recalls(shift: Floats, slope: Floats, y_var: float, residual: float) -> tuple[Floats, Floats]:
    """Return P(ŷ ≤ θ | y ≤ θ) and P(ŷ > θ | y > θ) (seed, group), by a quadrature over y."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    above = 6 * (nodes + 1) / 2  # standard deviations of y above θ
    density = weights * stats.norm.pdf(above)
    density /= density.sum()
    reach = slope[..., None] * above * y_var**0.5
    high = stats.norm.cdf((shift[..., None] + reach) / residual**0.5) @ density
    low = stats.norm.cdf((-shift[..., None] + reach) / residual**0.5) @ density
    return low, high
