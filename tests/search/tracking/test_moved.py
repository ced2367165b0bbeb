import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.tracking._tracking_service.utils import _artifact_repos_cache

from search.tracking.moved import follow_move, moved_address
from search.tracking.store import RunStore, TrackingError


@pytest.fixture(autouse=True)
def no_cache() -> Iterator[None]:
    """As in a process of its own: MLflow keeps where each run's artifacts lie."""
    _artifact_repos_cache.clear()
    yield
    _artifact_repos_cache.clear()


@pytest.fixture
def results(database: Path) -> Path:
    """A results folder with a store."""
    folder = database.parent / "results"
    folder.mkdir()
    database.rename(folder / "mlflow.db")
    return folder


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("file:///old/r/mlartifacts", "file://{new}/mlartifacts"),
        ("file:///old/r/mlartifacts/1f/artifacts", "file://{new}/mlartifacts/1f/artifacts"),
        ("/old/mlartifacts/models/m-1/artifacts", "{new}/mlartifacts/models/m-1/artifacts"),
        ("{new}/mlartifacts/1f", "{new}/mlartifacts/1f"),
        ("file:///old/mlartifacts/../../etc", "file:///old/mlartifacts/../../etc"),
        ("file:///elsewhere/runs", "file:///elsewhere/runs"),
        ("s3://bucket/mlartifacts/1f", "s3://bucket/mlartifacts/1f"),
        ("models:/m-1", "models:/m-1"),
    ],
)
def test_addresses_of_artifacts_follow_the_folder(
    tmp_path: Path, address: str, expected: str
) -> None:
    new = tmp_path.resolve()
    assert moved_address(address.format(new=new), new) == expected.format(new=new)


def test_a_store_that_was_moved_writes_where_it_is(results: Path, tmp_path: Path) -> None:
    old, new = results, tmp_path / "moved to"
    store = RunStore(
        f"sqlite:///{old / 'mlflow.db'}", "space", "sweep", str(old / "mlartifacts"), bounds=old
    )
    store.upload(store.run(None), {"front.txt": b"before"})
    shutil.move(old, new)
    _artifact_repos_cache.clear()
    uri = f"sqlite:///{new / 'mlflow.db'}"
    moved = RunStore(uri, "space", "sweep", str(new / "mlartifacts"), bounds=new)
    moved.upload(moved.run(None), {"more.txt": b"after"})
    assert not old.exists()
    files = {path.name: path.read_bytes() for path in (new / "mlartifacts").rglob("*.txt")}
    assert files == {"front.txt": b"before", "more.txt": b"after"}
    client = MlflowClient(uri)
    assert {each.path for each in client.list_artifacts(moved.run(None).run_id)} == set(files)
    assert follow_move(uri, new) == ""


def test_a_copy_leaves_the_original_alone(results: Path, tmp_path: Path) -> None:
    old, new = results, tmp_path / "copy"
    first = RunStore(
        f"sqlite:///{old / 'mlflow.db'}", "space", "sweep", str(old / "mlartifacts"), bounds=old
    )
    first.upload(first.run(None), {"front.txt": b"ours"})
    shutil.copytree(old, new)
    _artifact_repos_cache.clear()
    copy = RunStore(f"sqlite:///{new / 'mlflow.db'}", "space", "sweep", None, bounds=new)
    copy.upload(copy.run(None), {"front.txt": b"theirs"})
    ours, theirs = (list(folder.rglob("front.txt")) for folder in (old, new))
    assert [path.read_bytes() for path in (*ours, *theirs)] == [b"ours", b"theirs"]


def test_a_store_of_the_users_that_led_to_results_now_gone_is_refused(
    database: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    uri = f"sqlite:///{database}"
    RunStore(uri, "space", "sweep", str(gone / "mlartifacts"))
    gone.rename(tmp_path / "here")
    with pytest.raises(TrackingError, match=rf"there is no folder {gone}: was it moved\? Make it"):
        RunStore(uri, "space", "sweep", None)
    assert not gone.exists()
