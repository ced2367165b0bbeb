"""The README's command, as a newcomer types it."""

import csv
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from search import run
from search.space import available

pytestmark = pytest.mark.ray
ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, str(ROOT / "search" / "run.py")]


def command(folder: Path, *options: str, check: int = 0) -> str:
    """Run the command in `folder`; its output, which must hold neither noise nor a traceback."""
    done = subprocess.run(
        [*COMMAND, *options], cwd=folder, capture_output=True, text=True, timeout=300
    )
    output = done.stdout + done.stderr
    assert done.returncode == check, output
    assert "Traceback" not in output
    assert not re.search(r"WARN|INFO|Warning|alembic|raylet", output), output
    return output


def runs(folder: Path, sweep: str) -> tuple[Run, list[Run]]:
    """The sweep's run in MLflow and the runs of its trials."""
    client = MlflowClient(f"sqlite:///{folder / 'results' / 'mlflow.db'}")
    experiments = [e.experiment_id for e in client.search_experiments()]
    found = client.search_runs(experiments)
    (parent,) = [run for run in found if run.info.run_name == sweep]
    children = [r for r in found if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    return parent, children


def events(folder: Path, sweep: str) -> list[dict[str, Any]]:
    """What happened to the trials of a sweep."""
    path = folder / "results" / sweep / "trials.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if line["event"] != "began"]


def logged(folder: Path, sweep: str) -> dict[str, list[int]]:
    """Epochs of each trial in the log, in order, by the trial's number."""
    epochs: dict[str, list[int]] = {}
    for event in events(folder, sweep):
        trained = epochs.setdefault(str(event["trial"]), [])
        if event["event"] == "epoch":
            trained.append(event["epoch"])
    return epochs


def assert_mlflow_is_the_log(folder: Path, sweep: str) -> None:
    """A finished sweep: one parent, one child a trial, one value an epoch."""
    parent, children = runs(folder, sweep)
    trials = logged(folder, sweep)
    assert parent.info.status == "FINISHED"
    assert {child.info.status for child in children} == {"FINISHED"}
    assert sorted(c.data.tags["fairser.trial"] for c in children) == sorted(trials)
    client = MlflowClient(f"sqlite:///{folder / 'results' / 'mlflow.db'}")
    for child in children:
        for name in ("ccc", "recall_gap", "loss/adversary_loss"):
            history = client.get_metric_history(child.info.run_id, name)
            steps = sorted(metric.step for metric in history)
            assert steps == trials[child.data.tags["fairser.trial"]]
    front = json.loads((folder / "results" / sweep / "front.json").read_text())
    on_front = {c.data.tags["fairser.trial"] for c in children if c.data.tags["pareto"] == "true"}
    assert on_front == {str(number) for member in front["members"] for number in member["trials"]}
    assert parent.data.metrics["trials"] == len(trials)
    assert parent.data.metrics["front_size"] == len(front["members"])
    assert parent.data.metrics["hypervolume"] == pytest.approx(front["hypervolume"])


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A smoke sweep by the README's command, in a folder of its own."""
    folder = tmp_path_factory.mktemp("anywhere")
    written = next(
        line for line in (ROOT / "README.md").read_text().splitlines()
        if "search/run.py --space adversarial" in line and "--smoke" in line
    )  # fmt: skip
    words = shlex.split(written.strip().removeprefix("$ "), comments=True)
    assert words[:2] == ["python", "search/run.py"]
    return folder, command(folder, *words[2:], "--name", "smoke")


def test_the_readmes_command_shows_a_front_a_floor_and_what_comes_next(
    smoke: tuple[Path, str],
) -> None:
    folder, output = smoke
    assert "ccc" in output
    assert "recall_gap" in output
    assert re.search(r"75 ?% of the baseline", output)
    assert "ypervolume" in output
    assert f"ui --backend-store-uri sqlite:///{folder}/results/mlflow.db" in output
    assert "--resume smoke" in output


def test_a_sweep_leaves_its_files(smoke: tuple[Path, str]) -> None:
    sweep = smoke[0] / "results" / "smoke"
    front = json.loads((sweep / "front.json").read_text())
    assert front["objectives"] == ["ccc", "recall_gap"]
    with (sweep / "front.csv").open() as file:
        assert {row["trial"] for row in csv.DictReader(file)} == {
            str(member["trial"]) for member in front["members"]
        }
    assert (sweep / "front.png").read_bytes().startswith(b"\x89PNG")
    assert (sweep / "history.png").read_bytes().startswith(b"\x89PNG")
    with (sweep / "history.csv").open() as file:
        grown = list(csv.DictReader(file))
    assert [int(row["trials"]) for row in grown] == [
        n + 1 for n in range(len(logged(smoke[0], "smoke")))
    ]
    assert float(grown[-1]["hypervolume"]) == pytest.approx(front["hypervolume"])
    assert "plotly" in (sweep / "front.html").read_text()
    assert 'method = "adversarial"' in (sweep / "space.toml").read_text()
    facts = json.loads((sweep / "sweep.json").read_text())
    for key in ("versions", "git", "seed", "lane_seeds", "commands", "id", "baseline"):
        assert facts[key] is not None
    assert facts["corpus"]["name"] == "demo"
    assert len(facts["corpus"]["fingerprint"]) == 16


def test_a_sweep_ends_with_fresh_seeds_for_its_front(smoke: tuple[Path, str]) -> None:
    folder, output = smoke
    opened = [e for e in events(folder, "smoke") if e["event"] == "suggested"]
    front = json.loads((folder / "results" / "smoke" / "front.json").read_text())
    values = {json.dumps(member["values"]) for member in front["members"]}
    purposes = [event["purpose"] for event in opened]
    checked = [event for event in opened if event["purpose"] == "check"]
    assert purposes == ["search"] * (len(opened) - len(checked)) + ["check"] * len(checked)
    assert {json.dumps(event["values"]) for event in checked} == values
    assert all(member["check"] for member in front["members"])
    assert bool(front["checked"]) is bool(front["members"])
    assert ("(fresh seeds) complete" in output) is bool(front["members"])


def test_mlflow_holds_one_parent_and_one_child_a_trial(smoke: tuple[Path, str]) -> None:
    folder, _ = smoke
    assert_mlflow_is_the_log(folder, "smoke")
    parent, children = runs(folder, "smoke")
    client = MlflowClient(f"sqlite:///{folder / 'results' / 'mlflow.db'}")
    artifacts = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
    assert artifacts >= {"front.json", "front.csv", "front.png", "front.html", "history.csv"}
    for child in children:
        assert {"alpha0", "adversary_learning_rate", "seeds"} <= set(child.data.params)


def test_a_finished_sweep_goes_on_with_more_trials_and_the_same_baseline(
    smoke: tuple[Path, str],
) -> None:
    folder, _ = smoke
    before = sorted(path.name for path in (folder / "results").iterdir())
    known = events(folder, "smoke")
    old = len(logged(folder, "smoke"))
    output = command(folder, "--resume", "smoke", "--trials", "5")
    assert events(folder, "smoke")[: len(known)] == known
    assert f"trial {old} " in output
    assert f"trial {old - 1} " not in output  # told by the run that trained it
    assert sorted(path.name for path in (folder / "results").iterdir()) == before
    assert len(logged(folder, "smoke")) > old
    assert_mlflow_is_the_log(folder, "smoke")


def test_without_stopping_racing_and_checks_exactly_so_many_trials_are_trained(
    tmp_path: Path,
) -> None:
    plain = ("--scheduler", "none", "--check-seeds", "0", "--race-seeds", "1")
    command(tmp_path, "--smoke", "--trials", "4", *plain, "--name", "plain")
    assert logged(tmp_path, "plain") == {str(number): [1, 2] for number in range(4)}
    assert_mlflow_is_the_log(tmp_path, "plain")


def test_phase_two_takes_the_best_settings_of_phase_one(tmp_path: Path) -> None:
    command(tmp_path, "--space", "baseline", "--smoke", "--name", "phase-one")
    command(
        tmp_path, "--space", "nonadversarial", "--smoke", "--base", "phase-one", "--name", "two"
    )
    front = json.loads((tmp_path / "results" / "phase-one" / "front.json").read_text())
    best = front["members"][0]["values"]
    space = (tmp_path / "results" / "two" / "space.toml").read_text()
    for key in ("conv_layers", "filters", "batch"):
        assert f"{key} = {best[key]}\n" in space
    assert "patience" not in space


def test_killed_in_the_middle_and_resumed_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    budget = ("--trials", "4", "--epochs", "8", "--race-seeds", "4")
    driver = subprocess.Popen(
        [*COMMAND, "--smoke", *budget, "--name", "killed"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    log = tmp_path / "results" / "killed" / "trials.jsonl"
    deadline = time.monotonic() + 200
    while not (log.exists() and log.read_text().count('"epoch"') > 6):
        assert time.monotonic() < deadline, "the sweep never began"
        assert driver.poll() is None
        time.sleep(0.05)
    os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    before = events(tmp_path, "killed")
    command(tmp_path, "--resume", "killed")
    after = events(tmp_path, "killed")
    assert after[: len(before)] == before
    count = Counter((e["event"], e["trial"], e.get("epoch")) for e in after)
    assert set(count.values()) == {1}
    trials = logged(tmp_path, "killed")
    assert [int(number) for number in trials] == list(range(len(trials)))
    assert sum(event == "ended" for event, _, _ in count) == len(trials)
    for epochs in trials.values():
        assert epochs == list(range(1, len(epochs) + 1))
    opened = [event for event in after if event["event"] == "suggested"]
    trained = sum(len(trials[str(e["trial"])]) * 2 for e in opened if e["purpose"] != "check")
    assert trained <= 4 * 8 * 2
    assert_mlflow_is_the_log(tmp_path, "killed")


def test_interrupted_it_ends_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    driver = subprocess.Popen(
        [*COMMAND, "--smoke", "--epochs", "500", "--name", "stopped"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    folder = tmp_path / "results"
    deadline = time.monotonic() + 200
    while not any(folder.glob("*/trials.jsonl")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(3)
    driver.send_signal(signal.SIGINT)
    output, _ = driver.communicate(timeout=60)
    assert driver.returncode == 130
    assert "Traceback" not in output
    assert "--resume stopped" in output
    assert "interrupted" in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--space nope", f"no space 'nope'; there are {', '.join(available())}"),
        ("--set alpha0=-1.0", "`alpha0` must be >= 0, got -1.0 (spaces/adversarial.toml [fixed]"),
        ("--set alpha9=1.0", "`alpha9` is no setting of method 'adversarial'"),
        ("--resume nothing", "no sweep 'nothing'"),
        ("--corpus ravdess --corpus-dir nowhere", "nowhere"),
        ("--results gopher://x", "cannot use results folder 'gopher://x'"),
        ("--smoke --address 127.0.0.1:1", "no Ray cluster at '127.0.0.1:1'"),
        ("--smoke --cpus-per-trial 500", "a trial needs 500 CPUs and 0 GPUs"),
        ("--smoke --tracking-uri http://127.0.0.1:1", "127.0.0.1:1"),
    ],
)
def test_a_mistake_gets_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run.main(options.split()) == 2
    said = capsys.readouterr()
    assert message in " ".join(said.out.split())
    assert "Traceback" not in said.out + said.err
