import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from search.commands.run import mlflow_command
from search.tracking.changes import Change
from search.tracking.registry import store_variables
from search.tracking.store import ENVIRONMENT, RunStore, TrackingError

# MLflow's own table definitions, with SQLAlchemy 2.1.


@pytest.fixture
def uri(database: Path) -> str:
    return f"sqlite:///{database}"


def test_an_unreachable_server_is_reported_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    began = time.monotonic()
    with pytest.raises(TrackingError, match=r"cannot use the MLflow store http://127.0.0.1:9: .*"):
        RunStore("http://me:secret@127.0.0.1:9", "space", "sweep", None)
    assert time.monotonic() - began < 10
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "0"  # the user's word stays
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "20"


def test_errors_show_no_password() -> None:
    with pytest.raises(TrackingError, match=r"store postgresql\+nodriver://host/db: ") as caught:
        RunStore("postgresql+nodriver://me:secret@host/db", "space", "sweep", None)
    assert "secret" not in str(caught.value)


def test_a_deleted_experiment_is_reported_with_the_way_to_restore_it(uri: str) -> None:
    client = MlflowClient(uri)
    number = client.create_experiment("space")
    client.delete_experiment(number)
    with pytest.raises(TrackingError, match=f"restore it with .*--experiment-id {number}"):
        RunStore(uri, "space", "sweep", None)


def test_an_experiment_made_by_another_sweep_in_between_is_used(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = MlflowClient.create_experiment

    def too_late(client: MlflowClient, *args: Any) -> str:
        create(client, *args)
        return create(client, *args)

    monkeypatch.setattr(MlflowClient, "create_experiment", too_late)
    with pytest.raises(MlflowException, match="already exists"):
        too_late(MlflowClient(uri), "other")
    store = RunStore(uri, "space", "sweep", None)
    assert store.run(0).status == "RUNNING"


def test_an_experiment_is_tagged_once_and_keeps_what_the_user_made_of_it(uri: str) -> None:
    tags = {"mlflow.note.content": "Sweeps.", "view": "ours"}
    store, client = RunStore(uri, "space", "sweep", None, tags), MlflowClient(uri)
    assert client.get_experiment(store.experiment).tags.items() >= tags.items()
    client.set_experiment_tag(store.experiment, "view", "mine")
    RunStore(uri, "space", "other", None, tags)
    assert client.get_experiment(store.experiment).tags["view"] == "mine"


@pytest.mark.parametrize("sweep", ["it's", 'a "quoted" one', "50% of `x`"])
def test_sweeps_of_any_name_are_read_back_and_kept_apart(sweep: str, uri: str) -> None:
    ours, other = RunStore(uri, "space", sweep, None), RunStore(uri, "space", "other", None)
    number = ours.run(3).run_id
    other.run(3)
    assert RunStore(uri, "space", sweep, None).run(3).run_id == number
    assert RunStore(uri, "space", "other", None).run(3).run_id != number


def test_the_status_of_a_sweep_is_that_of_its_run(uri: str) -> None:
    store = RunStore(uri, "space", "sweep", None)
    assert store.status is None
    trial = store.run(0)  # which makes the sweep's run, too
    store.write(trial, Change({}, {}, {}, "FAILED"))
    assert RunStore(uri, "space", "sweep", None).status == "RUNNING"
    store.write(store.run(None), Change({}, {}, {}, "FINISHED"))
    assert RunStore(uri, "space", "sweep", None).status == "FINISHED"
    assert RunStore(uri, "space", "other", None).status is None


def test_more_runs_than_a_page_holds_are_all_read(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore(uri, "space", "sweep", None)
    result = {trial: store.run(trial).run_id for trial in (None, 0, 1, 2, 3)}
    monkeypatch.setattr("search.tracking.store.PAGE", 2)
    again = RunStore(uri, "space", "sweep", None)
    assert {trial: again.run(trial).run_id for trial in result} == result


@pytest.mark.parametrize("part", ["experiments", "runs"])
@pytest.mark.parametrize("place", ["/tmp/elsewhere", "file:///tmp/elsewhere", "http://203.0.113.7"])
def test_a_store_that_leads_out_of_its_folder_is_refused_unless_the_user_names_it(
    database: Path, uri: str, part: str, place: str
) -> None:
    bounds = database.parent
    store = RunStore(uri, "space", "sweep", str(bounds / "mlartifacts"), bounds=bounds)
    store.run(None)
    RunStore(uri, "space", "sweep", None, bounds=bounds)  # nothing leads out
    column = {"experiments": "artifact_location", "runs": "artifact_uri"}[part]
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(f"UPDATE {part} SET {column} = ?", (place,))
        connection.commit()
    rule = rf"the artifacts of \w+ '\w+' must lie in {bounds}, as the store does, not at {place}"
    with pytest.raises(TrackingError, match=rule):
        RunStore(uri, "space", "sweep", None, bounds=bounds)
    RunStore(uri, "space", "sweep", None)


def test_a_link_among_artifacts_is_not_followed(database: Path, uri: str, tmp_path: Path) -> None:
    bounds, outside = database.parent, tmp_path.with_name(f"{tmp_path.name}-outside")
    outside.mkdir()
    (outside / "file").write_text("mine")
    store = RunStore(uri, "space", "sweep", str(bounds / "mlartifacts"), bounds=bounds)
    run = store.run(None)
    store.upload(run, {"report.html": b"first"})
    (report,) = bounds.glob("mlartifacts/**/report.html")
    report.unlink()
    report.symlink_to(outside / "file")
    with pytest.raises(TrackingError, match=rf"must lie in {bounds}, .*report\.html"):
        store.upload(run, {"report.html": b"second"})
    report.unlink()
    with contextlib.closing(sqlite3.connect(database)) as connection:  # after the runs were read
        connection.execute("UPDATE runs SET artifact_uri = ?", (str(outside),))
        connection.commit()
    with pytest.raises(TrackingError, match=rf"not at {outside}"):
        store.upload(run, {"report.html": b"third"})
    (report.parents[2] / "models").symlink_to(outside)
    with pytest.raises(TrackingError, match=r"not at .*/models"):
        RunStore(uri, "space", "other", None, bounds=bounds)
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "mine"


def test_printed_commands_name_the_stores_that_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    assert store_variables("sqlite:///a b") == {"MLFLOW_TRACKING_URI": "sqlite:///a b"}
    assert mlflow_command("sqlite:///a b").endswith("mlflow ui --backend-store-uri 'sqlite:///a b'")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "sqlite:///registry.db")
    assert (
        store_variables("https://me:secret@host")["MLFLOW_REGISTRY_URI"] == "sqlite:///registry.db"
    )
    assert "secret" not in store_variables("https://me:secret@host")["MLFLOW_TRACKING_URI"]
    command = mlflow_command("sqlite:///a")
    assert command.endswith("sqlite:///a --registry-store-uri sqlite:///registry.db")
    assert mlflow_command("http://host") == "http://host"
