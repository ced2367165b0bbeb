"""The sweep's plan as a Ray Tune searcher."""

from collections.abc import Mapping
from typing import Any

from ray.tune.search import Searcher

from search.planning.plan import Opener
from search.store.log import Log
from search.store.trials import TrialRecord


class PlanSearcher(Searcher):
    """Hands Ray Tune the unfinished trials of a sweep, then those that its plan opens.

    Ray's own bookkeeping of results is not used: the log hears of each first.
    """

    def __init__(self, log: Log, plan: Opener, common: Mapping[str, Any]) -> None:
        """Begin with what the log holds as unfinished.

        Args:
            log: of the sweep.
            plan: of the same.
            common: what every trial's configuration holds besides what is its own.
        """
        super().__init__()
        self._log, self._plan, self._common = log, plan, dict(common)
        self._with_ray: dict[str, int] = {}

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:  # type: ignore[override]
        """Configuration of the next trial, None if that depends on those that run, or the end."""
        record = self._unfinished() or self._plan.next()
        if record is None:
            return None if self._plan.running else str(Searcher.FINISHED)
        self._with_ray[trial_id] = record.number
        return {**self._common, **_own(record)}

    def _unfinished(self) -> TrialRecord | None:
        """A trial that the log knows as running and Ray does not: interrupted, or to be retried."""
        known = set(self._with_ray.values())
        running = (r for r in self._log.trials.values() if r.state == "running")
        return next((r for r in running if r.number not in known), None)

    def __getstate__(self) -> dict[str, Any]:
        """Empty: Ray Tune pickles its searcher for a restore of its own, which is never used."""
        return {}

    def set_search_properties(self, metric: Any, mode: Any, config: Any, **spec: Any) -> bool:
        """Objectives come from the space, so there is nothing to set."""
        return True

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Ray is done with the trial; what became of it, the log hears from the recorder."""
        self._with_ray.pop(trial_id, None)

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the log is what is saved."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: the log is what is replayed."""


def _own(record: TrialRecord) -> dict[str, Any]:
    return {
        "trial": record.number,
        "values": record.values,
        "seeds": record.seeds,
        "epochs": record.limit,
        "again": bool(record.epochs),
    }
