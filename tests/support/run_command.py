"""Run of the README's command in a folder, and its results there and in MLflow."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from search import run as run_py
from search.store.local_storage import LocalStorage
from search.store.log_lines import read_lines
from search.store.operations import Line, Operation
from tests.support import ROOT
from tests.support.local_training import train_with_views
from tests.support.mlflow_store import mlflow_client
from tests.support.processes import reset_signals

LOGS = "results/*/trials.jsonl"
COMMAND = [sys.executable, str(ROOT / "search" / "run.py")]
NOISE = r"WARN|INFO|DEBUG|Warning|alembic|raylet"


def command(folder: Path, *options: str, check: int = 0) -> str:
    """Run the command in `folder` as a process, which takes ten seconds and more.

    Returns:
        Output, which must hold neither noise nor a traceback.
    """
    done = subprocess.run(
        [*COMMAND, *options], cwd=folder, capture_output=True, text=True, timeout=300
    )
    output = done.stdout + done.stderr
    assert done.returncode == check, output
    assert "Traceback" not in output
    assert not re.search(NOISE, output), output
    return output


def local_command(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Run the command in `folder` in this process and without Ray, but with its views and MLflow.

    Returns:
        Output, as of `command`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train_with_views(patch)
        status = run_py.main([*options])
    captured = capsys.readouterr()
    output = captured.out + captured.err
    assert status == 0, output
    assert "Traceback" not in output
    assert not re.search(NOISE, output), output
    return output


def refused(options: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the message of the command, in this process, on options that it rejects."""
    assert run_py.main(options.split()) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return " ".join(captured.err.split())


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start the command in `folder`, with signals handled even where the shell ignores them."""
    return subprocess.Popen(
        [*COMMAND, *options], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=reset_signals,
    )  # fmt: skip


def tracking_client(folder: Path) -> MlflowClient:
    """Return a client of MLflow's present database, which may be newer than the last one."""
    return mlflow_client(f"sqlite:///{folder / 'results' / 'mlflow.db'}")


def runs(folder: Path, sweep: str) -> tuple[Run, list[Run]]:
    """Return the sweep's run in MLflow and its nested runs."""
    client = tracking_client(folder)
    experiments = [e.experiment_id for e in client.search_experiments()]
    runs = client.search_runs(experiments)
    (parent,) = [run for run in runs if run.info.run_name == sweep]
    children = [r for r in runs if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    return parent, children


def trial_lines(folder: Path, sweep: str) -> list[Line]:
    """Return the lines of a sweep's log that are of trials."""
    lines = read_lines(LocalStorage(folder / "results" / sweep))
    return [line for line in lines if line.operation is not Operation.BEGAN]


def logged(folder: Path, sweep: str) -> dict[str, list[int]]:
    """Return the epochs of each trial in the log, in order, by number of the trial."""
    epochs: dict[str, list[int]] = {}
    for line in trial_lines(folder, sweep):
        trained = epochs.setdefault(str(line.fields["trial"]), [])
        if line.operation is Operation.EPOCH:
            trained.append(line.fields["epoch"])
    return epochs


def assert_mlflow_is_the_log(
    folder: Path, sweep: str, metrics: Sequence[str] = ("ccc", "recall_gap", "loss/adversary_loss")
) -> None:
    """Check a finished sweep in MLflow: a child a trial and a member, a value an epoch."""
    parent, nested = runs(folder, sweep)
    children = [run for run in nested if "fairser.trial" in run.data.tags]
    members = [run for run in nested if run not in children]
    trials = logged(folder, sweep)
    assert parent.info.status == "FINISHED"
    assert {run.info.status for run in nested} == {"FINISHED"}
    assert sorted(c.data.tags["fairser.trial"] for c in children) == sorted(trials)
    client = tracking_client(folder)
    for child in children:
        for name in metrics:
            history = client.get_metric_history(child.info.run_id, name)
            steps = sorted(metric.step for metric in history)
            assert steps == trials[child.data.tags["fairser.trial"]]
    front = json.loads((folder / "results" / sweep / "front.json").read_text())
    on_front = [run.info.run_name for run in members if run.data.tags["pareto"] == "true"]
    assert sorted(on_front) == sorted(f"{m['trial']}@{m['epoch']}" for m in front["members"])
    assert parent.data.metrics["trials"] == len(trials)
    with (folder / "results" / sweep / "history.csv").open() as file:
        *_, newest = csv.DictReader(file)  # by means, as the growth of a front is
    for name in ("front_size", "hypervolume"):
        assert parent.data.metrics[f"trained/{name}"] == pytest.approx(float(newest[name]))
    assert parent.data.metrics["front_size"] == len(front["members"])
    assert parent.data.metrics["hypervolume"] == pytest.approx(front["hypervolume"])
    fresh = front["checked"]["fresh"] if front["checked"] else None
    assert parent.data.metrics.get("hypervolume_fresh") == fresh
