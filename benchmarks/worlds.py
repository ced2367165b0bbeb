"""Simulated test sets of known truth: speakers, their ratings, and what systems predict of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

CENTRE = 4.0  # mean rating
RATING = 1.2  # sd of a speaker's ratings
NOISE = 0.72**0.5  # sd of predictions around their line: errors within a speaker have sd 1.04
NORMAL = float("inf")  # degrees of freedom of a Student's t that is a normal distribution
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
        slope: prediction per rating of women.
        men_slope: the same of men.
        noise: sd of predictions around their line.
        between: sd of the speakers' own errors.
        tails: degrees of freedom of the Student's t that these are drawn of.
        raters: sd of the speakers' mean ratings.
        own: sd of the part of a speaker's error that is a system's own.
        seed_sd: sd over seeds of a group's error; half of it is the slope's.
        alike: whether each seed errs alike for both groups.
        utterances: mean number of utterances of a speaker, who have from a third to five thirds.
        uneven: sd of the logarithm of these numbers instead; 0 for from a third to five thirds.
        threshold: rating above which an utterance is high.
        label: words on what is special in it.
    """

    women: int
    men: int
    seeds: int
    shift: float = 0.0
    slope: float = 0.5
    men_slope: float = 0.5
    noise: float = NOISE
    between: float = 0.43
    tails: float = NORMAL
    raters: float = 0.4
    own: float = 0.15
    seed_sd: float = 0.12
    alike: bool = False
    utterances: int = 30
    uneven: float = 0.0
    threshold: float = CENTRE
    label: str = "fair"

    @property
    def speakers(self) -> int:
        """Number of all speakers."""
        return self.women + self.men

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"{self.women} + {self.men} speakers, {self.seeds} seeds, {self.label}"

    @property
    def rating_sd(self) -> float:
        """Sd of all ratings."""
        return float((self.raters**2 + RATING**2) ** 0.5)


@dataclass(frozen=True)
class Speech:
    """A drawn test set (row,), and what all systems' predictions have in common there."""

    unit: NDArray[np.intp]
    female: NDArray[np.bool_]
    truth: Floats
    error: Floats


def draw_speech(world: World, rng: np.random.Generator) -> Speech:
    """Draw speakers, their ratings and the errors that are not a system's own."""
    sizes = _sizes(world, rng)
    unit = np.repeat(np.arange(world.speakers), sizes)
    ratings = rng.normal(CENTRE, world.raters, world.speakers)
    shared = max(world.between**2 - world.own**2, 0.0) ** 0.5
    between = shared * _standard(world, rng, world.speakers)
    return Speech(
        unit=unit,
        female=unit < world.women,
        truth=ratings[unit] + rng.normal(0, RATING, len(unit)),
        error=between[unit] + rng.normal(0, world.noise * SHARED**0.5, len(unit)),
    )


def draw_seeds(world: World, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw shift and slope (seed, group) of seeds for men and women."""
    sd, groups = world.seed_sd, 1 if world.alike else 2
    common, own = rng.normal(0, sd, (count, 1)), rng.normal(0, sd, (count, groups))
    slope = rng.normal(0, sd / 2, (count, groups))
    return (
        np.array([0.0, world.shift]) + common + own,
        np.array([world.men_slope, world.slope]) + slope,
    )


def predict(world: World, speech: Speech, rng: np.random.Generator) -> Floats:
    """Draw a system's predictions (seed, row)."""
    shift, slope = draw_seeds(world, world.seeds, rng)
    group = speech.female.astype(np.intp)
    own = min(world.own, world.between)
    speakers = rng.normal(0, own, world.speakers)[speech.unit]
    noise = rng.normal(0, world.noise * (1 - SHARED) ** 0.5, (world.seeds, len(speech.unit)))
    line = CENTRE + shift[:, group] + slope[:, group] * (speech.truth - CENTRE)
    return line + speech.error + speakers + noise


def _sizes(world: World, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the numbers of the speakers' utterances (speaker,)."""
    mean = world.utterances
    if not world.uneven:
        return rng.integers(mean // 3, 2 * mean - mean // 3 + 1, world.speakers)
    drawn = rng.lognormal(np.log(mean) - world.uneven**2 / 2, world.uneven, world.speakers)
    return np.maximum(drawn.round().astype(np.int64), 2)


def _standard(world: World, rng: np.random.Generator, count: int) -> Floats:
    """Draw errors of speakers of mean 0 and sd 1."""
    if world.tails == NORMAL:
        return rng.normal(size=count)
    return np.asarray(rng.standard_t(world.tails, count) * (1 - 2 / world.tails) ** 0.5)


def truth(world: World, seeds: int = 5_000) -> dict[str, float]:
    """Return each metric on endless speakers, mean over many seeds, by quadratures."""
    shift, slope = draw_seeds(world, seeds, np.random.default_rng(0))
    y_var = world.rating_sd**2
    residual = world.between**2 + world.noise**2
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
    low, high = (_recall(world, shift, slope, level) for level in (False, True))
    values = {
        "ccc": both,
        "ccc_female": ccc[:, 1],
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


def _recall(world: World, shift: Floats, slope: Floats, level: bool) -> Floats:
    """Return P(ŷ ≤ θ | y ≤ θ) or, for the level high, P(ŷ > θ | y > θ) (seed, group)."""
    side = 1 if level else -1
    nodes, weights = np.polynomial.legendre.leggauss(40)
    beyond = 4 * (nodes + 1)  # standard deviations of y beyond θ
    boundary = (world.threshold - CENTRE) / world.rating_sd
    density = weights * stats.norm.pdf(boundary + side * beyond)
    y = (boundary + side * beyond) * world.rating_sd
    line = shift[..., None] + slope[..., None] * y - (world.threshold - CENTRE)
    return np.asarray(_residual_cdf(world, side * line) @ (density / density.sum()))


def _residual_cdf(world: World, value: Floats) -> Floats:
    """Return P(error < value) of the sum of a speaker's error and of noise."""
    shared = max(world.between**2 - world.own**2, 0.0) ** 0.5
    normal = (world.between**2 - shared**2 + world.noise**2) ** 0.5
    if world.tails == NORMAL:
        return np.asarray(stats.norm.cdf(value / (normal**2 + shared**2) ** 0.5))
    grid = np.linspace(value.min(), value.max(), 400)
    levels = (np.arange(4000) + 0.5) / 4000
    errors = shared * stats.t.ppf(levels, world.tails) * (1 - 2 / world.tails) ** 0.5
    of_grid = stats.norm.cdf((grid[:, None] - errors) / normal).mean(axis=1)
    return np.interp(value, grid, of_grid)
