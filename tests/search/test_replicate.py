"""The command, on the smoke corpora, without Ray; a last test runs it as one types it."""

import csv
import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from fairser_core.metrics import chance
from fairser_core.metrics.activation_table import activation_metrics
from search import replicate, run
from search.corpus import reading
from search.running import replicate_sweep
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.tasks.tasks import TASKS
from tests.support.local_training import train_locally, train_with_views
from tests.support.processes import reset_signals
from tests.support.run_command import ROOT

SMOKE = ("--smoke", "--name", "toy")
KNEE = ("toy", "--pick", "knee", "--seeds", "2")


def searched(folder: Path, database: Path, *options: str) -> Path:
    """A sweep `toy` of smoke size in a folder."""
    (folder / "results").mkdir()
    shutil.copy(database, folder / "results" / "mlflow.db")  # making one takes seconds
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train_locally(patch)
        assert run.main([*SMOKE, *options]) == 0
    return folder


@pytest.fixture(scope="module")
def activation(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    return searched(tmp_path_factory.mktemp("activation"), empty_database, "--epochs", "3")


@pytest.fixture(scope="module")
def emotions(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    return searched(tmp_path_factory.mktemp("emotions"), empty_database, "--space", "dnn")


@pytest.fixture(autouse=True)
def few_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels by chance of little precision, as they have tests of their own; most take seconds."""
    monkeypatch.setattr(chance, "PERMUTATIONS", 10)


@pytest.fixture
def here(activation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sweep, which the command works in without Ray."""
    shutil.copytree(activation / "results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    train_locally(monkeypatch)
    return tmp_path / "results"


def record(results: Path, sweep: str = "toy") -> dict[str, Any]:
    return json.loads((results / sweep / "replication" / "test.json").read_text())


def baseline_of(results: Path) -> str:
    name: str = json.loads((results / "toy" / "sweep.json").read_text())["baseline"]
    return name


def knee_of(points: list[tuple[dict[str, float], int]]) -> int:
    """Return the epoch whose scaled accuracy and gap have the least sum."""
    ccc = [objectives["ccc"] for objectives, _ in points]
    gap = [objectives["recall_gap"] for objectives, _ in points]

    def scaled(values: list[float], value: float) -> float:
        spread = max(values) - min(values)
        return (value - min(values)) / spread if spread else 0.0

    sums = [1 - scaled(ccc, c) if max(ccc) > min(ccc) else 0.0 for c in ccc]
    sums = [total + scaled(gap, g) for total, g in zip(sums, gap, strict=True)]
    return points[sums.index(min(sums))][1]


def never(*given: object) -> None:
    raise AssertionError("test data were read again")


def test_a_member_and_the_baseline_are_trained_tested_and_compared(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replicate.main([*KNEE]) == 0
    output = capsys.readouterr().out
    assert "- baseline" in output
    assert "2 seeds" in output
    assert f"report  python -m search.report {here / 'toy'}\n" in output
    (one,) = record(here)["models"]
    (base,) = record(here, baseline_of(here))["models"]
    assert record(here)["tested"] == 1
    # Its knee, as the member is: with two epochs on its own front the more accurate of them.
    own = json.loads((here / "toy" / "front.json").read_text())["baseline_front"]
    epoch = knee_of([(point["objectives"], point["epoch"]) for point in own])
    assert (base["name"], base["epoch"]) == (f"baseline@{epoch}", epoch)
    assert base["seeds"] == one["seeds"] == [750, 751]
    choices = json.loads((here / "toy" / "replication" / "choices.json").read_text())
    del choices["seal"]
    assert choices == {one["name"]: {"rule": "knee", "tolerance": 0.02, "epoch": epoch}}
    looks = "Looks at the test data: 2 tests, of 1 candidate and 1 of the baseline's."
    assert looks in " ".join(output.split())
    assert "was not chosen by the rule" not in output
    for title in ("CCC of women", "worst CCC", "recall of men", "worst recall"):
        assert title in output
    assert one["name"] in output
    reported = pd.read_parquet(here / "toy" / "replication" / one["told"])
    female = (reported["gender"] == "female").to_numpy()
    threshold = json.loads((here / "toy" / "sweep.json").read_text())["corpus"]["threshold"]
    for place, seed in enumerate(one["seeds"]):
        known = activation_metrics(
            reported["truth"].to_numpy(),
            reported[f"prediction-{seed}"].to_numpy(),
            female,
            threshold,
        )
        assert one["metrics"]["ccc"][place] == pytest.approx(known["ccc"])
    counts = json.loads((here / "toy" / "sweep.json").read_text())["corpus"]["utterances"]
    assert len(reported) == counts["test female"] + counts["test male"]
    with (here / "toy" / "replication" / "replication.csv").open() as file:
        rows = {(row["system"], row["metric"]): row for row in csv.DictReader(file)}
    mean = sum(one["metrics"]["ccc"]) / 2
    assert float(rows[one["name"], "ccc"]["mean"]) == pytest.approx(mean)
    for metric in ("ccc_female", "worst_ccc", "recall_low_male", "worst_recall"):
        known = sum(one["metrics"][metric]) / 2
        assert float(rows[one["name"], metric]["mean"]) == pytest.approx(known)
        assert rows[base["name"], metric]["difference"] == ""
    apart = mean - sum(base["metrics"]["ccc"]) / 2
    assert float(rows[one["name"], "ccc"]["difference"]) == pytest.approx(apart)
    picture = here / "toy" / "replication" / "replication.png"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_second_run_reads_no_test_data_and_shows_what_was_recorded(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replicate.main([*KNEE]) == 0
    before, table = record(here), capsys.readouterr().out.partition("test data of")[2]
    monkeypatch.setattr(TASKS["activation"], "test_data", never)
    monkeypatch.setattr(reading, "read_of", never)  # not even the corpus
    assert replicate.main([*KNEE]) == 0
    output = capsys.readouterr().out
    assert "trained and tested before" in output
    assert output.partition("test data of")[2] == table
    assert record(here) == before


def test_members_chosen_later_are_tested_and_shown_beside_the_earlier(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replicate.main([*KNEE]) == 0
    (first,) = record(here)["models"]
    capsys.readouterr()
    assert replicate.main(["toy", "--pick", "all", "--seeds", "2"]) == 0
    output = capsys.readouterr().out
    front = json.loads((here / "toy" / "front.json").read_text())
    names = {f"{member['trial']}@{member['epoch']}" for member in front["members"]}
    models = record(here)["models"]
    assert models[0] == first
    assert {one["name"] for one in models} == names
    assert len(models) == record(here)["tested"] == len(names)
    assert all(name in output for name in names)
    assert len(record(here, baseline_of(here))["models"]) == 1


def test_the_top_of_a_front_replaces_a_pick(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    front = json.loads((here / "toy" / "front.json").read_text())
    assert replicate.main(["toy", "--top", "1", "--seeds", "1"]) == 0
    (one,) = record(here)["models"]
    assert one["name"] in {f"{member['trial']}@{member['epoch']}" for member in front["members"]}
    capsys.readouterr()
    with pytest.raises(SystemExit, match="2"):
        replicate.main(["toy", "--top", "1", "--pick", "knee"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_interrupted_the_same_command_goes_on(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for left in range(3):
        with pytest.MonkeyPatch.context() as patch:
            train_locally(patch, epochs=2)
            assert replicate.main([*KNEE]) == 130
        assert "the same command resumes" in capsys.readouterr().out
        assert not (here / "toy" / "replication" / "test.json").exists(), left
        logs = [here / name / "replication" for name in (baseline_of(here), "toy")]
        if len(Log(LocalStorage(logs[1])).reports) == 2:
            break
    assert replicate.main([*KNEE]) == 0
    for log in logs:
        (trial,) = Log(LocalStorage(log)).trials.values()
        assert (trial.state, [e.epoch for e in trial.epochs]) == (
            "complete",
            list(range(1, trial.limit + 1)),
        )


def mlflow_runs(results: Path) -> list[Any]:
    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    return list(client.search_runs([e.experiment_id for e in client.search_experiments()]))


def test_mlflow_gets_test_metrics_once(here: Path) -> None:
    for _ in range(2):
        assert replicate.main([*KNEE]) == 0
    (one,) = record(here)["models"]
    result = mlflow_runs(here)
    (parent,) = [run for run in result if run.info.run_name == "toy-replication"]
    assert (
        parent.data.tags["replicates"]
        == json.loads((here / "toy" / "sweep.json").read_text())["id"]
    )
    assert "trained again with seeds" in parent.data.tags["mlflow.note.content"]
    (child,) = [
        run for run in result if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    ]
    assert child.data.tags["purpose"] == "replicate"
    assert child.data.metrics["test_ccc"] == pytest.approx(sum(one["metrics"]["ccc"]) / 2)
    client = MlflowClient(f"sqlite:///{here / 'mlflow.db'}")
    history = client.get_metric_history(child.info.run_id, "seed/test_ccc")
    assert {point.step: point.value for point in history} == pytest.approx(
        dict(zip(one["seeds"], one["metrics"]["ccc"], strict=True))
    )
    assert len(history) == 2
    artifacts = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
    assert {"replication.csv", "replication.png"} <= artifacts


def test_an_mlflow_that_does_not_answer_costs_nothing_else(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replicate.main([*KNEE]) == 0
    capsys.readouterr()
    (here / "mlflow.db").write_bytes(b"no database")
    assert replicate.main([*KNEE]) == 0
    output = capsys.readouterr().out
    assert "MLflow lacks the tests" in output
    assert "- baseline" in output


def test_a_sweep_of_emotions_is_tested_on_the_sessions_left_out(
    emotions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(emotions / "results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    train_locally(monkeypatch)
    assert replicate.main(["toy", "--pick", "most-accurate", "--seeds", "2"]) == 0
    output = capsys.readouterr().out
    for word in ("parity", "consis-", "gender", "F1", "2 seeds"):
        assert word in output
    (one,) = record(tmp_path / "results")["models"]
    folder = tmp_path / "results" / "toy" / "replication"
    reported = pd.read_parquet(folder / one["told"])
    facts = json.loads((folder.parent / "sweep.json").read_text())
    assert len(reported) == facts["features"]["utterances"] * len(facts["corpus"]["emotions"])
    with (folder / "replication.csv").open() as file:
        rows = {row["metric"]: row for row in csv.DictReader(file)}
    for name in ("f1_all", "f1_s2", "parity_s2", "consistency_gender"):
        assert float(rows[name]["mean"]) == pytest.approx(sum(one["metrics"][name]) / 2)
        if name == "parity_s2":  # absolute
            assert (rows[name]["low"], rows[name]["high"]) == ("", "")
            assert 0 < float(rows[name]["chance"]) < 1
        else:
            assert float(rows[name]["low"]) <= float(rows[name]["high"])
    kept = pd.read_parquet(folder / one["represented"])
    aligned = reported[reported["aligned"].notna()]
    assert len(kept) == len(aligned)
    assert set(kept["utterance"]) == set(aligned["utterance"])
    assert replicate.main(["toy", "--pick", "most-accurate", "--seeds", "3"]) == 0
    _, more = record(tmp_path / "results")["models"]
    assert (more["seeds"], more["represented"]) == ([752], "")  # one seed is enough for pictures
    monkeypatch.setattr(replicate_sweep, "test_arrays", never)
    assert replicate.main(["toy", "--pick", "most-accurate", "--seeds", "2"]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("nothing", "no sweep 'nothing'"),
        ("toy --pick 99@1", "sweep 'toy': '99@1' must be knee"),
    ],
)
def test_a_mistake_gets_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    assert replicate.main(options.split()) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_sweep_without_a_front_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("trials.jsonl", "log.json"):
        (here / "toy" / name).unlink()
    shutil.rmtree(here / "toy" / "trials")
    assert replicate.main(["toy"]) == 2
    assert "sweep 'toy': the front is empty: no trial has numbers yet" in capsys.readouterr().err


def test_another_corpus_than_the_sweeps_is_refused_before_anything_is_trained(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = json.loads((here / "toy" / "sweep.json").read_text())
    facts["corpus"]["fingerprint"] = "another"
    del facts["seal"]
    (here / "toy" / "sweep.json").write_text(json.dumps(facts))
    assert replicate.main([*KNEE]) == 2
    assert "the corpus is not as it was when this sweep began" in capsys.readouterr().err
    assert not list(here.rglob("replication/trials.jsonl"))


def test_a_corpus_without_a_test_split_is_refused_before_anything_is_trained(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = reading.read_of

    def without_test(*given: Any) -> Any:
        corpus = read(*given)
        table = corpus.utterances
        return dataclasses.replace(corpus, utterances=table[table["split"] != "test"])

    monkeypatch.setattr(reading, "read_of", without_test)
    monkeypatch.setattr("search.corpus.facts.check_same", lambda *_: None)
    assert replicate.main([*KNEE]) == 2
    assert "must have utterances of the split `test`" in capsys.readouterr().err
    assert not list(here.rglob("replication/trials.jsonl"))


def test_what_cannot_be_trained_is_reported_and_the_rest_is_tested(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "search.ray_tune.trainable.failure",
        lambda epoch, record, objectives: "no luck" if "adversary_loss" in record.terms else "",
    )
    assert replicate.main([*KNEE]) == 2
    assert "could not be trained: no luck" in " ".join(capsys.readouterr().err.split())
    assert record(here, baseline_of(here))["tested"] == 1
    monkeypatch.undo()
    monkeypatch.chdir(here.parent)
    train_locally(monkeypatch)
    assert replicate.main([*KNEE]) == 0
    assert record(here)["tested"] == 1


@pytest.mark.ray
def test_the_typed_command_is_interrupted_and_goes_on(
    activation: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(activation / "results", tmp_path / "results")
    typed = [sys.executable, str(ROOT / "search" / "replicate.py")]
    words = ["toy", "--pick", "knee", "--seeds", "24"]
    driver = subprocess.Popen(
        [*typed, *words], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=reset_signals,
    )  # fmt: skip
    logs = "results/*/replication/trials.jsonl"
    deadline = time.monotonic() + 200
    while not any(b'"epoch"' in log.read_bytes() for log in tmp_path.glob(logs)):
        assert time.monotonic() < deadline
        assert driver.poll() is None
        time.sleep(0.1)
    driver.send_signal(signal.SIGINT)
    output, _ = driver.communicate(timeout=60)
    assert driver.returncode == 130, output
    assert "the same command resumes" in output
    assert "Traceback" not in output
    assert not list(tmp_path.rglob("test.json"))
    monkeypatch.chdir(tmp_path)
    train_with_views(monkeypatch)  # a second start of Ray takes ten seconds
    assert replicate.main(words) == 0
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "- baseline" in said.out
    for log in tmp_path.glob(logs):
        (trial,) = Log(LocalStorage(log.parent)).trials.values()
        assert [record.epoch for record in trial.epochs] == list(range(1, trial.limit + 1))
        assert trial.seeds == list(range(750, 774))
    result = mlflow_runs(tmp_path / "results")
    (parent,) = [run for run in result if run.info.run_name == "toy-replication"]
    assert parent.info.status == "FINISHED"
