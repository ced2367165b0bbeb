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
from search.front.names import point_name
from search.front.point import Point
from search.store.trials import TrialRecord
from search.terminal.credentials import without_credentials
from search.tracking.changes import Change, Status, difference
from search.tracking.corpus_input import CorpusInput
from search.tracking.description import (
    DESCRIPTION,
    About,
    RunAddress,
    description,
    fallen_description,
)
from search.tracking.run_contents import ON_FRONT, member_view, sweep_view, trial_view
from search.tracking.store import RunStore

LAST_PAUSES = (1.0, 3.0, 9.0)  # seconds before each last attempt; no later update tries again
SHARE = 0.05  # most of the time that is spent on updates
FEW = 100  # trials that are all compared at each update


@dataclass(frozen=True)
class _State:
    """State of the log at one moment."""

    trials: list[TrialRecord]
    front: Front
    moments: list[Moment]
    files: Mapping[str, bytes]

    @property
    def trained(self) -> int:
        """Number of lane-epochs trained."""
        return self.moments[-1].lane_epochs if self.moments else 0


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
        corpus: CorpusInput | None = None,
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
            experiment_tags: tags of the experiment; a stored tag keeps its value, unless it is a
                view.
            corpus: input of the runs; None leaves them without.
            bounds: folder that artifacts may not leave; None without such a folder.

        Raises:
            TrackingError: the store cannot be used.
        """
        self._tags, self._params = tags, params
        self._method = {key: value for key, value in params.items() if key == "method"}
        self._sweep, self._about = sweep, about or About()
        self._store = RunStore(
            uri, space, sweep, artifact_location, experiment_tags, corpus=corpus, bounds=bounds
        )
        self._finished = self._store.finished
        self._uploaded: dict[str, bytes] = {}
        self._over: dict[int, TrialRecord] = {}
        self._written: set[int] = set()
        self._whole_due = 0.0
        self._seconds = 0.0
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

    @property
    def pause(self) -> float:
        """Seconds between updates in which these take no more than their share of the time."""
        return self._seconds / SHARE

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
        copies = [self._over.get(number) or self._copy(t) for number, t in trials.items()]
        with self._changed:
            waiting = self._newest.files if self._newest else {}
            self._newest = _State(copies, front, list(moments), {**waiting, **(files or {})})
            self._changed.notify()

    def _copy(self, trial: TrialRecord) -> TrialRecord:
        """Return a copy of a record, which is kept once the trial is over."""
        copy = dataclasses.replace(trial, epochs=list(trial.epochs))
        if trial.state != "running":
            self._over[trial.number] = copy
        return copy

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
        began = time.monotonic()
        try:
            if self._problem:  # only the store knows how much of the last attempt arrived
                self._store.read()
                self._written.clear()
            self._write(state, end)
            self._problem = None
        except Exception as error:  # whatever MLflow, a database or a network may raise
            self._problem = without_credentials(f"{type(error).__name__}: {error}")
        self._seconds = time.monotonic() - began

    def _write(self, state: _State, end: Literal["finished", "interrupted"] | None) -> None:
        unfinished: Status = "KILLED" if end else "RUNNING"
        self._write_trials(state, unfinished, bool(end))
        self._write_members(state, bool(end))
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
        view = sweep_view(state.moments, state.front, self._params, tags, status)
        self._store.write(parent, difference(view, parent))
        changed = {n: c for n, c in state.files.items() if self._uploaded.get(n) != c}
        if changed:
            self._store.upload(parent, changed)
            self._uploaded.update(changed)

    def _write_trials(self, state: _State, unfinished: Status, ended: bool) -> None:
        """Write the trials that changed and, while it takes its share of time alone, all others.

        What is expected of a trial that is over changes a little with each other trial.
        """
        began = time.monotonic()
        whole = ended or len(state.trials) <= FEW or began >= self._whole_due
        trials = [t for t in state.trials if whole or t.number not in self._written]
        points: dict[int, list[Point]] = {}
        for point in state.front.points:
            for number in point.trials:
                points.setdefault(number, []).append(point)
        for trial in trials:
            run = self._store.run(trial.number)
            view = trial_view(
                trial,
                state.front,
                points.get(trial.number, []),
                run.step,
                unfinished,
                params=self._method,
                lane_epochs=state.trained,
            )
            if ON_FRONT in run.tags:  # earlier versions marked trials, not members
                view = dataclasses.replace(view, tags={**view.tags, ON_FRONT: ""})
            self._store.write(run, difference(view, run))
            if trial.state != "running":
                self._written.add(trial.number)
        if whole:
            now = time.monotonic()
            self._whole_due = now + (now - began) / SHARE

    def _write_members(self, state: _State, ended: bool) -> None:
        """Write a run for each member, and logged models once no further trial may beat them.

        The run of a candidate that is a member no more goes to MLflow's trash, unless it has a
        logged model, which users may have registered.
        """
        members = {point_name(point): point for point in state.front.members}
        for name, point in members.items():
            run = self._store.run(name)
            view = member_view(state.front, point, self._method, state.trained)
            if ended:
                self._store.make_model(name, view.params)
            self._store.write(run, difference(view, run))
        for name, run in self._store.members.items():
            if name in members:
                continue
            if run.model is None:
                self._store.remove(name)
            elif run.tags.get(ON_FRONT) != "false":
                tags = {ON_FRONT: "false", DESCRIPTION: fallen_description(name)}
                self._store.write(run, Change({}, tags, {}, None))
