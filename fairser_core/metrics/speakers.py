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
        """Return the rows without each speaker in turn, as resamples (speaker, speaker)."""
        return Draws(1.0 - np.eye(len(self)), self.unit)

    @property
    def sizes(self) -> Indices:
        """Number of speakers of each group (group,)."""
        return np.bincount(self.group)
