"""The command on the demo of emotions."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from search import run

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.ray
@pytest.mark.parametrize(
    ("space", "terms"),
    [
        ("dnn", {"emotion_loss"}),
        pytest.param(
            "fairrep",
            {"emotion_loss", "adversary_loss", "distance", "representation_loss"},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_space_of_emotions_is_searched_on_the_demo_of_emotions(
    tmp_path: Path, space: str, terms: set[str]
) -> None:
    command = [sys.executable, str(ROOT / "search" / "run.py"), "--space", space, "--smoke"]
    done = subprocess.run(
        [*command, "--name", "emotions"], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "corpus demo_emotions: synthesised features and votes, preset biased" in done.stdout

    folder = tmp_path / "results" / "emotions"
    events = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    epochs = [event for event in events if event["event"] == "epoch"]
    for epoch in epochs:
        for name in ("f1_s1", "f1_macro_s1_anger", "parity_s2", "parity_s2_rnd_frustration"):
            assert len(epoch["lanes"][name]) == 2  # one value a seed
        assert terms <= set(epoch["terms"])
    assert {e["state"] for e in events if e["event"] == "ended"} == {"complete"}

    facts = json.loads((folder / "sweep.json").read_text())
    assert facts["corpus"]["name"] == "demo_emotions"
    assert facts["corpus"]["utterances"]["session 1 female S1"] > 0
    assert facts["features"]["coefficients"] == 64

    front = json.loads((folder / "front.json").read_text())
    assert front["objectives"] == ["f1_macro_s1", "parity_s2"]
    with (folder / "front.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(front["members"]) > 0
    assert "f1_s1_anger" in rows[0]
    page = (folder / "front.html").read_text()
    assert "parity_s2_rnd:" in page
    assert "f1_s1_anger" not in page  # the five emotions' own do not fit on a screen

    client = MlflowClient(f"sqlite:///{tmp_path / 'results' / 'mlflow.db'}")
    found = client.search_runs([e.experiment_id for e in client.search_experiments()])
    (sweep,) = (run.info.run_id for run in found if run.info.run_name == "emotions")
    trials = [r for r in found if r.data.tags.get("mlflow.parentRunId") == sweep]
    assert len(trials) == len({event["trial"] for event in epochs})
    assert all("parity_s2" in trial.data.metrics for trial in trials)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--space dnn --corpus ravdess --corpus-dir x", "learns from --corpus demo, iemocap, mani"),
        ("--space adversarial --corpus iemocap --corpus-dir x", "task 'activation', which learns"),
        ("--space dnn --threshold 4", "--threshold does not go with space dnn"),
        ("--space dnn --set windows.hop=20", "[windows] is of task 'activation', this is 'emoti"),
        ("--space dnn --corpus iemocap --corpus-dir nowhere", "nowhere"),
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
    assert message in " ".join(capsys.readouterr().out.split())
