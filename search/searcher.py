"""The sweep's plan as a Ray Tune searcher."""

from collections.abc import Mapping
from typing import Any

from ray.tune.search import Searcher

from search.log import Log, TrialRecord
from search.plan import Plan


class PlanSearcher(Searcher):
    """Hands Ray Tune the unfinished trials of a sweep, then those that its plan opens.

    Ray's own bookkeeping of results is not used: the log hears of each first.
    """

    def __init__(self, log: Log, plan: Plan, common: Mapping[str, Any]) -> None:
        """Begin with what the log left unfinished.

        Args:
            log: of the sweep.
            plan: of the same.
            common: what every trial's configuration holds besides what is its own.
        """
        super().__init__()
        self._plan, self._common = plan, dict(common)
        self._unfinished = [r for r in log.trials.values() if r.state == "running"]

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:  # type: ignore[override]
        """Configuration of the next trial, None if that depends on those that run, or the end."""
        record = self._unfinished.pop(0) if self._unfinished else self._plan.next()
        if record is None:
            return None if self._plan.running else str(Searcher.FINISHED)
        return {**self._common, **_own(record)}

    def __getstate__(self) -> dict[str, Any]:
        """Empty: Ray Tune pickles its searcher for a restore of its own, which is never used."""
        return {}

    def set_search_properties(self, metric: Any, mode: Any, config: Any, **spec: Any) -> bool:
        """Objectives come from the space, so there is nothing to set."""
        return True

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Nothing: the log has heard of it already."""

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
    }
