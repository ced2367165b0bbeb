"""How often intervals hold the truth, in simulated worlds where the truth is known.

python benchmarks/calibration.py [--short]

The truth of a metric is its value on endless speakers of each group, mean over endless seeds.
Prints Markdown. Metrics, intervals and adjusted p-values are the product's own.
"""

import argparse
import dataclasses
import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from numpy.typing import NDArray
from worlds import CENTRE, Floats, Speech, World, draw_speech, predict, truth

from fairser_core.metrics.activation import ActivationPredictions, recall_gap
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.chance import chance_level
from fairser_core.metrics.intervals import Interval, Speakers, holm, interval
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws

DIFFERENCES = ("ccc", "ccc_diff", "tpr_low_diff", "tpr_high_diff", "tpr_diff")
RECALLS = ("recall_low_female", "recall_high_female")
TABLE = [metric for metric in ACTIVATION if metric.name in (*DIFFERENCES, *RECALLS)]
UNFAIR = {"shift": -0.5, "slope": 0.35}
ALONE = {"between": 0.0, "raters": 0.0}
WORLDS = (
    World(3, 3, 5),
    World(5, 5, 3),
    World(5, 5, 5, **ALONE),
    World(5, 5, 10),
    World(5, 5, 10, **UNFAIR),
    World(6, 6, 5, **UNFAIR),
    World(5, 15, 5, shift=-0.3),
    World(12, 12, 3, **UNFAIR),
    World(12, 12, 10, shift=-0.2),
    World(12, 12, 5, **ALONE),
    World(30, 30, 3),
    World(30, 30, 10, **UNFAIR),
)
EQUAL = (
    World(5, 5, 5),
    World(5, 15, 5),
    World(12, 12, 3),
    World(12, 12, 10),
    World(30, 30, 10),
)
PERMUTATIONS = 20
SYSTEMS = 3

Measured = dict[str, tuple[Floats, Floats]]
"""Metrics on all rows (seed,) and without each speaker (speaker, seed), by name."""


def tested(world: World, speech: Speech, rng: np.random.Generator) -> Measured:
    """Draw a system's predictions and measure them."""
    without = Speakers.of(speech.unit).without_each()
    # All rows first, then those without each speaker: one pass over the metrics for both.
    draws = Draws(np.vstack([np.ones(world.speakers), without.counts]), without.unit)
    rows = []
    for row in predict(world, speech, rng):
        of = ActivationPredictions(speech.truth, row, speech.female, world.threshold, draws)
        rows.append(measure(TABLE, of))
    each = {m.name: np.stack([row[m.name] for row in rows], axis=1) for m in TABLE}
    return {name: (values[0], values[1:]) for name, values in each.items()}


def coverage(world: World, repetitions: int) -> list[float]:
    """Return how often the interval of each metric holds the truth; NaN where there is none."""
    rng, true, held = np.random.default_rng(1), truth(world), []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        group, found = _group(speech), tested(world, speech, rng)
        intervals = [interval(*found[m.name], group, m.range) for m in TABLE]
        held.append([_holds(o, true[m.name]) for m, o in zip(TABLE, intervals, strict=True)])
    return [*np.mean(held, axis=0)]


def unequal(world: World, repetitions: int) -> list[float]:
    """Return how often the interval of each difference between an unfair and a fair system does."""
    other = dataclasses.replace(world, **UNFAIR)
    rng, base_truth, other_truth, held = np.random.default_rng(2), truth(world), truth(other), []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        pairs = _paired(tested(other, speech, rng), tested(world, speech, rng), _group(speech))
        apart = (other_truth[name] - base_truth[name] for name in DIFFERENCES)
        held.append([_holds(pair, true) for pair, true in zip(pairs, apart, strict=True)])
    return [*np.mean(held, axis=0)]


def equal(world: World, repetitions: int) -> list[float]:
    """Compare three systems with a baseline that is their equal: each difference found is false.

    Returns:
        How often an interval holds 0, and in which share of the tables of 3 x 5 differences one is
        significant at .05: by its own p-value, and by Holm's.
    """
    rng, held, before, after = np.random.default_rng(3), [], [], []
    for _ in range(repetitions):
        speech = draw_speech(world, rng)
        base, *others = (tested(world, speech, rng) for _ in range(SYSTEMS + 1))
        pairs = [pair for other in others for pair in _paired(other, base, _group(speech))]
        held.append([_holds(pair, 0.0) for pair in pairs])
        before.append(min(pair.p for pair in pairs) < 0.05)
        after.append(min(holm([pair.p for pair in pairs])) < 0.05)
    return [float(np.mean(values)) for values in (held, before, after)]


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
    of = (ActivationPredictions(speech.truth, row, female, CENTRE) for row in predictions)
    return float(np.mean([recall_gap(each) for each in of]))


def _group(speech: Speech) -> NDArray[np.intp]:
    return Speakers.of(speech.unit, speech.female).group


def _paired(system: Measured, base: Measured, group: NDArray[np.intp]) -> list[Interval]:
    pairs = [zip(system[name], base[name], strict=True) for name in DIFFERENCES]
    return [interval(*(a - b for a, b in pair), group) for pair in pairs]


def _holds(of: Interval, true: float) -> float:
    return float("nan") if np.isnan(of.low) else float(of.low <= true <= of.high)


def name_of(world: World) -> str:
    """Return a world's name in the tables."""
    kind = "fair" if world.shift == 0 else "unfair" if world.shift <= UNFAIR["shift"] else "less so"
    alone = "" if world.between else ", no speaker effects"
    return f"{world.women} + {world.men} speakers, {world.seeds} seeds, {kind}{alone}"


def table(
    title: str, columns: Sequence[str], worlds: Sequence[World], rows: list[list[float]]
) -> str:
    """Return a Markdown table, a row a world."""
    lines = [f"| {' | '.join([title, *columns])} |", "|---" * (len(columns) + 1) + "|"]
    for world, values in zip(worlds, rows, strict=True):
        cells = ("none" if np.isnan(v) else f"{v:.3f}".replace("0.", ".", 1) for v in values)
        lines.append(f"| {' | '.join([name_of(world), *cells])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--short", action="store_true", help="few worlds and repetitions, for a test"
    )
    short = parser.parse_args().short
    worlds, equals = (WORLDS[:5:2], EQUAL[:1]) if short else (WORLDS, EQUAL)
    repetitions = 60 if short else 1000
    parts: list[
        tuple[str, Sequence[str], Sequence[World], Callable[[World, int], list[float]], int]
    ]
    parts = [
        ("metric", [m.name for m in TABLE], worlds, coverage, repetitions),
        ("difference, unfair - fair", DIFFERENCES, equals, unequal, repetitions),
        ("equal systems", ["held", "false, p", "false, Holm"], equals, equal, repetitions // 2),
        ("recall gap", ["true", "measured", "by chance"], worlds, gaps, repetitions // 5),
    ]
    error = (0.95 * 0.05 / repetitions) ** 0.5
    print(f"{repetitions} repetitions; standard error of a coverage of .95: {error:.3f}\n")
    with ProcessPoolExecutor() as pool:
        for title, columns, of, measure_world, count in parts:
            rows = [*pool.map(measure_world, of, [count] * len(of))]
            print(table(title, columns, of, rows), flush=True)


if __name__ == "__main__":
    main()
