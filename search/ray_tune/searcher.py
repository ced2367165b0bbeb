"""Searcher for Ray Tune that follows the sweep's plan."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ray.tune.search import Searcher

from search.planning.log_plan import Opener
from search.store.log import Log
from search.store.trials import TrialRecord


class Limit(Protocol):
    """Limit on the trials that run at once, which may change at any moment."""

    def trials(self) -> int:
        """Return the number of trials that may run at once now."""

    def ask(self, wanted: Callable[[], bool]) -> None:
        """Ask for a higher limit if `wanted` returns that a further trial would run."""


class PlanSearcher(Searcher):
    """Searcher that suggests the unfinished trials of a sweep, then those that its plan opens.

    Ray's bookkeeping of results is not used, since each result is in the log first.
    """

    def __init__(self, log: Log, plan: Opener, common: Mapping[str, Any], limit: Limit) -> None:
        """Begin with the unfinished trials of a log.

        Args:
            log: log of the sweep.
            plan: plan of the sweep.
            common: part of Ray's configuration that all trials share.
            limit: limit on the trials that run at once.
        """
        super().__init__()
        self._log, self._plan, self._common, self._limit = log, plan, dict(common), limit
        self._with_ray: dict[str, int] = {}

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:  # type: ignore[override]
        """Return Ray's configuration of the next trial.

        None if there is no next trial before a running one ends, or no room for one; `FINISHED` if
        there is none left.
        """
        if len(self._with_ray) >= self._limit.trials():
            self._limit.ask(self._wants_more)
            return None
        self._limit.ask(lambda: False)
        record = self._unfinished() or self._plan.next()
        if record is None:
            return None if self._plan.running else str(Searcher.FINISHED)
        self._with_ray[trial_id] = record.number
        return {**self._common, **_trial_config(record)}

    def _wants_more(self) -> bool:
        return self._unfinished() is not None or self._plan.opens

    def _unfinished(self) -> TrialRecord | None:
        """Return a trial that runs by the log but not on Ray: interrupted, or to be retried."""
        with_ray = set(self._with_ray.values())
        running = (r for r in self._log.trials.values() if r.state == "running")
        return next((r for r in running if r.number not in with_ray), None)

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing: Ray Tune pickles its searcher for a restore that is never used."""
        return {}

    def set_max_concurrency(self, max_concurrent: int) -> bool:
        """Return True: the searcher keeps to a limit of its own."""
        return True

    def set_search_properties(self, metric: Any, mode: Any, config: Any, **spec: Any) -> bool:
        """Set nothing, since the objectives come from the space."""
        return True

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Forget a trial that Ray is done with; its end is recorded by the recorder."""
        self._with_ray.pop(trial_id, None)

    def save(self, checkpoint_path: str) -> None:
        """Save nothing, since the log holds everything."""

    def restore(self, checkpoint_path: str) -> None:
        """Restore nothing, since the log is replayed."""


def _trial_config(record: TrialRecord) -> dict[str, Any]:
    return {
        "trial": record.number,
        "values": record.values,
        "seeds": record.seeds,
        "epochs": record.limit,
        "again": bool(record.epochs),
    }
