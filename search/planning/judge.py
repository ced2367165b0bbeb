"""Judge of a sweep's configurations: the posterior of their lanes, with the sweep's goal."""

from collections.abc import Mapping, Sequence

import numpy as np

from search.front.candidates import KEPT_ERRORS, candidates_of, epochs_above_floors
from search.front.configurations import Configuration
from search.front.floors import Floor, bounds
from search.planning.field import field
from search.planning.lanes import goal_of, lanes_of
from search.posterior.lanes import Booleans, Floats, Integers
from search.posterior.model import Fits
from search.posterior.posterior import Posterior
from search.space.space import Space


class Judge:
    """Judge of configurations. The same configurations always give the same posterior.

    The newest posterior of each kind is kept, since front, plan and files ask for it in turn.
    """

    def __init__(
        self,
        space: Space,
        floors: Sequence[Floor],
        baseline: Mapping[str, Floats] | None = None,
        fronts_alone: bool = False,
    ) -> None:
        """Make the judge of a sweep.

        Args:
            space: space that is searched.
            floors: floors of the sweep.
            baseline: values of the baseline's lanes (seed, epoch), by metric; None without a
                baseline.
            fronts_alone: whether trials kept no other models than those of their own fronts.
        """
        self._space, self._floors, self._fronts_alone = space, tuple(floors), fronts_alone
        self._goal, self._fits = goal_of(space, floors, baseline), Fits()
        self._newest: dict[bool, tuple[object, Posterior | None]] = {}

    def posterior(
        self, trained: Sequence[Configuration], running: bool = False
    ) -> Posterior | None:
        """Return the posterior of configurations, in the rows of these; None without lanes.

        Args:
            trained: configurations of the sweep.
            running: whether lanes that run are taken to show what is expected of them.
        """
        stamp = [[(trial.number, trial.state) for trial in c.trials] for c in trained]
        if running not in self._newest or self._newest[running][0] != stamp:
            self._newest[running] = stamp, self._made(trained, running)
        return self._newest[running][1]

    def _made(self, trained: Sequence[Configuration], running: bool) -> Posterior | None:
        rows = field(trained, self._space.objectives, bounds(self._floors))
        lanes = lanes_of(trained, self._space, self._goal.metrics, running, rows)
        if lanes is None:
            return None
        offered = self._offered(trained, lanes.costs.shape[1], rows)
        return Posterior(lanes, self._goal, self._fits, offered, rows)

    def _offered(
        self, trained: Sequence[Configuration], epochs: int, rows: Integers | None
    ) -> Booleans:
        """Return the candidates whose models are kept, equal ones once (configuration, epoch)."""
        if rows is not None:
            offered = np.zeros((len(trained), epochs), dtype=np.bool_)
            offered[rows] = self._offered([trained[row] for row in rows.tolist()], epochs, None)
            return offered
        objectives, floors = self._space.objectives, bounds(self._floors)
        if not self._fronts_alone:
            return epochs_above_floors(trained, objectives, floors, epochs)
        candidates = candidates_of(trained, objectives, floors)
        offered = np.zeros((len(trained), epochs), dtype=np.bool_)
        once = candidates.first_of_equals & candidates.near(KEPT_ERRORS)  # others were removed
        offered[candidates.owners[once], candidates.epochs[once] - 1] = True
        return offered
