"""How often the product's statements of uncertainty are true, where the truth is known.

python benchmarks/calibration.py [--short] [--only NAME ...]

Prints Markdown: coverage of intervals in simulated worlds of activation and of emotions and on
RAVDESS, false differences between equal systems, gaps by chance, and the over-claim of fronts of
searches replayed on learning curves. Metrics, intervals, adjusted p-values and fronts are the
product's own. The tables of RAVDESS and of the curves come from out_of_fold.py and curves.py.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import activation_coverage as activation
import category_coverage as classes
import emotion_coverage as emotions
import front_claims as fronts
import speaker_coverage as speakers


class Named(Protocol):
    """A world to measure."""

    @property
    def name(self) -> str:
        """Name of its row."""


@dataclass(frozen=True)
class Part:
    """A table: a row a world.

    Attributes:
        title: heading of the first column.
        columns: headings of the others.
        worlds: worlds to measure.
        measure: return the cells of a world from so many repetitions.
        repetitions: number of repetitions.
        short: worlds, and repetitions, of the short version.
    """

    title: str
    columns: Sequence[str]
    worlds: Sequence[Named]
    measure: Callable[[Any, int], list[float]]
    repetitions: int
    short: tuple[slice, int]


FALSE = ["held", "false, p", "false, Holm"]
PARTS = {
    "activation": Part(
        "activation",
        activation.METRICS,
        activation.WORLDS,
        activation.coverage,
        400,
        (slice(0, 5, 2), 120),
    ),
    "independent": Part(
        "utterances as speakers",
        activation.METRICS,
        activation.WORLDS[3:7],
        activation.independent,
        100,
        (slice(1, 2), 60),
    ),
    "differences": Part(
        "difference, unfair - fair",
        activation.DIFFERENCES,
        activation.EQUAL,
        activation.unequal,
        600,
        (slice(1, 2), 60),
    ),
    "classes": Part(
        "classes, no gap",
        classes.COLUMNS,
        classes.WORLDS,
        classes.within_chance,
        100,
        (slice(2, 3), 30),
    ),
    "equal": Part(
        "equal systems", FALSE, activation.EQUAL, activation.equal, 200, (slice(0, 2), 60)
    ),
    "power": Part(
        "TPR-low-diff",
        ["smallest seen", "power"],
        activation.POWER,
        activation.power,
        600,
        (slice(0, 1), 60),
    ),
    "gaps": Part(
        "recall gap",
        ["true", "measured", "by chance"],
        activation.NULL,
        activation.gaps,
        100,
        (slice(0, 1), 60),
    ),
    "emotions": Part(
        "emotions", emotions.METRICS, emotions.WORLDS, emotions.coverage, 400, (slice(0, 3, 2), 60)
    ),
    "equal-emotions": Part(
        "equal detectors", FALSE, emotions.EQUAL, emotions.equal, 50, (slice(0, 0), 1)
    ),
    "agreement": Part(
        "agreement of raters",
        ["over speakers", "Wilson's, of utterances"],
        emotions.AGREEMENT,
        emotions.agreement_coverage,
        500,
        (slice(0, 4, 3), 120),
    ),
    "speakers": Part(
        "RAVDESS, CNN",
        activation.METRICS,
        speakers.WORLDS,
        speakers.coverage,
        600,
        (slice(1, 2), 120),
    ),
    "speakers-differences": Part(
        "RAVDESS, fair - baseline",
        activation.DIFFERENCES,
        speakers.WORLDS,
        speakers.unequal,
        600,
        (slice(0, 0), 1),
    ),
    "fronts": Part(
        "front, full trainings", fronts.COLUMNS, fronts.WORLDS, fronts.claims, 8, (slice(0, 1), 2)
    ),
}
"""Tables by name."""


def table(part: Part, worlds: Sequence[Named], rows: Sequence[Sequence[float]]) -> str:
    """Return a Markdown table."""
    lines = [
        f"| {' | '.join([part.title, *part.columns])} |",
        "|---" * (len(part.columns) + 1) + "|",
    ]
    for world, values in zip(worlds, rows, strict=True):
        cells = ("none" if math.isnan(v) else f"{v:.3f}".replace("0.", ".", 1) for v in values)
        lines.append(f"| {' | '.join([world.name, *cells])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--short", action="store_true", help="few worlds and repetitions, for a test"
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(PARTS))
    options = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        for name in options.only or PARTS:
            part = PARTS[name]
            worlds, repetitions = part.worlds, part.repetitions
            if options.short:
                worlds, repetitions = worlds[part.short[0]], part.short[1]
            if worlds:
                rows = [*pool.map(part.measure, worlds, [repetitions] * len(worlds))]
                print(f"{repetitions} repetitions\n\n{table(part, worlds, rows)}", flush=True)


if __name__ == "__main__":
    main()
