"""History of a front: its hypervolume after each trial that ended."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairser_core import pareto
from search.front.candidates import candidates_of
from search.front.configurations import Configurations
from search.front.floors import Floor, bounds
from search.store.log import Log
from search.store.trials import TrialRecord

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
        self._ended: dict[int, TrialRecord] = {}
        self._moments: list[Moment] = []

    def update(self) -> list[Moment]:
        """Return all moments so far."""
        for end in self._log.ends[len(self._moments) :]:
            self._ended[end.trial] = self._log.trials[end.trial]
            trained = self._configurations.update(self._ended.values())
            candidates = candidates_of(trained, self._objectives, self._floors)
            members = candidates.means()[candidates.on_front]
            volume = pareto.hypervolume(members, self._reference) if len(members) else 0.0
            self._moments.append(
                Moment(len(self._ended), end.trained, end.seconds, volume, len(members))
            )
        return self._moments


def history_csv(moments: list[Moment]) -> str:
    """Return moments as CSV, one row each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(Moment.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(vars(moment) for moment in moments)
    return text.getvalue()
