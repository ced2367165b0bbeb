"""Scheduler for Ray Tune that follows the sweep's plan."""

from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from search.planning.log_plan import Opener
from search.ray_tune.recorder import Recorder


class PlanScheduler(FIFOScheduler):
    """Scheduler that records each report in the log, then asks the plan to stop or go on.

    Ray calls its scheduler before its callbacks, so reports reach the log first here.
    """

    def __init__(self, recorder: Recorder, plan: Opener) -> None:
        """Make the scheduler of a sweep.

        Args:
            recorder: recorder of the sweep's log.
            plan: plan of the sweep.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._recorder, self._plan = recorder, plan

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing: Ray Tune pickles its scheduler for a restore that is never used."""
        return {}

    def set_search_properties(self, metric: Any, mode: Any, **spec: Any) -> bool:
        """Set nothing, since the objectives come from the space."""
        return True

    def on_trial_result(self, controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """Record a report, and return whether the trial goes on."""
        reason = self._recorder.report(trial, result, self._plan.why_stop)
        return str(TrialScheduler.STOP if reason else TrialScheduler.CONTINUE)
