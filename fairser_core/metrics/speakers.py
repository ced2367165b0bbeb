"""Speakers of a test set and their groups: the unit over which metrics vary."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.resampling import Draws, Indices

Labels = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Speakers:
    """Speakers of a test set, and their groups.

    Attributes:
        unit: number of each row's speaker (row,).
        group: number of each speaker's group (speaker,).
    """

    unit: Indices
    group: Indices

    @classmethod
    def of(cls, speaker: Labels, group: Labels | None = None) -> "Speakers":
        """Number the speakers and the groups.

        Args:
            speaker: name of each row's speaker (row,).
            group: group of each row's speaker (row,); by default all are of one.

        Raises:
            ValueError: a speaker is in two groups; names the speaker.
        """
        names, first, unit = np.unique(speaker, return_index=True, return_inverse=True)
        if group is None:
            return cls(unit, np.zeros(len(names), dtype=np.intp))
        of_row = np.unique(group, return_inverse=True)[1]
        in_two = of_row != of_row[first][unit]
        if in_two.any():
            name = str(names[unit[in_two][0]])
            raise ValueError(f"a speaker must be of one group, {name!r} is of two")
        return cls(unit, of_row[first])

    def __len__(self) -> int:
        return len(self.group)

    def without_each(self) -> Draws:
        """Return the rows without each speaker in turn, as weighted resamples (speaker, speaker).

        The n - 1 others of a speaker's group weigh n / (n - 1), so that the group keeps its share
        of the whole (the stratified jackknife, Wolter 2007, Introduction to Variance Estimation,
        4.5). With 5 of 10 speakers a group, a mean of all rows would otherwise seem to vary by a
        fifth less than it does. A speaker who is alone in a group leaves nobody to stand in.
        """
        size = self.sizes[self.group].astype(np.float64)
        others = size / np.maximum(size - 1, 1)
        same = self.group[:, None] == self.group
        weights = np.where(same, others[:, None], 1.0)
        np.fill_diagonal(weights, 0.0)
        return Draws(weights, self.unit)

    @property
    def sizes(self) -> Indices:
        """Number of speakers of each group (group,)."""
        return np.bincount(self.group)
