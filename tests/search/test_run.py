"""The README's command, as a newcomer types it."""

import csv
import json
import re
import shlex
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from search import run
from search.front.configurations import Configurations
from search.space.files import available
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.operations import Operation
from search.sweep.opening import opened
from tests.support.local_training import train_locally, train_with_views
from tests.support.run_command import (
    LOGS,
    ROOT,
    assert_mlflow_is_the_log,
    command,
    local_command,
    logged,
    refused,
    runs,
    start,
    tracking_client,
    trial_lines,
)

pytestmark = pytest.mark.ray


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
    assert "useless: this was a smoke sweep, which tries every step in a minute" in output
    assert re.search(r"next      python \S*search/run.py --space adversarial\n", output)
    assert f"ui --backend-store-uri sqlite:///{folder}/results/mlflow.db" in output
    assert "--resume smoke" in output
    assert "python search/run.py --resume smoke" in re.sub(r"\S*/search/", "search/", output)
    assert "viewStateShareKey=***" not in output


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
    opened_again = opened("smoke", LocalStorage(smoke[0] / "results"))
    trained = Configurations().update(opened_again.log.trials.values())
    by_means = opened_again.policy.front(opened_again.head, trained, None)
    assert float(grown[-1]["hypervolume"]) == pytest.approx(by_means.hypervolume)
    assert "recall_gap" in (sweep / "front.html").read_text()
    assert 'method = "adversarial"' in (sweep / "space.toml").read_text()
    facts = json.loads((sweep / "sweep.json").read_text())
    for key in ("versions", "git", "seed", "lane_seeds", "commands", "id", "baseline"):
        assert facts[key] is not None
    assert facts["corpus"]["name"] == "demo"
    assert len(facts["corpus"]["fingerprint"]) == 16


def test_a_sweep_ends_with_fresh_seeds_for_its_front(smoke: tuple[Path, str]) -> None:
    folder, output = smoke
    lines = trial_lines(folder, "smoke")
    opened = [line.fields for line in lines if line.operation is Operation.SUGGESTED]
    front = json.loads((folder / "results" / "smoke" / "front.json").read_text())
    values = {json.dumps(member["values"]) for member in front["members"]}
    purposes = [fields["purpose"] for fields in opened]
    checked = [fields for fields in opened if fields["purpose"] == "check"]
    assert purposes == ["search"] * (len(opened) - len(checked)) + ["check"] * len(checked)
    assert {json.dumps(fields["values"]) for fields in checked} == values
    assert all(member["check"] for member in front["members"])
    assert bool(front["checked"]) is bool(front["members"])
    assert ("(fresh seeds) complete" in output) is bool(front["members"])


def test_mlflow_holds_a_child_for_each_trial_and_member(
    smoke: tuple[Path, str],
) -> None:
    folder, _ = smoke
    assert_mlflow_is_the_log(folder, "smoke")
    parent, children = runs(folder, "smoke")
    client = tracking_client(folder)
    artifacts = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
    assert artifacts >= {"front.json", "front.csv", "front.png", "front.html", "history.csv"}
    for child in children:
        assert {"alpha0", "adversary_learning_rate"} <= set(child.data.params)


def test_a_finished_sweep_goes_on_with_more_trials_and_the_same_baseline(
    smoke: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = smoke
    before = sorted(path.name for path in (folder / "results").iterdir())
    rows = trial_lines(folder, "smoke")
    old = len(logged(folder, "smoke"))
    output = local_command(folder, capsys, "--resume", "smoke", "--trials", "5")
    assert trial_lines(folder, "smoke")[: len(rows)] == rows
    assert f"trial {old} " in output
    assert f"trial {old - 1} " not in output  # told by the run that trained it
    assert sorted(path.name for path in (folder / "results").iterdir()) == before
    assert len(logged(folder, "smoke")) > old
    assert_mlflow_is_the_log(folder, "smoke")


def test_by_its_folder_a_finished_sweep_goes_on_and_what_mlflow_lost_is_back(
    smoke: tuple[Path, str],
    empty_database: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(smoke[0] / "results", tmp_path / "results")
    shutil.copy(empty_database, tmp_path / "results" / "mlflow.db")
    logs = {log: log.read_bytes() for log in tmp_path.glob(LOGS)}
    output = local_command(tmp_path, capsys, "--resume", "results/smoke")
    assert "the front" in output
    assert {log: log.read_bytes() for log in tmp_path.glob(LOGS)} == logs
    (baseline,) = (log.parent.name for log in logs if log.parent.name != "smoke")
    assert_mlflow_is_the_log(tmp_path, "smoke")
    assert_mlflow_is_the_log(tmp_path, baseline, metrics=("ccc", "recall_gap"))


def test_a_sweep_whose_space_was_edited_is_refused_with_key_and_values(
    smoke: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = smoke
    monkeypatch.chdir(folder)
    space = folder / "results" / "smoke" / "space.toml"
    text = space.read_text()
    (old,) = re.findall(r"^batch = (\d+)$", text, re.MULTILINE)
    log = space.with_name("trials.jsonl").read_bytes()
    space.write_text(text.replace(f"batch = {old}\n", "batch = 7\n"))
    try:
        assert run.main(["--resume", "smoke"]) == 2
        assert "batch = 7\n" in space.read_text()  # the user's edit is theirs to take back
    finally:
        space.write_text(text)
    message = f"space.toml is not as it was when this sweep began: `fixed.batch` is 7, was {old}"
    captured = capsys.readouterr()
    assert message in captured.err
    assert "starting Ray" not in captured.out
    assert "Traceback" not in captured.out + captured.err
    assert space.with_name("trials.jsonl").read_bytes() == log


def test_without_stopping_racing_and_checks_exactly_so_many_trials_are_trained(
    smoke: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = smoke
    plain = ("--scheduler", "none", "--check-seeds", "0", "--race-seeds", "1")
    local_command(folder, capsys, "--smoke", "--trials", "4", *plain, "--name", "plain")
    assert logged(folder, "plain") == {str(number): [1, 2] for number in range(4)}
    assert_mlflow_is_the_log(folder, "plain")


def facts_of(folder: Path, name: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "results" / name / "sweep.json").read_text())
    return facts


def test_phase_two_takes_the_best_settings_of_phase_one(
    smoke: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = smoke
    monkeypatch.chdir(folder)
    train_locally(monkeypatch)
    short = ("--smoke", "--trials", "2", "--check-seeds", "0")
    own = ("--set", "stratified_batches=true", "--set", "windows.hop=60", "--set", "patience=7")
    own += ("--set", "features.coefficients=12")
    assert run.main(["--space", "baseline", *short, *own, "--name", "phase-one"]) == 0
    handed = ("--base", "phase-one", "--name", "two")
    assert run.main(["--space", "nonadversarial", *short, *handed]) == 0
    front = json.loads((folder / "results" / "phase-one" / "front.json").read_text())
    best = front["members"][0]["values"]
    space = (folder / "results" / "two" / "space.toml").read_text()
    for key in ("conv_layers", "filters", "batch"):
        assert f"{key} = {best[key]}\n" in space
    # What phase 1 was given beyond its space goes on as well, and the new baseline has the same.
    (baseline,) = (folder / "results").glob(f"{facts_of(folder, 'two')['baseline']}/space.toml")
    for part in ("stratified_batches = true", "hop = 60", "patience = 7", "coefficients = 12"):
        assert part in space
        assert part in baseline.read_text()


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        # Fifteen seconds more for the same end; how SIGHUP is handled: terminal/test_console.py.
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
    ids=lambda number: number.name,
)
def test_interrupted_it_ends_cleanly_and_says_how_to_go_on(
    number: signal.Signals, results_database: Path, tmp_path: Path
) -> None:
    driver = start(tmp_path, "--smoke", "--epochs", "500", "--name", "stopped")
    deadline = time.monotonic() + 200
    while not any(log.read_bytes().count(b'"epoch"') > 4 for log in tmp_path.glob(LOGS)):
        assert time.monotonic() < deadline
        assert driver.poll() is None
        time.sleep(0.1)
    driver.send_signal(number)
    output, _ = driver.communicate(timeout=60)
    assert driver.returncode == 130
    assert "Traceback" not in output
    if number != signal.SIGHUP:  # whose terminal is gone
        assert "--resume stopped" in output
        assert "interrupted" in output
    (log,) = tmp_path.glob(LOGS)
    assert log.read_bytes().endswith(b"}\n")
    (trial,) = Log(LocalStorage(log.parent)).trials.values()
    assert (trial.state, trial.notes) == ("running", [])
    assert [record.epoch for record in trial.epochs] == list(range(1, len(trial.epochs) + 1))
    parent, children = runs(tmp_path, log.parent.name)
    assert [run.info.status for run in (parent, *children)] == ["KILLED", "KILLED"]
    # The log hears of an epoch first, so of the newest MLflow may learn when the sweep goes on.
    epochs = len(trial.epochs)
    assert children[0].data.metrics["epoch"] in (epochs - 1, epochs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--space nope", f"no space 'nope'; there are {', '.join(available())}"),
        ("--set alpha0=-1.0", "`alpha0` must be >= 0, got -1.0 (--set alpha0=-1.0)"),
        ("--set alpha9=1.0", "`alpha9` is no setting of method 'adversarial'"),
        ("--resume nothing", "no sweep 'nothing'"),
        ("--corpus ravdess --corpus-dir nowhere", "nowhere"),
        ("--results gopher://x", "cannot use results folder 'gopher://x'"),
        ("--smoke --address 127.0.0.1:1", "no Ray cluster at '127.0.0.1:1'"),
        ("--smoke --cpus-per-trial 500", "a trial needs 500 CPUs and 0 GPUs"),
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
    assert message in refused(options, capsys)


def test_an_mlflow_that_does_not_answer_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    train_with_views(monkeypatch)  # Ray would have started before
    assert "127.0.0.1:1" in refused("--smoke --tracking-uri http://127.0.0.1:1", capsys)
