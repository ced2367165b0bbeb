"""Coverage of the intervals of activation, and false differences, in simulated worlds.

The truth of a metric is its value on endless speakers of each group, mean over endless seeds.
"""

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from worlds import CENTRE, Floats, Speech, World, draw_speech, predict, truth

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_fairness import recall_gap
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.chance import chance_level
from fairser_core.metrics.intervals import Interval, interval, shared_variance, speaker_variances
from fairser_core.metrics.metric import measure
from fairser_core.metrics.multiple_comparisons import holm
from fairser_core.metrics.power import smallest_difference
from fairser_core.metrics.resampling import Draws
from fairser_core.metrics.speakers import Speakers
from search.replication.estimates import FEWEST_SEEDS

DIFFERENCES = ("ccc", "ccc_diff", "tpr_low_diff", "tpr_high_diff", "tpr_diff")
RECALLS = ("recall_low_female", "recall_high_female")
TABLE = [metric for metric in ACTIVATION if metric.name in (*DIFFERENCES, *RECALLS)]
UNFAIR = {"shift": -0.5, "slope": 0.35, "label": "unfair"}
LESS = {"shift": -0.3, "label": "less unfair"}
ALONE = {"between": 0.0, "raters": 0.0, "label": "no speaker effects"}
STRONG = {"between": 1.0, "label": "strong speaker effects"}
TAILS = {"tails": 2.5, "label": "heavy tails of speakers"}
UNEVEN = {"uneven": 1.0, "label": "uneven numbers of utterances"}
FEW = {"threshold": 6.0, "label": "5 % high"}
GOOD = {"slope": 0.9, "men_slope": 0.9, "noise": 0.3, "between": 0.15, "seed_sd": 0.05}
GOOD |= {"label": "recalls of .91"}
DIVERSE = {"seed_sd": 0.4, "label": "strong effects of seeds"}
SHORT = {"utterances": 8, "label": "8 utterances each"}
WORLDS = (
    World(3, 3, 5),
    World(5, 5, 3),
    World(5, 5, 5, **ALONE),
    World(5, 5, 10),
    World(5, 5, 10, **UNFAIR),
    World(6, 6, 5, **UNFAIR),
    World(5, 15, 5, **LESS),
    World(5, 40, 10, **LESS),
    World(12, 12, 3, **UNFAIR),
    World(12, 12, 10, **LESS),
    World(12, 12, 5, **ALONE),
    World(30, 30, 3),
    World(30, 30, 5),
    World(30, 30, 10, **UNFAIR),
    World(6, 6, 3, **STRONG),
    World(6, 6, 10, **STRONG),
    World(6, 6, 5, **UNEVEN),
    World(20, 20, 10, **UNEVEN),
    World(5, 5, 10, **TAILS),
    World(12, 12, 5, **TAILS),
    World(20, 20, 5, **FEW),
    World(5, 5, 5, **GOOD),
    World(12, 12, 10, **GOOD),
    World(12, 12, 3, **DIVERSE),
    World(6, 6, 5, **SHORT),
)
EQUAL = (
    *(World(n, n, seeds) for n in (6, 30) for seeds in (3, 5, 10)),
    World(5, 15, 5),
    World(6, 6, 5, **UNEVEN),
    World(12, 12, 5, **TAILS),
)
POWER = (World(5, 5, 5), World(5, 15, 5), World(12, 12, 3), World(12, 12, 10), World(30, 30, 10))
ALIKE = {"alike": True, "label": "equal groups"}
NULL = (*(World(n, n, 5, **ALIKE) for n in (5, 12, 30)), World(5, 40, 3, **ALIKE))
PERMUTATIONS = 20
SYSTEMS = 3

METRICS = [metric.name for metric in TABLE]
Measured = dict[str, tuple[Floats, Floats]]
"""Metrics on all rows (seed,) and without each speaker (speaker, seed), by name."""


def tested(world: World, speech: Speech, rng: np.random.Generator) -> Measured:
    """Draw a system's predictions and measure them."""
    predictions = predict(world, speech, rng)
    return measured(speech.truth, predictions, speech.female, world.threshold, speech.unit)


def measured(
    truth: Floats,
    predictions: Floats,
    female: NDArray[np.bool_],
    threshold: float,
    unit: NDArray[np.intp],
) -> Measured:
    """Measure predictions (seed, row) of speakers, whose numbers are `unit` (row,)."""
    without = Speakers.of(unit).without_each()
    # All rows first, then those without each speaker: one pass over the metrics for both.
    draws = Draws(np.vstack([np.ones(without.counts.shape[1]), without.counts]), without.unit)
    rows = [
        measure(TABLE, ActivationPredictions.of_genders(truth, row, female, threshold, draws))
        for row in predictions
    ]
    each = {m.name: np.stack([row[m.name] for row in rows], axis=1) for m in TABLE}
    return {name: (values[0], values[1:]) for name, values in each.items()}


def shares(held: list[list[float]]) -> list[float]:
    """Return means over repetitions (repetition, metric), without NaN; NaN where all are."""
    table = np.array(held)
    count = np.isfinite(table).sum(axis=0)
    return [*np.where(count == 0, np.nan, np.nansum(table, axis=0) / np.maximum(count, 1))]


def coverage(world: World, repetitions: int) -> list[float]:
    """Return how often the interval of each metric holds the truth; NaN where there is none."""
    rng, true, held = np.random.default_rng(1), truth(world), []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        group, found = _group(speech), tested(world, speech, rng)
        intervals = [interval(*found[m.name], group, m.range) for m in TABLE]
        held.append([holds(o, true[m.name]) for m, o in zip(TABLE, intervals, strict=True)])
    return shares(held)


def independent(world: World, repetitions: int) -> list[float]:
    """Return the same of intervals that are wrong: every utterance counts as a speaker."""
    rng, true, held = np.random.default_rng(1), truth(world), []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        utterance, predictions = np.arange(len(speech.unit)), predict(world, speech, rng)
        found = measured(speech.truth, predictions, speech.female, world.threshold, utterance)
        group = speech.female.astype(np.intp)
        intervals = [interval(*found[m.name], group, m.range) for m in TABLE]
        held.append([holds(o, true[m.name]) for m, o in zip(TABLE, intervals, strict=True)])
    return shares(held)


def unequal(world: World, repetitions: int) -> list[float]:
    """Return how often the interval of each difference between an unfair and a fair system does."""
    other = dataclasses.replace(world, **UNFAIR)
    rng, base_truth, other_truth, held = np.random.default_rng(2), truth(world), truth(other), []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        systems = tested(other, speech, rng), tested(world, speech, rng)
        pairs = differences(*systems, _group(speech))
        apart = (other_truth[name] - base_truth[name] for name in DIFFERENCES)
        held.append([holds(pair, true) for pair, true in zip(pairs, apart, strict=True)])
    return shares(held)


def equal(world: World, repetitions: int) -> list[float]:
    """Compare three systems with a baseline that is their equal: each difference found is false.

    Returns:
        How often an interval holds 0, and in which share of the tables of 3 x 5 differences one is
        significant at .05: by its own p-value, and by Holm's. NaN for those with too few seeds for
        p-values.
    """
    rng, held, before, after = np.random.default_rng(3), [], [], []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        base, *others = (tested(world, speech, rng) for _ in range(SYSTEMS + 1))
        pairs = [pair for other in others for pair in differences(other, base, _group(speech))]
        held.append([holds(pair, 0.0) for pair in pairs])
        before.append(min(pair.p for pair in pairs) < 0.05)
        after.append(min(holm([pair.p for pair in pairs])) < 0.05)
    shown = np.nan if world.seeds < FEWEST_SEEDS else 1.0
    return [float(np.nanmean(held)), shown * float(np.mean(before)), shown * float(np.mean(after))]


def power(world: World, repetitions: int) -> list[float]:
    """Return for TPR-low-diff the smallest difference that is shown, and how often it is.

    The smallest difference is computed with the default correlation of systems, from the mean
    variances of one system as `describe` takes them. The two that are compared lie at both sides of
    this one: their women are predicted higher and lower, by as much as gives half of the difference
    on endless speakers. So their variances are in the mean those that are assumed.
    """
    rng, metric, parts = np.random.default_rng(5), "tpr_low_diff", []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        per_seed, without = tested(world, speech, rng)[metric]
        over_speakers = speaker_variances(without.mean(axis=1), _group(speech))
        shared = world.seeds * shared_variance(without, _group(speech))
        parts.append([*over_speakers, per_seed.var(ddof=1), shared])
    *over_speakers, over_seeds, shared = np.mean(parts, axis=0)
    sizes = [world.men, world.women]
    smallest = smallest_difference(
        over_speakers, sizes, over_seeds**0.5, world.seeds, shared=shared
    )
    sides = [
        dataclasses.replace(world, shift=_shift(world, metric, side * smallest))
        for side in (0.5, -0.5)
    ]
    shown = []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        pairs = differences(*(tested(side, speech, rng) for side in sides), _group(speech))
        pair = pairs[DIFFERENCES.index(metric)]
        shown.append(pair.low > 0 or pair.high < 0)
    return [smallest, float(np.mean(shown))]


def _shift(world: World, metric: str, difference: float) -> float:
    """Return the shift of women by which a metric's true value falls by a difference."""

    def excess(shift: float) -> float:
        return truth(world)[metric] - truth(dataclasses.replace(world, shift=shift))[metric]

    return float(optimize.brentq(lambda shift: excess(shift) - difference, -3.0, 3.0, xtol=1e-3))


def gaps(world: World, repetitions: int) -> list[float]:
    """Return the recall gap on endless speakers, the mean of those measured, and that by chance."""
    rng, measured, by_chance = np.random.default_rng(4), [], []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        gap = functools.partial(_gap, speech, predict(world, speech, rng))
        measured.append(gap(speech.female))
        by_chance.append(chance_level(gap, speech.unit, speech.female, PERMUTATIONS, rng))
    return [truth(world)["recall_gap"], float(np.mean(measured)), float(np.mean(by_chance))]


def _gap(speech: Speech, predictions: Floats, female: NDArray[np.bool_]) -> float:
    of = (
        ActivationPredictions.of_genders(speech.truth, row, female, CENTRE) for row in predictions
    )
    return float(np.mean([recall_gap(each) for each in of]))


def _group(speech: Speech) -> NDArray[np.intp]:
    return Speakers.of(speech.unit, speech.female).group


def differences(system: Measured, base: Measured, group: NDArray[np.intp]) -> list[Interval]:
    """Return the intervals of a system's differences from a baseline."""
    pairs = [zip(system[name], base[name], strict=True) for name in DIFFERENCES]
    return [interval(*(a - b for a, b in pair), group) for pair in pairs]


def holds(of: Interval, true: float) -> float:
    """Return whether an interval holds the truth, 1 or 0; NaN without an interval."""
    return float("nan") if np.isnan(of.low) else float(of.low <= true <= of.high)
