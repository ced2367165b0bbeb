"""Sweeps that an earlier version wrote: resumed, tested, reported and exported by this one.

`tests/data/earlier` holds three searches and their prerequisites as fairser wrote them before
search/ became packages (`--smoke`, with networks of a few units), a replication that was tested,
and a bundle. Pictures, snapshots, MLflow's store and some models are left out.
"""

import json
import shutil
from pathlib import Path

import pytest
import torch

from fairser_core.predictor import load
from search import export, replicate, report, run
from search.front.configurations import Configurations
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.sweep.opening import opened
from tests.support import ROOT
from tests.support.local_training import train_locally

EARLIER = ROOT / "tests" / "data" / "earlier"


@pytest.fixture
def results(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(EARLIER / "sweeps", tmp_path / "results")
    shutil.move(database, tmp_path / "results" / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    train_locally(monkeypatch)
    return tmp_path / "results"


@pytest.mark.parametrize("name", ["old", "old-per"])
def test_a_finished_sweep_goes_on_with_what_it_had(
    results: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Log(LocalStorage(results / name)).trials
    facts = json.loads((results / name / "sweep.json").read_text())
    assert run.main(["--resume", name]) == 0, capsys.readouterr().out
    assert Log(LocalStorage(results / name)).trials == before
    assert run.main(["--resume", name, "--trials", "5"]) == 0, capsys.readouterr().out
    trials = Log(LocalStorage(results / name)).trials
    assert len(trials) > len(before)
    for number, trial in before.items():
        assert trials[number].epochs == trial.epochs
    after = json.loads((results / name / "sweep.json").read_text())
    for key in ("id", "seed", "lane_seeds", "fresh_seeds", "corpus", "baseline"):
        assert after[key] == facts[key]
    unit = {"label_unit": "point"} if name == "old" else {}
    as_was = (  # what an earlier version did without saying so
        {"data": {"features": "mfcc", "target": ["activation"], "thresholds": {}}}
        if name == "old"
        else {"vectors": {**facts["searched"]["vectors"], "normalisation": "speaker"}}
    )
    assert after["searched"] == {
        **facts["searched"],
        **as_was,
        "features": {**facts["searched"]["features"], "quantise": False},
        "fixed": {**facts["searched"]["fixed"], **unit},
    }
    assert after["commands"][: len(facts["commands"])] == facts["commands"]
    assert after.get("stage1") == facts.get("stage1")


def test_what_was_tested_is_shown_and_not_tested_again(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = (results / "old" / "replication" / "test.json").read_bytes()
    assert replicate.main(["old", "--pick", "all", "--seeds", "2"]) == 0
    assert "all of it was trained and tested before" in " ".join(capsys.readouterr().out.split())
    assert (results / "old" / "replication" / "test.json").read_bytes() == record


def test_a_report_describes_all_sweeps(results: Path) -> None:
    assert report.main(["old", "old-rep", "old-per", "--out", "page"]) == 0
    text = Path("page/report.md").read_text()
    for part in (
        "the first 16 lines of trials.jsonl, sweep.json, corpus.json, replication/sweep.json, "
        "replication/test.json of old: without a seal",
        "The sweep old trained",
        "The sweep old-per trained",
        "stage 1 | ",
        "# Activation",
    ):
        assert part in text
    assert (Path("page") / "tables").is_dir()


def test_an_export_is_the_bundle_that_the_earlier_version_wrote(results: Path) -> None:
    assert export.main(["old", "--anyway", "--pick", "knee", "--out", "bundle"]) == 0
    ours, theirs = load(Path("bundle")).bundle, load(EARLIER / "bundle").bundle
    assert ours.method == theirs.method
    assert (ours.method.label_unit, ours.features.quantise) == ("point", False)
    assert ours.features == theirs.features
    assert ours.networks.keys() == theirs.networks.keys()
    for name, parameters in ours.networks.items():
        for key, value in parameters.items():
            assert torch.equal(value, theirs.networks[name][key])
    for name, metric in theirs.metrics.items():
        assert ours.metrics[name]["value"] == pytest.approx(metric["value"], abs=1e-5)


def test_floors_and_front_are_as_they_were(results: Path) -> None:
    for name in ("old", "old-rep", "old-per"):
        front = json.loads((EARLIER / "sweeps" / name / "front.json").read_text())
        sweep = opened(name, LocalStorage(results))
        trained = Configurations().update(sweep.log.trials.values())
        by_means = sweep.policy.front(sweep.head, trained, None)
        assert by_means.hypervolume == pytest.approx(front["hypervolume"])
        members = [(member["trial"], member["epoch"]) for member in front["members"]]
        assert [(point.trial, point.epoch) for point in by_means.members] == members
        now = sweep.front()
        assert now.claimed
        assert {(point.trial, point.epoch) for point in now.members} <= set(members)


def test_a_baseline_that_is_interrupted_ends_with_what_comes_next(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("search.running.run_sweep.Runner.prerequisite", interrupt)
    assert run.main(["--resume", "old"]) == 130
    output = " ".join(capsys.readouterr().out.split())
    assert "--resume old" in output
    assert "test it" not in output
