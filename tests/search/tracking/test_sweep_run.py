from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from search.corpus.facts import InputFacts
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from search.sweep.provenance import GitState
from search.sweep.sweep import Sweep
from search.tasks.facts import CorpusFacts
from search.tracking.sweep_run import StoreAddress, restore_tracking, store_address, track
from tests.support.fake_training import epoch_record
from tests.support.toy_sweep import toy_sweep


@pytest.fixture
def finished(tmp_path: Path) -> Sweep:
    """A finished sweep whose MLflow store, if any, is beside it."""
    sweep = toy_sweep(tmp_path / "toy", trials=1, epochs=2)
    inputs = InputFacts(CorpusFacts("demo", "abc"), None, {})
    git = GitState("def", dirty=False)
    head = sweep.head.with_facts(git=git, inputs=inputs, versions={"torch": "2.13"})
    sweep = Sweep(head, sweep.policy)
    trial = sweep.plan().next()
    assert trial
    for epoch in (1, 2):
        lanes = {"ccc": [0.5, 0.6], "recall_gap": [0.2, 0.3]}
        sweep.log.epoch(trial.number, epoch_record(epoch, lanes))
    sweep.log.ended(trial.number, "complete")
    return sweep


def runs_of(sweep: Sweep, database: Path) -> dict[str, Run]:
    """Runs of the sweep by name."""
    client = MlflowClient(f"sqlite:///{database}")
    experiments = [e.experiment_id for e in client.search_experiments()]
    runs = client.search_runs(experiments, f"tags.`fairser.sweep` = '{sweep.facts.id}'")
    return {run.info.run_name or "": run for run in runs}


def test_the_store_lies_beside_the_results_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = LocalStorage(tmp_path / "results")
    assert store_address(None, results).uri == f"sqlite:///{tmp_path}/results/mlflow.db"
    assert results.path.is_dir()
    assert store_address("http://host", results) == StoreAddress("http://host", None)


def test_what_a_store_lost_of_a_finished_sweep_is_written_once(
    finished: Sweep, database: Path, tmp_path: Path
) -> None:
    store = store_address(None, LocalStorage(tmp_path))
    assert runs_of(finished, database) == {}
    restore_tracking(finished, store)
    runs = runs_of(finished, database)
    assert {name: run.info.status for name, run in runs.items()} == {
        "toy": "FINISHED",
        "trial 0": "FINISHED",
        "0@1": "FINISHED",
    }
    inputs = {name: run.inputs.dataset_inputs for name, run in runs.items()}
    assert {entry.dataset.digest for (entry,) in inputs.values()} == {"abc"}
    assert runs["trial 0"].data.metrics["ccc"] == pytest.approx(0.55)
    sweep = runs["toy"].data
    assert sweep.params["method"] == "adversarial"
    assert sweep.params["filters"] == "4"
    assert (sweep.tags["corpus_fingerprint"], sweep.tags["git_revision"]) == ("abc", "def")
    assert sweep.tags["version.torch"] == "2.13"
    (artifact,) = tmp_path.glob("mlartifacts/**/front.json")
    artifact.unlink()
    restore_tracking(finished, store)  # a store that is finished is left as it is
    after = runs_of(finished, database)
    assert {n: r.info.end_time for n, r in after.items()} == {
        n: r.info.end_time for n, r in runs.items()
    }
    assert not artifact.exists()


def test_a_sweep_whose_last_write_failed_is_written_to_its_end(
    finished: Sweep, database: Path, tmp_path: Path
) -> None:
    store = store_address(None, LocalStorage(tmp_path))
    cut_off = track(finished, store)
    cut_off.update({}, finished.front(), [])
    cut_off.close("interrupted")
    before = runs_of(finished, database)
    assert before["toy"].info.status == "KILLED"
    assert "trial 0" not in before
    restore_tracking(finished, store)
    after = runs_of(finished, database)
    assert {run.info.status for run in after.values()} == {"FINISHED"}
    assert set(after) == {"toy", "trial 0", "0@1"}
    assert after["toy"].info.run_id == before["toy"].info.run_id


def test_a_database_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mlflow.db").symlink_to(tmp_path / "other.db")
    with pytest.raises(StorageError, match=r"mlflow\.db must lie in .*results, but is a link"):
        store_address(None, LocalStorage(tmp_path / "results"))
    assert not (tmp_path / "other.db").exists()
