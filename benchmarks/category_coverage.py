"""Gaps between groups of a classifier that errs alike in all of them, and their level by chance."""

from dataclasses import dataclass

import numpy as np

from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.category_table import CATEGORY
from fairser_core.metrics.chance import gap_p_value, gaps_by_chance

CLASSES = 4
SPEAKERS = 8  # of a group
UTTERANCES = 20  # of a speaker
GAPS = [metric for metric in CATEGORY if metric.name in ("tpr_gap", "tpr_gap_excess", "f1_gap")]
COLUMNS = [part for metric in GAPS for part in (f"{metric.title} within", "of its level")]
LEVEL = 0.05


@dataclass(frozen=True)
class Fair:
    """A classifier without any gap.

    Attributes:
        groups: number of groups.
    """

    groups: int

    @property
    def name(self) -> str:
        """Number of groups."""
        return f"{self.groups} groups"

    def draw(self, rng: np.random.Generator) -> CategoryPredictions:
        """Draw predictions whose errors depend on the speaker, not on the group."""
        speakers = self.groups * SPEAKERS
        unit = np.repeat(np.arange(speakers), UTTERANCES)
        truth = rng.integers(0, CLASSES, len(unit))
        of_speaker = rng.normal(0, 0.4, (speakers, CLASSES))[unit]
        scores = 1.5 * np.eye(CLASSES)[truth] + of_speaker + rng.normal(size=(len(unit), CLASSES))
        powers = np.exp(2 * scores)
        return CategoryPredictions(
            truth=truth,
            probability=powers / powers.sum(axis=1, keepdims=True),
            group=unit // SPEAKERS,
            judged=tuple(range(self.groups)),
            speaker=unit,
        )


WORLDS = [Fair(2), Fair(4), Fair(8)]


def within_chance(world: Fair, repetitions: int) -> list[float]:
    """Return for each gap how many draws are within chance, and gap over its level by chance.

    Args:
        world: classifier.
        repetitions: number of draws.

    Returns:
        Share of draws whose gap is not beyond 95 % of those by chance, and mean gap over mean level
        by chance, of each of `GAPS`.
    """
    rows = []
    for seed in range(repetitions):
        of = world.draw(np.random.default_rng(seed))
        row, chance = [], gaps_by_chance(GAPS, [of], of.speaker, "group")
        for metric in GAPS:
            p = gap_p_value(metric, [of], of.speaker, "group")
            row.append((p > LEVEL, float(metric.of(of)), chance[metric.name]))
        rows.append(row)
    values = np.array(rows, dtype=float)  # (draw, gap, value)
    shares, gaps, levels = values.mean(axis=0).T
    return [value for pair in zip(shares, gaps / levels, strict=True) for value in pair]
