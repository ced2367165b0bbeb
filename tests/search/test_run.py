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

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from search import arguments, run
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
    assert "plotly" in (sweep / "front.html").read_text()
    assert 'method = "adversarial"' in (sweep / "space.toml").read_text()
    facts = json.loads((sweep / "sweep.json").read_text())
    for key in ("versions", "git", "seed", "lane_seeds", "commands", "id", "baseline"):
        assert facts[key] is not None
    assert facts["corpus"]["name"] == "demo"
    assert len(facts["corpus"]["fingerprint"]) == 16


def test_mlflow_holds_one_parent_and_one_child_a_trial(smoke: tuple[Path, str]) -> None:
    folder, _ = smoke
    parent, children = runs(folder, "smoke")
    assert parent.info.status == "FINISHED"
    assert len(children) == 3
    assert {child.info.status for child in children} == {"FINISHED"}
    front = json.loads((folder / "results" / "smoke" / "front.json").read_text())
    on_front = {c.data.tags["fairser.trial"] for c in children if c.data.tags["pareto"] == "true"}
    assert on_front == {str(member["trial"]) for member in front["members"]}
    client = MlflowClient(f"sqlite:///{folder / 'results' / 'mlflow.db'}")
    artifacts = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
    assert artifacts >= {"front.json", "front.csv", "front.png", "front.html"}
    for child in children:
        assert {"alpha0", "adversary_learning_rate"} <= set(child.data.params)
        history = client.get_metric_history(child.info.run_id, "ccc")
        assert [metric.step for metric in history] == [1, 2]


def test_a_finished_sweep_goes_on_with_more_trials_and_the_same_baseline(
    smoke: tuple[Path, str],
) -> None:
    folder, _ = smoke
    before = sorted(path.name for path in (folder / "results").iterdir())
    output = command(folder, "--resume", "smoke", "--trials", "4")
    assert "trial 3 complete" in output
    assert "trial 2 complete" not in output
    assert sorted(path.name for path in (folder / "results").iterdir()) == before
    _, children = runs(folder, "smoke")
    assert sorted(c.data.tags["fairser.trial"] for c in children) == ["0", "1", "2", "3"]


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
    options = ("--smoke", "--trials", "4", "--epochs", "8", "--name", "killed")
    driver = subprocess.Popen(
        [*COMMAND, *options], cwd=tmp_path, stdout=subprocess.DEVNULL, start_new_session=True
    )
    log = tmp_path / "results" / "killed" / "trials.jsonl"
    deadline = time.monotonic() + 200
    while not (log.exists() and log.read_text().count('"epoch"') > 6):
        assert time.monotonic() < deadline, "the sweep never began"
        assert driver.poll() is None
        time.sleep(0.05)
    os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    before = [json.loads(line) for line in log.read_text().splitlines()]
    command(tmp_path, "--resume", "killed")
    after = [json.loads(line) for line in log.read_text().splitlines()]
    assert after[: len(before)] == before
    count = Counter((e["event"], e["trial"], e.get("epoch")) for e in after)
    assert set(count.values()) == {1}
    assert sum(event == "ended" for event, _, _ in count) == 4
    assert sum(event == "epoch" for event, _, _ in count) == 4 * 8
    parent, children = runs(tmp_path, "killed")
    assert parent.info.status == "FINISHED"
    assert sorted(c.data.tags["fairser.trial"] for c in children) == ["0", "1", "2", "3"]
    client = MlflowClient(f"sqlite:///{tmp_path / 'results' / 'mlflow.db'}")
    for child in children:
        assert child.info.status == "FINISHED"
        for name in ("ccc", "recall_gap", "loss/adversary_loss"):
            history = client.get_metric_history(child.info.run_id, name)
            assert sorted(metric.step for metric in history) == list(range(1, 9))


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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--trials 0", "must be >= 1, got 0"),
        ("--cpus-per-trial 0", "must be > 0, got 0"),
        ("--name a/b", "must be the name of a folder, got 'a/b'"),
        ("--gpus-per-trial 1.5", "must be a fraction below 1 or a whole number, got 1.5"),
        ("--scale 7", "must be LOW,HIGH, got '7'"),
        ("--set alpha0", "must be key=value, got 'alpha0'"),
        ("--corpus ravdess", "--corpus ravdess needs --corpus-dir"),
        ("--preset null --corpus manifest --corpus-dir x", "--preset goes with --corpus demo"),
        ("--resume x --seed 3", "--seed cannot be given with it"),
        ("--corpus timit", "invalid choice: 'timit'"),
    ],
)
def test_a_bad_command_line_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments.parse(options.split())
    assert message in " ".join(capsys.readouterr().err.split())


def test_help_explains_every_option_with_its_default() -> None:
    text = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True).stdout
    names = (
        "space corpus corpus-dir trials epochs seeds concurrent cpus-per-trial gpus-per-trial "
        "address results tracking-uri name resume set seed smoke threshold skip-broken base"
    )
    for name in names.split(" "):
        assert f"--{name}" in text
    assert text.count("(default:") >= 16
