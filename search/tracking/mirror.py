"""Mirror of a sweep in MLflow: a run for the sweep and a nested run per trial."""

import dataclasses
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from search.front.front import Front
from search.front.history import Moment
from search.front.point import Point
from search.store.trials import TrialRecord
from search.terminal.credentials import without_credentials
from search.tracking.changes import Status, difference
from search.tracking.description import DESCRIPTION, About, RunAddress, description
from search.tracking.run_contents import sweep_view, trial_view
from search.tracking.store import RunStore

LAST_PAUSES = (1.0, 3.0, 9.0)  # seconds before each last attempt; no later update tries again


@dataclass(frozen=True)
class _State:
    """State of the log at one moment."""

    trials: list[TrialRecord]
    front: Front
    moments: list[Moment]
    files: Mapping[str, bytes]


class Tracking:
    """Thread that keeps the runs equal to the log.

    Whatever the runs lack is written, also what an earlier run of the sweep could not write, and
    nothing is written twice. A store that fails is tried again at the next update.
    """

    def __init__(
        self,
        uri: str,
        *,
        space: str,
        sweep: str,
        tags: Mapping[str, str],
        params: Mapping[str, str],
        artifact_location: str | None = None,
        about: About | None = None,
        experiment_tags: Mapping[str, str] | None = None,
        bounds: Path | None = None,
    ) -> None:
        """Connect to the store and read the sweep's runs.

        Args:
            uri: MLflow tracking URI; a missing SQLite file is made, which takes some seconds.
            space: name of the experiment.
            sweep: name of the sweep, unique in the store, by which its runs are found again.
            tags: tags of the sweep's run; a description among them replaces that of the front.
            params: params of the sweep's run; a stored param keeps its value. The method's name is
                also a param of each trial.
            artifact_location: folder or URI of the artifacts of a new experiment; None leaves the
                choice to the store, which for SQLite is the working directory.
            about: facts of the description that are not in the front.
            experiment_tags: tags of the experiment; a stored tag keeps its value.
            bounds: folder that artifacts may not leave; None without such a folder.

        Raises:
            TrackingError: the store cannot be used.
        """
        self._tags, self._params = tags, params
        self._sweep, self._about = sweep, about or About()
        self._store = RunStore(uri, space, sweep, artifact_location, experiment_tags, bounds=bounds)
        self._finished = self._store.status == "FINISHED"
        self._uploaded: dict[str, bytes] = {}
        self._problem: str | None = None
        self._changed = threading.Condition()
        self._newest: _State | None = None
        self._end: Literal["finished", "interrupted"] | None = None
        self._thread = threading.Thread(target=self._work, name="mlflow", daemon=True)
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether the store already held all of a finished sweep."""
        return self._finished

    @property
    def problem(self) -> str | None:
        """Reason why the newest attempt to write failed; None if it succeeded."""
        return self._problem

    def update(
        self,
        trials: Mapping[int, TrialRecord],
        front: Front,
        moments: Sequence[Moment],
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """Pass the newest state to the thread, without waiting for it.

        Args:
            trials: records of the trials in the log.
            front: front of the trials.
            moments: growth of the front.
            files: files of the front by name, if they changed.
        """
        # Copies, because the driver changes its records while the thread reads.
        copies = [dataclasses.replace(t, epochs=list(t.epochs)) for t in trials.values()]
        with self._changed:
            waiting = self._newest.files if self._newest else {}
            self._newest = _State(copies, front, list(moments), {**waiting, **(files or {})})
            self._changed.notify()

    def close(self, status: Literal["finished", "interrupted"]) -> None:
        """Write everything that is left, and wait until it is written.

        Args:
            status: status of the sweep; `interrupted` marks the sweep and its unfinished trials as
                killed, until a later run of the sweep marks them as running.
        """
        with self._changed:
            self._end = status
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        """Write the newest state whenever there is one; states in between are skipped."""
        state, end = None, None
        while not end:
            with self._changed:
                self._changed.wait_for(lambda: self._newest or self._end)
                newer, end = self._newest, self._end
                self._newest = None
            if state and newer:
                newer = dataclasses.replace(newer, files={**state.files, **newer.files})
            state = newer or state
            if state:
                self._attempt(state, end)
        for pause in LAST_PAUSES if end == "finished" else ():
            if state and self._problem:
                time.sleep(pause)
                self._attempt(state, end)

    def _attempt(self, state: _State, end: Literal["finished", "interrupted"] | None) -> None:
        """Write a state; keep a failure for `problem` instead of raising it."""
        try:
            if self._problem:  # only the store knows how much of the last attempt arrived
                self._store.read()
            self._write(state, end)
            self._problem = None
        except Exception as error:  # whatever MLflow, a database or a network may raise
            self._problem = without_credentials(f"{type(error).__name__}: {error}")

    def _write(self, state: _State, end: Literal["finished", "interrupted"] | None) -> None:
        unfinished: Status = "KILLED" if end else "RUNNING"
        self._write_trials(state, unfinished)
        status: Status = "FINISHED" if end == "finished" else unfinished
        parent = self._store.run(None)
        tags = dict(self._tags)
        if DESCRIPTION not in tags:  # a replication has a note and no front
            address = RunAddress(self._sweep, self._store.experiment, parent.run_id)
            subject = self._about.subject
            if subject:
                subject = dataclasses.replace(subject, done=end == "finished")
            about = dataclasses.replace(self._about, subject=subject)
            tags[DESCRIPTION] = description(state.front, about, address)
        view = sweep_view(state.moments, self._params, tags, status)
        self._store.write(parent, difference(view, parent))
        changed = {n: c for n, c in state.files.items() if self._uploaded.get(n) != c}
        if changed:
            self._store.upload(parent, changed)
            self._uploaded.update(changed)

    def _write_trials(self, state: _State, unfinished: Status) -> None:
        points: dict[int, list[Point]] = {}
        for point in state.front.points:
            for number in point.trials:
                points.setdefault(number, []).append(point)
        trained = state.moments[-1].lane_epochs if state.moments else 0
        method = {k: v for k, v in self._params.items() if k == "method"}
        for trial in state.trials:
            run = self._store.run(trial.number)
            view = trial_view(
                trial,
                state.front,
                points.get(trial.number, []),
                run.step,
                unfinished,
                params=method,
                lane_epochs=trained,
            )
            self._store.write(run, difference(view, run))
