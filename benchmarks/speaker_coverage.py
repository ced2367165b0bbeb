"""Coverage of the intervals of test results on RAVDESS, by few of its speakers for all 24.

Test sets are drawn from the predictions that out_of_fold.py wrote: speakers of each gender, and
seeds, with replacement. A speaker drawn twice counts as two. Test sets are then drawn of an endless
population in which the 24 speakers are equally frequent, and no correction for a finite one is due.
The truth of a metric is its value on all speakers, mean over all seeds.
"""

import functools
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
from activation_coverage import (
    DIFFERENCES,
    METRICS,
    Measured,
    differences,
    holds,
    measured,
    shares,
)
from numpy.typing import NDArray
from worlds import Floats

from fairser_core.metrics import intervals
from fairser_core.metrics.intervals import interval
from fairser_core.metrics.tables import metric_of

PREDICTIONS = Path(__file__).with_name("out_of_fold.parquet")
BASE, FAIR = "baseline", "nonadversarial"
THRESHOLD = 3.5  # as the reader of the corpus has it


@dataclass(frozen=True)
class Sample:
    """Test set of so many speakers of each gender, and seeds."""

    speakers: int
    seeds: int

    @property
    def name(self) -> str:
        """Name in tables."""
        would = ", none shown" if self.speakers < intervals.FEWEST else ""
        return f"{self.speakers} + {self.speakers} speakers, {self.seeds} seeds{would}"


WORLDS = tuple(Sample(speakers, seeds) for speakers in (5, 6, 3) for seeds in (3, 5, 10))


@dataclass(frozen=True)
class Predictions:
    """Predictions of all speakers' utterances.

    Attributes:
        truth: activation (row,).
        female: whether the speaker is a woman (row,).
        speaker: number of the speaker (row,).
        systems: predictions of each system (seed, row).
    """

    truth: Floats
    female: NDArray[np.bool_]
    speaker: NDArray[np.intp]
    systems: dict[str, Floats]

    def measured(
        self, name: str, rows: NDArray[np.intp], unit: NDArray[np.intp], seeds: NDArray[np.intp]
    ) -> Measured:
        """Measure a system's predictions of some rows and seeds; `unit` numbers their speakers."""
        values = self.systems[name][np.ix_(seeds, rows)]
        return measured(self.truth[rows], values, self.female[rows], THRESHOLD, unit)


@functools.cache
def predictions() -> Predictions:
    """Read what out_of_fold.py wrote."""
    table = pd.read_parquet(PREDICTIONS).sort_values(["system", "utterance"])
    seeds = [name for name in table if name.startswith("prediction-")]
    by_system = dict([*table.groupby("system", observed=True)])
    base = by_system[BASE]
    return Predictions(
        truth=base["truth"].to_numpy(np.float64),
        female=(base["gender"] == "female").to_numpy(),
        speaker=base["speaker"].astype(int).to_numpy(),
        systems={str(name): rows[seeds].to_numpy(np.float64).T for name, rows in by_system.items()},
    )


def truths(name: str) -> dict[str, float]:
    """Return each metric of a system on all speakers, mean over all seeds."""
    every = predictions()
    rows, seeds = np.arange(len(every.truth)), np.arange(len(every.systems[name]))
    measured = every.measured(name, rows, every.speaker, seeds)
    return {metric: float(values.mean()) for metric, (values, _) in measured.items()}


def draw(
    sample: Sample, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Draw rows, the number of each row's speaker, and seeds, with replacement."""
    every, drawn = predictions(), []
    for woman in (True, False):
        people = np.unique(every.speaker[every.female == woman])
        drawn += [*rng.choice(people, sample.speakers)]
    rows = [np.flatnonzero(every.speaker == person) for person in drawn]
    unit = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
    return np.concatenate(rows), unit, rng.choice(len(every.systems[BASE]), sample.seeds)


def group_of(sample: Sample) -> NDArray[np.intp]:
    """Return the number of each drawn speaker's group."""
    return np.repeat([0, 1], sample.speakers)


def shown_anyway(sample: Sample) -> AbstractContextManager[object]:
    """Let fewer than five speakers have intervals, to show why they get none."""
    if sample.speakers >= intervals.FEWEST:
        return nullcontext()
    # Of three speakers there is no kurtosis.
    return patch.multiple(intervals, FEWEST=2, _freedom=lambda means: len(means) - 1)


def coverage(sample: Sample, repetitions: int) -> list[float]:
    """Return how often the interval of each metric of the baseline holds the truth."""
    rng, true, held = np.random.default_rng(7), truths(BASE), []
    for _ in range(repetitions):
        measured = predictions().measured(BASE, *draw(sample, rng))
        with shown_anyway(sample):
            each = [interval(*measured[m], group_of(sample), metric_of(m).range) for m in METRICS]
        held.append([holds(of, true[m]) for m, of in zip(METRICS, each, strict=True)])
    return shares(held)


def unequal(sample: Sample, repetitions: int) -> list[float]:
    """Return how often the interval of each difference, fair less baseline, holds the truth."""
    rng, base_truth, fair_truth, held = np.random.default_rng(8), truths(BASE), truths(FAIR), []
    for _ in range(repetitions):
        drawn = draw(sample, rng)
        fair, base = (predictions().measured(name, *drawn) for name in (FAIR, BASE))
        with shown_anyway(sample):
            pairs = differences(fair, base, group_of(sample))
        apart = [fair_truth[m] - base_truth[m] for m in DIFFERENCES]
        held.append([holds(pair, true) for pair, true in zip(pairs, apart, strict=True)])
    return shares(held)
