"""Runs of a sweep in an MLflow store: found by tags, read once, written in batches."""

import contextlib
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.store.db.db_types import DATABASE_ENGINES
from sqlalchemy.exc import SQLAlchemyError

from fairser_core.temporary import temporary_folder
from search.terminal.console import CommandError
from search.terminal.credentials import without_credentials
from search.tracking.changes import SINCE, STEP_METRICS, Change, StoredRun, batches, is_standing
from search.tracking.corpus_input import CorpusInput, record_input
from search.tracking.database import prepare_database
from search.tracking.experiment_page import VIEW_TAG
from search.tracking.member_model import ModelOrigin, member_model
from search.tracking.moved import FOLDER, follow_move, local_path

SWEEP_TAG, TRIAL_TAG, PARENT_TAG = "fairser.sweep", "fairser.trial", "mlflow.parentRunId"
MEMBER_TAG = "fairser.member"
RunKey = int | str | None
"""Number of a trial, name of a member of the front, or None for the sweep's own run."""
PAGE = 1000  # runs read at once

# MLflow's defaults try an unreachable server for minutes and print an address for each run that
# ends. Variables that the user has set keep their values.
ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


class TrackingError(CommandError):
    """Error of an MLflow store that cannot be used."""


@contextlib.contextmanager
def as_tracking_error() -> Iterator[None]:
    """Raise errors of MLflow, its database or its files as a TrackingError."""
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise TrackingError(without_credentials(str(error))) from error


def _be_quiet() -> None:
    """Silence MLflow's log, which would disturb the screen; MLflow also raises its errors."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _experiment(client: MlflowClient, name: str, artifact_location: str | None) -> str:
    """Return the id of an experiment, which is made if it does not exist.

    Raises:
        TrackingError: the experiment was deleted.
    """
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        if artifact_location and "://" not in artifact_location:
            artifact_location = Path(artifact_location).absolute().as_uri()
        try:
            return client.create_experiment(name, artifact_location)
        except MlflowException as error:
            # Another sweep may have made it in between.
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        experiment = client.get_experiment_by_name(name)
    assert experiment
    if experiment.lifecycle_stage == "deleted":
        raise TrackingError(
            f"experiment {name!r} is deleted; restore it with "
            f"`mlflow experiments restore --experiment-id {experiment.experiment_id}`"
        )
    return str(experiment.experiment_id)


def _key(run: Run) -> RunKey:
    tags = run.data.tags
    if TRIAL_TAG in tags:
        return int(tags[TRIAL_TAG])
    return tags.get(MEMBER_TAG)


def _stored(run: Run) -> StoredRun:
    """Return a run as MLflow holds it; all metrics of a member may change without an epoch."""
    metrics = run.data.metrics
    whole = MEMBER_TAG in run.data.tags
    newest = max(metrics.get(name, -1) for name in STEP_METRICS)
    models = run.outputs.model_outputs if run.outputs else []
    return StoredRun(
        run.info.run_id,
        int(newest),
        dict(run.data.params),
        dict(run.data.tags),
        run.info.status,
        {name: value for name, value in metrics.items() if is_standing(name, whole)},
        models[0].model_id if whole and models else None,
        bool(run.inputs and run.inputs.dataset_inputs),
    )


def _parent_of(path: Path) -> Path:
    """Return the results folder of a path of artifacts."""
    return Path(*path.parts[: path.parts.index(FOLDER)])


class RunStore:
    """Runs of one sweep.

    Attributes:
        experiment: id of their experiment.
    """

    experiment: str

    def __init__(
        self,
        uri: str,
        space: str,
        sweep: str,
        artifact_location: str | None,
        tags: Mapping[str, str] | None = None,
        *,
        corpus: CorpusInput | None = None,
        bounds: Path | None = None,
    ) -> None:
        """Connect to the store.

        Args:
            uri: MLflow tracking URI.
            space: name of the experiment.
            sweep: name of the sweep, unique in the store.
            artifact_location: folder or URI of the artifacts of a new experiment; None leaves the
                choice to the store.
            tags: tags of the experiment; a stored tag keeps its value, unless it is a view.
            corpus: input of the runs; None leaves them without.
            bounds: folder that artifacts may not leave, since the store lies in it and says where
                they go; None for a store that the user named.

        Raises:
            TrackingError: the store cannot be used, or leads out of `bounds`.
        """
        _be_quiet()
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        try:
            if uri.partition(":")[0].partition("+")[0] in DATABASE_ENGINES:
                prepare_database(uri)
            if bounds:
                follow_move(uri, bounds)
            self._client = MlflowClient(uri)
            self._bounds, self._sweep, self._corpus = bounds, sweep, corpus
            self.experiment = _experiment(self._client, space, artifact_location)
            self._tag_experiment(tags or {})
            self.read()
        except Exception as error:  # whatever MLflow, a driver or a network may raise
            reason = without_credentials(f"{uri}: {error}")
            raise TrackingError(f"cannot use the MLflow store {reason}") from error

    def _tag_experiment(self, tags: Mapping[str, str]) -> None:
        """Set the tags that the experiment lacks, once it is known to lie within the bounds."""
        stored = self._client.get_experiment(self.experiment)
        location = stored.artifact_location
        self._check_bounds("experiment", stored.name, location)
        if location:
            self._check_bounds("experiment", stored.name, f"{location.rstrip('/')}/models")
        for name, value in tags.items():
            changed_view = name.startswith(VIEW_TAG) and stored.tags.get(name) != value
            if changed_view or name not in stored.tags:
                self._client.set_experiment_tag(self.experiment, name, value)

    def read(self) -> None:
        """Read all runs of the sweep."""
        runs: dict[RunKey, StoredRun] = {}
        # Quotes that do not occur in the name: MLflow's filters have no escape.
        quote = '"' if "'" in self._sweep else "'"
        token: str | None = ""
        while token is not None:
            page = self._client.search_runs(
                [self.experiment],
                f"tags.`{SWEEP_TAG}` = {quote}{self._sweep}{quote}",
                max_results=PAGE,
                order_by=["attributes.start_time DESC"],
                page_token=token or None,
            )
            for run in page:
                self._check_bounds("run", run.info.run_id, run.info.artifact_uri)
                runs[_key(run)] = _stored(run)
            token = page.token or None
        self._runs = runs

    def _check_bounds(self, kind: str, name: str, location: str | None) -> None:
        """Raise a TrackingError if artifacts of a part of the store would leave the bounds.

        In a store that the user named, none may go to a results folder that is gone.
        """
        path = local_path(location) if location else None
        if self._bounds is None:
            if path and FOLDER in path.parts and not _parent_of(path).is_dir():
                raise TrackingError(
                    f"the artifacts of {kind} {name!r} lie in {path}, and there is no folder "
                    f"{_parent_of(path)}: was it moved? Make it available there, or name another "
                    "store by --tracking-uri"
                )
            return
        bounds = os.path.realpath(self._bounds)
        if path is None or not Path(os.path.realpath(path)).is_relative_to(bounds):
            raise TrackingError(
                f"the artifacts of {kind} {name!r} must lie in {self._bounds}, as the store does, "
                f"not at {location}; to use them, name the store by --tracking-uri"
            )

    @property
    def status(self) -> str | None:
        """Status of the sweep's own run; None if there is no such run."""
        return self._runs[None].status if None in self._runs else None

    @property
    def finished(self) -> bool:
        """Whether the store holds all of a finished sweep; earlier versions recorded no input."""
        fed = self._corpus is None or (None in self._runs and self._runs[None].fed)
        return self.status == "FINISHED" and fed

    @property
    def members(self) -> dict[str, StoredRun]:
        """Runs of the candidates that were members of the front at any time, by name."""
        return {key: run for key, run in self._runs.items() if isinstance(key, str)}

    def run(self, key: RunKey) -> StoredRun:
        """Return a run; make it if there is none."""
        if key not in self._runs:
            tags, name = {SWEEP_TAG: self._sweep}, self._sweep
            if key is not None:
                trial = isinstance(key, int)
                tags |= {TRIAL_TAG if trial else MEMBER_TAG: str(key)}
                tags |= {PARENT_TAG: self.run(None).run_id}
                name = f"trial {key}" if trial else str(key)
            run = self._client.create_run(self.experiment, tags=tags, run_name=name)
            self._runs[key] = StoredRun(run.info.run_id)
        return self._runs[key]

    def remove(self, key: RunKey) -> None:
        """Move a run to MLflow's trash."""
        self._client.delete_run(self._runs.pop(key).run_id)

    def make_model(self, name: str, params: Mapping[str, str]) -> None:
        """Make the logged model of a member, to which the metrics written later are bound."""
        stored = self.run(name)
        if stored.model is None:
            origin = ModelOrigin(self.experiment, self._sweep, name, stored.run_id)
            stored.model = member_model(self._client, origin, params)
            # The same metrics are written again at a later step, bound to the model.
            stored.standing = {n: v for n, v in stored.standing.items() if n == SINCE}

    def write(self, stored: StoredRun, change: Change) -> None:
        """Write a change to a run and add it to `stored`."""
        now = int(1000 * time.time())
        if self._corpus and not stored.fed:
            record_input(self._client, stored, self._corpus)
        bound = self._corpus.bound_to(stored.model) if self._corpus and stored.model else {}
        for batch in batches(change):
            self._client.log_batch(
                stored.run_id,
                metrics=[
                    Metric(name, value, now, step, **bound) for name, value, step in batch.metrics
                ],
                params=[Param(name, value) for name, value in batch.params],
                tags=[RunTag(name, value) for name, value in batch.tags],
                synchronous=True,
            )
        if change.status == "RUNNING":
            self._client.update_run(stored.run_id, status=change.status)
        elif change.status:
            self._client.set_terminated(stored.run_id, status=change.status)
        stored.add(change)

    def _check_files(self, run: str, files: Iterable[str]) -> None:
        """Check that files of a run lie within the bounds, also after links are followed."""
        if self._bounds:
            location = self._client.get_run(run).info.artifact_uri
            self._check_bounds("run", run, location)
            for name in files:
                self._check_bounds("run", run, f"{location.rstrip('/')}/{name}")

    def upload(self, stored: StoredRun, files: Mapping[str, bytes]) -> None:
        """Upload files to a run; they replace those of the same name."""
        self._check_files(stored.run_id, files)
        with temporary_folder() as folder:
            for name, content in files.items():
                (folder / name).write_bytes(content)
            self._client.log_artifacts(stored.run_id, str(folder))
