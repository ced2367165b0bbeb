"""The command that reports on sweeps: what it writes, logs and refuses."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from search import report
from search.commands import report as report_work
from search.reporting.sweep_source import source_of
from search.store.local_storage import LocalStorage
from search.tracking.store import TrackingError
from search.tracking.sweep_run import restore_tracking, store_address
from tests.support.report_source import by_epoch, report_source
from tests.support.small_sweep import SMALL, small_sweep

FILES = ["report.html", "report.md", "tables"]
TINY: dict[str, Any] = {"budget.trials": 1, "budget.check_seeds": 0}


@pytest.fixture
def results(report_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sweeps `toy` and `other`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report_work.time, "gmtime", lambda: (2026, 11, 25, 12, 0, 0, 2, 329, 0))
    shutil.copytree(report_results, tmp_path / "results")
    return tmp_path / "results"


def reported(capsys: pytest.CaptureFixture[str], *given: str, status: int = 0) -> str:
    assert report.main(list(given)) == status
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return said.err if status else said.out


def test_a_page_a_text_and_tables_are_written(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = reported(capsys, "toy", "other", "toy")
    folder = results / "reports" / "toy+other"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    lines = [line.split(maxsplit=1) for line in output.splitlines()]
    assert [line[0] for line in lines] == ["page", "text", "tables", "open"]
    assert lines[0][1] == str(folder / "report.html")
    page = (folder / "report.html").read_text()
    assert "<title>fairser: toy, other</title>" in page
    assert "Made 2026-11-25 12:00 UTC by: python " in page
    text = (folder / "report.md").read_text()
    for path in (folder / "tables").iterdir():
        assert f"(tables/{path.name})" in text
        pd.read_csv(path)
    assert "## Sensitivity to the adversary's settings and to chance" in text


def test_the_same_sweeps_give_the_same_files(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = []
    for _ in range(2):
        reported(capsys, str(results / "toy"), "--out", "out")
        files = sorted(path for path in Path("out").rglob("*") if path.is_file())
        result.append({path: path.read_bytes() for path in files})
        shutil.rmtree("out")
    assert result[0] == result[1]
    assert len(result[0]) > 10


def test_sweeps_may_lie_in_several_folders(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report_source(tmp_path / "elsewhere", "far", **{"budget.trials": 2})
    reported(capsys, "toy", str(tmp_path / "elsewhere" / "far"))
    assert (results / "reports" / "toy+far" / "report.html").exists()


def test_many_names_make_a_short_folder(results: Path) -> None:
    sources = [source_of(name, LocalStorage(results)) for name in ("toy", "other")]
    assert report_work.folder_name(sources) == "toy+other"
    assert report_work.folder_name(sources * 20) == "toy+39"


def test_a_sweep_that_is_not_there_is_named(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = reported(capsys, "toy", "nowhere", status=2)
    assert "no sweep 'nowhere'" in output
    assert not (results / "reports").exists()


def test_sweeps_with_nothing_to_show_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    few: dict[str, Any] = {"budget.trials": 2, "budget.race_seeds": 0}
    report_source(results, "begun", events=1)
    report_source(results, "none", events=0)
    report_source(results, "failed", train=lambda *given: None, **few)
    report_source(results, "single", "baseline", train=by_epoch, **few)
    reported(capsys, "begun", "none", "failed", "single")
    text = (results / "reports" / "begun+none+failed+single" / "report.md").read_text()
    assert "begun: no trial has ended with numbers yet, so there is no front." in text
    assert "failed: 2 trials failed (0, 1): a seed diverged" in text


def test_mlflow_gets_the_page_beside_the_sweep_it_knows(
    results: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(database, results / "mlflow.db")
    storage = LocalStorage(results)
    source = report_source(results, "tiny", **TINY)
    restore_tracking(source.sweep, store_address(None, storage))
    output = reported(capsys, "tiny", "other")
    assert "MLflow   report.html is beside the run of tiny\n" in output
    assert "run of other" not in output
    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    (experiment,) = (e for e in client.search_experiments() if e.name == "adversarial")
    runs = client.search_runs([experiment.experiment_id])
    (run,) = (run for run in runs if run.info.run_name == "tiny")
    assert "report.html" in [file.path for file in client.list_artifacts(run.info.run_id)]


def test_without_mlflow_the_files_are_there_all_the_same(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(*given: object) -> None:
        raise TrackingError("cannot use the MLflow store")

    monkeypatch.setattr("search.tracking.sweep_run.track_report", gone)
    output = reported(capsys, "toy")
    assert "MLflow lacks the report: cannot use the MLflow store" in output
    assert (results / "reports" / "toy" / "report.html").exists()


def test_a_sweep_that_was_trained_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    values = [{"alpha0": 0.1, "adversary_learning_rate": 0.01}]
    small_sweep(tmp_path / "results", values, [*SMALL])
    reported(capsys, "toy")
    text = (tmp_path / "results" / "reports" / "toy" / "report.md").read_text()
    assert "| split | speakers, women | speakers, men | utterances |" in text
    assert "1 trial ended, of 1 configuration." in text


def test_a_folder_from_elsewhere_stays_as_it_is(
    database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "stranger" / "results"
    source = report_source(folder, **TINY)
    shutil.move(database, folder / "mlflow.db")
    restore_tracking(source.sweep, store_address(None, LocalStorage(folder)))
    facts = folder / "toy" / "sweep.json"
    document = json.loads(facts.read_text())
    document["options"]["tracking_uri"] = "http://203.0.113.7"
    del document["seal"]
    facts.write_text(json.dumps(document))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    monkeypatch.chdir(tmp_path)
    output = " ".join(reported(capsys, str(folder / "toy")).split())
    assert "was not written by you on this machine" in output
    assert "`tracking-uri` http://203.0.113.7; to use it, give --tracking-uri" in output
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert (tmp_path / "results" / "reports" / "toy" / "report.html").exists()
