"""MLflow store for tests of the tracking."""

import atexit
import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

from fairser_core.temporary import temporary_folder
from search.front.front import Front
from search.front.history import Moment
from search.store.trials import TrialRecord
from search.tracking.changes import STANDING
from search.tracking.mirror import Tracking

MakeFront = Callable[..., Front]
MakeMoments = Callable[..., list[Moment]]
_AT_EXIT = contextlib.ExitStack()
atexit.register(_AT_EXIT.close)
COPIES = _AT_EXIT.enter_context(temporary_folder())  # gone with this process
History = dict[str, list[tuple[int, float]]]


def mlflow_client(uri: str) -> MlflowClient:
    """Return a client that sees a store in its present state.

    MLflow keeps each database open, and would go on reading a deleted one.
    """
    if not uri.startswith("sqlite:///"):
        return MlflowClient(uri)
    path = Path(uri.removeprefix("sqlite:///"))
    copy = Path(tempfile.mkdtemp(dir=COPIES)) / path.name
    shutil.copy(path, copy)
    return MlflowClient(f"sqlite:///{copy}")


class Store:
    """MLflow store, with the sweeps that write there."""

    def __init__(self, database: Path, make_front: MakeFront, make_moments: MakeMoments) -> None:
        self.uri = f"sqlite:///{database}"
        self.artifacts = database.parent / "mlflow artifacts"
        self.client = MlflowClient(self.uri)
        self._make_front, self._make_moments = make_front, make_moments
        self.opened: list[Tracking] = []

    def open(self, sweep: str = "sweep-1", **tags: str) -> Tracking:
        tracking = Tracking(
            self.uri,
            space="adversarial",
            sweep=sweep,
            tags={"corpus": "demo", **tags},
            params={"method": "adversarial"},
            artifact_location=str(self.artifacts),
        )
        self.opened.append(tracking)
        return tracking

    def update(self, tracking: Tracking, *trials: TrialRecord, **options: Any) -> None:
        by_number = {trial.number: trial for trial in trials}
        moments = options.pop("moments", None) or self._make_moments(trials)
        tracking.update(by_number, self._make_front(trials), moments, **options)

    def runs(self, sweep: str = "sweep-1") -> dict[str | None, Run]:
        """Return the runs by trial; None is the key of the sweep's run."""
        experiment = self.client.get_experiment_by_name("adversarial")
        assert experiment
        runs = self.client.search_runs([experiment.experiment_id])
        ours = [run for run in runs if run.data.tags["fairser.sweep"] == sweep]
        by_trial = {run.data.tags.get("fairser.trial"): run for run in ours}
        assert len(by_trial) == len(ours)  # no run twice
        return by_trial

    def history(self, run: Run, standing: bool = False) -> History:
        """Return (step, value) of each metric by epoch, or of each standing metric."""
        history = {}
        for key in run.data.metrics:
            if key.startswith(STANDING) != standing:
                continue
            values = self.client.get_metric_history(run.info.run_id, key)
            history[key] = [(metric.step, metric.value) for metric in values]
        return history

    def tags(self, name: str) -> dict[str | None, str]:
        runs = self.runs().items()
        return {trial: run.data.tags[name] for trial, run in runs if name in run.data.tags}

    def trials_done(self) -> float:
        """Return the newest number of trials, which is written last; -1 before."""
        sweep = self.runs().get(None)
        return sweep.data.metrics.get("trials", -1) if sweep else -1

    def statuses(self) -> dict[str | None, str]:
        return {trial: run.info.status for trial, run in self.runs().items()}


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def once(trial: TrialRecord) -> History:
    """Return the history of a trial's run with one value for each key and step."""
    expected: History = {}
    for e in trial.epochs:
        terms = {f"loss/{name}": value for name, value in e.terms.items()}
        values = {"epoch": e.epoch, **e.metrics, **terms, "seconds": e.seconds}
        for key, value in values.items():
            expected.setdefault(key, []).append((e.epoch, value))
    return expected
