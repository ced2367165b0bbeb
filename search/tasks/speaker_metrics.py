"""Metrics without each speaker and with groups by chance, from predictions of tested models."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.speakers import Speakers
from search.tasks.task import Task
from search.tasks.tasks import TASKS

SPEAKER = "speaker"
"""Column of the speakers' names; records of earlier versions lack it."""


@dataclass(frozen=True)
class SpeakerMetrics:
    """Metrics of a task on the test data of a corpus, speaker by speaker.

    Attributes:
        task_name: key of `TASKS`.
        threshold: activation above which an utterance is high; NaN in a corpus without activation.
    """

    task_name: str
    threshold: float = math.nan

    @property
    def task(self) -> Task[Any, Any, Any]:
        """The task."""
        return TASKS[self.task_name]

    def speakers(self, table: pd.DataFrame) -> Speakers | None:
        """Return the speakers of a table of predictions, who are the unit of its intervals.

        Where the task's groups are not of the speakers, all speakers are of one group. So it is in
        the emotion task, whose groups are the genders of the raters. Sessions are no groups of
        speakers either, since two in a session are too few.

        Args:
            table: predictions of tested models.

        Returns:
            None if the record does not name the speakers.
        """
        if SPEAKER not in table:
            return None
        column = self.task.group_column_of(table)
        group = None if column is None else table[column].to_numpy()
        return Speakers.of(table[SPEAKER].to_numpy(), group)

    def without_each(
        self, table: pd.DataFrame, seeds: Sequence[int], speakers: Speakers
    ) -> dict[str, NDArray[np.float64]]:
        """Return metrics without each speaker in turn.

        Args:
            table: predictions of the seeds' models.
            seeds: seeds of the models.
            speakers: speakers of the table.

        Returns:
            Each metric with intervals (speaker, seed); for detectors of emotions their mean, and
            `<metric>_<emotion>` for each emotion. NaN where the metric is undefined.
        """
        metrics = [metric for metric in self.task.metrics if metric.interval]
        draws = speakers.without_each()
        rows = [self.task.tested(table, seed, self.threshold, metrics)(draws) for seed in seeds]
        return {name: np.stack([row[name] for row in rows], axis=-1) for name in rows[0]}

    def chance_levels(self, table: pd.DataFrame, seeds: Sequence[int]) -> dict[str, float]:
        """Return what each absolute gap would be, mean over seeds, were the groups by chance.

        Args:
            table: predictions of the seeds' models.
            seeds: seeds of the models.

        Returns:
            For detectors of emotions their mean, and `<metric>_<emotion>` for each emotion. Empty
            if the record does not name the speakers.
        """
        if SPEAKER not in table:
            return {}
        return self.task.gaps_by_chance(table, table[SPEAKER].to_numpy(), seeds, self.threshold)
