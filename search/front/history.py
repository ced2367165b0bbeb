"""History of a front: its hypervolume after each trial that ended."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairser_core import pareto
from search.front.candidates import Candidates, candidates_of, first_of_equals
from search.front.configurations import Configurations
from search.front.floors import Floor, bounds
from search.store.log import Log

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """Front by means over the trained seeds, when a trial had just ended.

    Attributes:
        trials: number of trials that had ended.
        lane_epochs: lane-epochs that they and those still running had trained.
        seconds: time that the sweep had run.
        hypervolume: hypervolume of the front.
        front_size: number of candidates on the front.
    """

    trials: int
    lane_epochs: int
    seconds: float
    hypervolume: float
    front_size: int


class History:
    """Moments of a sweep, kept current; rebuilt from the log when the sweep goes on."""

    def __init__(
        self, log: Log, objectives: Sequence[str], floors: Sequence[Floor], reference: Floats
    ) -> None:
        """Begin without moments.

        Args:
            log: log of the sweep.
            objectives: metric names.
            floors: floors of the sweep.
            reference: reference point of the hypervolume, as costs (objective,).
        """
        self._log, self._objectives, self._reference = log, objectives, reference
        self._floors = bounds(floors)
        self._configurations = Configurations()
        self._front = _GrowingFront(len(objectives))
        self._moments: list[Moment] = []

    def update(self) -> list[Moment]:
        """Return all moments so far."""
        for end in self._log.ends[len(self._moments) :]:
            configuration = self._configurations.add(self._log.trials[end.trial])
            candidates = candidates_of([configuration], self._objectives, self._floors)
            self._front.put(configuration.number, candidates)
            members = self._front.means
            volume = pareto.hypervolume(members, self._reference) if len(members) else 0.0
            self._moments.append(
                Moment(len(self._moments) + 1, end.trained, end.seconds, volume, len(members))
            )
        return self._moments


class _GrowingFront:
    """Front of candidates by means, as configurations get further lanes."""

    def __init__(self, objectives: int) -> None:
        """Begin without candidates.

        Args:
            objectives: number of objectives.
        """
        self._objectives = objectives
        self._parts: dict[int, Floats] = {}  # means, then ends (candidate, 4 x objective)
        self._owners: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._rows = np.empty((0, 4 * objectives))

    @property
    def means(self) -> Floats:
        """Mean costs of the members (member, objective)."""
        return self._rows[:, : self._objectives]

    def put(self, owner: int, candidates: Candidates) -> None:
        """Replace the candidates of a configuration.

        Others come back only where a member is gone, so all are compared again only then.

        Args:
            owner: number of the configuration's first trial.
            candidates: candidates of this configuration alone.
        """
        self._parts.pop(owner, None)
        if len(candidates):
            self._parts[owner] = np.hstack([candidates.means(), candidates.ends()])
        if (self._owners == owner).any():
            self._take(self._owners[:0], self._rows[:0], self._parts)
        elif len(candidates):
            self._take(self._owners, self._rows, {owner: self._parts[owner]})

    def _take(self, owners: NDArray[np.int64], rows: Floats, parts: Mapping[int, Floats]) -> None:
        """Keep the front of members and of parts."""
        counts = [len(part) for part in parts.values()]
        owners = np.concatenate([owners, np.repeat(np.array([*parts], dtype=np.int64), counts)])
        rows = np.vstack([rows, *parts.values()])
        best = pareto.front(rows[:, : self._objectives])
        best &= first_of_equals(rows[:, self._objectives :])
        self._owners, self._rows = owners[best], rows[best]


def history_csv(moments: list[Moment]) -> str:
    """Return moments as CSV, one row each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(Moment.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(vars(moment) for moment in moments)
    return text.getvalue()
