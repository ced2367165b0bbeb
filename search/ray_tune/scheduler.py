"""The sweep's log and plan as a Ray Tune scheduler."""

from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from search.planning.plan import Opener
from search.ray_tune.recorder import Recorder


class PlanScheduler(FIFOScheduler):
    """Hands each report to the log, then asks the plan whether the trial goes on.

    Ray asks its scheduler before it tells its callbacks, so this is where the log hears first.
    """

    def __init__(self, recorder: Recorder, plan: Opener) -> None:
        """Record by `recorder`, decide by `plan`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._recorder, self._plan = recorder, plan

    def __getstate__(self) -> dict[str, Any]:
        """Empty: Ray Tune pickles its scheduler for a restore of its own, which is never used."""
        return {}

    def set_search_properties(self, metric: Any, mode: Any, **spec: Any) -> bool:
        """Objectives come from the space, so there is nothing to set."""
        return True

    def on_trial_result(self, controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """Whether the trial goes on."""
        reason = self._recorder.report(trial, result, self._plan.why_stop)
        return str(TrialScheduler.STOP if reason else TrialScheduler.CONTINUE)
