"""How the front grew: its hypervolume after each trial that ended."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairser_core import pareto
from search.front.candidates import candidates
from search.front.configurations import Configurations
from search.front.floors import Floor, bounds
from search.space.space import Space
from search.store.log import Log
from search.store.trials import TrialRecord


@dataclass(frozen=True)
class Moment:
    """The front when a trial had just ended.

    Attributes:
        trials: that had ended.
        lane_epochs: that they and those still running had trained.
        seconds: that the sweep had run.
        hypervolume: of the front, from the space's reference point.
        front_size: checkpoints on it.
    """

    trials: int
    lane_epochs: int
    seconds: float
    hypervolume: float
    front_size: int


class History:
    """Moments of a sweep, kept current; rebuilt from the log when the sweep goes on."""

    def __init__(self, log: Log, space: Space, floors: Sequence[Floor], corner: np.ndarray) -> None:
        """Nothing yet; `corner` is the reference point as costs (objective,)."""
        self._log, self._space, self._corner = log, space, corner
        self._floors = bounds(floors)
        self._configurations = Configurations()
        self._ended: dict[int, TrialRecord] = {}
        self._moments: list[Moment] = []

    def update(self) -> list[Moment]:
        """All moments so far."""
        for end in self._log.ends[len(self._moments) :]:
            self._ended[end.trial] = self._log.trials[end.trial]
            trained = self._configurations.update(self._ended.values())
            found = candidates(trained, self._space.objectives, self._floors)
            members = found.means()[found.on_front]
            volume = pareto.hypervolume(members, self._corner) if len(members) else 0.0
            self._moments.append(
                Moment(len(self._ended), end.trained, end.seconds, volume, len(members))
            )
        return self._moments


def history_csv(moments: list[Moment]) -> str:
    """One row a moment."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(Moment.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(vars(moment) for moment in moments)
    return text.getvalue()
