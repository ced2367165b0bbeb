"""The command on the demo of emotions."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from search.space.load import load
from search.store.local_storage import LocalStorage
from search.store.operations import Operation
from search.sweep.opening import opened
from tests.support.run_command import (
    assert_mlflow_is_the_log,
    command,
    local_command,
    refused,
    runs,
    trial_lines,
)

TERMS = {
    "dnn": {"emotion_loss"},
    "lfr": {"emotion_loss", "reconstruction_loss", "parity_loss"},
    "nrl": {"emotion_loss", "reconstruction_loss", "distance"},
    "fairrep": {"emotion_loss", "adversary_loss", "distance", "representation_loss"},
    "fairrep_g": {"emotion_loss", "adversary_loss"},
    "fairrep_f": {"emotion_loss", "distance"},
}


def test_the_dnn_is_searched_on_the_demo_of_emotions(
    results_database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = local_command(tmp_path, capsys, "--space", "dnn", "--smoke", "--name", "emotions")
    assert_emotions_were_searched(tmp_path, output, TERMS["dnn"])


@pytest.mark.ray
@pytest.mark.slow  # a whole search of each space, by the process and on Ray
@pytest.mark.parametrize(("space", "terms"), TERMS.items())
def test_a_space_of_emotions_is_searched_on_the_demo_of_emotions(
    tmp_path: Path, space: str, terms: set[str]
) -> None:
    output = command(tmp_path, "--space", space, "--smoke", "--name", "emotions")
    assert_emotions_were_searched(tmp_path, output, terms)


def assert_emotions_were_searched(tmp_path: Path, output: str, terms: set[str]) -> None:
    assert "corpus demo_emotions: synthesised features and votes, preset biased" in output

    folder = tmp_path / "results" / "emotions"
    lines = trial_lines(tmp_path, "emotions")
    epochs = [line.fields for line in lines if line.operation is Operation.EPOCH]
    for epoch in epochs:
        for name in ("f1_s1", "f1_macro_s1_anger", "parity_s2", "parity_s2_rnd_frustration"):
            assert len(epoch["lanes"][name]) == 2  # one value a seed
        assert terms <= set(epoch["terms"])
    ends = [line.fields["state"] for line in lines if line.operation is Operation.ENDED]
    assert set(ends) == {"complete"}

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

    _, trials = runs(tmp_path, "emotions")
    trials = [run for run in trials if run.data.tags["purpose"] != "member"]
    assert len(trials) == len({epoch["trial"] for epoch in epochs})
    assert all("parity_s2" in trial.data.metrics for trial in trials)


def facts_of(folder: Path, sweep: str) -> dict:
    return json.loads((folder / "results" / sweep / "sweep.json").read_text())


@pytest.mark.ray
@pytest.mark.slow  # five searches; its parts: sweep/test_stage1.py, sweep/test_stage1_choice.py
def test_stage_2_builds_on_stage_1_and_goes_on_without_it(tmp_path: Path) -> None:
    command(tmp_path, "--space", "dnn", "--smoke", "--name", "rep")
    before = "--space", "fairper", "--smoke"
    output = command(tmp_path, *before, "--stage1", "rep", "--name", "per")
    chosen = facts_of(tmp_path, "per")["stage1"]
    assert f"stage 1 is rep/{chosen['member']}, of method dnn, frozen: f1_macro_s1" in output
    assert chosen["id"] == facts_of(tmp_path, "rep")["id"]
    assert "training stage 1" not in output
    assert "stage1" not in facts_of(tmp_path, facts_of(tmp_path, "per")["baseline"])
    front = json.loads((tmp_path / "results" / "per" / "front.json").read_text())
    assert front["objectives"] == ["f1_macro_views", "consistency_gender"]
    assert front["directions"] == dict.fromkeys(front["objectives"], "maximize")
    assert 0 < front["floors"][0]["value"] < front["baseline"]["f1_macro_views"]
    parent, children = runs(tmp_path, "per")
    assert parent.data.tags["stage1"] == f"rep/{chosen['member']}"
    assert parent.data.tags["stage1_digest"] == chosen["digest"]
    assert all("lambda" in child.data.params for child in children)
    per = opened("per", LocalStorage(tmp_path / "results"))
    for member in front["members"]:
        networks = per.model(per.log.trials[member["trial"]], member["epoch"]).networks
        assert networks.keys() == {"predictor", "stage1"}

    member = json.loads((tmp_path / "results" / "rep" / "front.json").read_text())["members"][-1]
    named = f"rep/{member['trial']}@{member['epoch']}"
    output = command(tmp_path, *before, "--stage1", named, "--name", "own")
    assert f"stage 1 is {named}," in output
    assert "the baseline was trained before" in output

    shutil.rmtree(tmp_path / "results" / "rep")
    output = command(tmp_path, "--resume", "per", "--trials", "4")
    assert f"stage 1 is rep/{chosen['member']}, of method dnn, frozen" in output
    assert facts_of(tmp_path, "per")["stage1"] == chosen
    assert_mlflow_is_the_log(
        tmp_path, "per", ("f1_macro_views", "consistency_gender", "loss/triplet_loss")
    )
    path = tmp_path / "results" / "per" / "stage1.model"
    path.write_bytes(path.read_bytes()[:-1])
    output = command(tmp_path, "--resume", "per", "--trials", "5", check=2)
    assert "stage1.model is torn or altered" in output


@pytest.mark.ray
@pytest.mark.slow  # two searches, each with what it builds on
def test_stage_2_trains_its_stage_1_once_where_none_is_named(tmp_path: Path) -> None:
    options = "--space", "fairper", "--smoke", "--set", "lambda=0.1"
    output = command(tmp_path, *options, "--name", "one")
    assert "training stage 1, once for this corpus and these settings" in output
    chosen = facts_of(tmp_path, "one")["stage1"]
    assert chosen["sweep"].startswith("stage1-fairrep-")
    assert chosen["metrics"].keys() == set(load("fairrep").objectives)
    output = command(tmp_path, *options, "--name", "two")
    assert f"stage 1 was trained before: {chosen['sweep']}" in output
    assert facts_of(tmp_path, "two")["stage1"] == chosen


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "--space dnn --corpus ravdess --corpus-dir x",
            "learns from --corpus demo, emozionalmente, iem",
        ),
        ("--space adversarial --corpus iemocap --corpus-dir x", "the corpus needs the folder of"),
        ("--space dnn --threshold 4", "--threshold does not go with space dnn"),
        ("--space dnn --set windows.hop=20", "[windows] is of task 'activation', this is 'emoti"),
        ("--space dnn --corpus iemocap --corpus-dir nowhere", "nowhere"),
        ("--space dnn --smoke --stage1 x", "--stage1 goes with spaces of method 'fairper', dnn is"),
        ("--space fairper --smoke --stage1 x", "no sweep 'x': there is no"),
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
    assert message in refused(f"{options} --name mine", capsys)
    assert not (tmp_path / "results" / "mine" / "sweep.json").exists()
