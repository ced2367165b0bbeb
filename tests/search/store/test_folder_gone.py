"""A results folder that is removed, moved, replaced or cut in mid-sweep: never made anew."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import fs

from search.store.local_storage import LocalStorage
from search.store.lock import locked
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.remote_storage import RemoteStorage
from search.store.results_folder import open_existing
from search.store.storage import StorageError

Harm = Callable[[Path], object]


def begun(folder: LocalStorage) -> Log:
    log = Log(folder)
    log.began()
    log.suggested(0, {}, [0], "search", 5)
    return log


def replace(folder: Path) -> None:
    """Put another sweep's log in the place of the log."""
    log = folder / FILE
    log.write_bytes(b"x" * (log.stat().st_size - 1) + b"\n")


GONE = "is gone: it was removed or moved, or its disk is not mounted any more. Nothing is made"
CHANGED = "it is not as this process left it"


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (shutil.rmtree, GONE),
        (lambda folder: folder.rename(folder.with_name("moved")), GONE),
        (lambda folder: shutil.rmtree(folder.parent), GONE),
        (lambda folder: (folder / FILE).unlink(), GONE),
        (lambda folder: os.truncate(folder / FILE, 9), CHANGED),
        (lambda folder: (folder / FILE).open("ab").write(b"{}\n"), CHANGED),
        (replace, CHANGED),
    ],
    ids=["removed", "moved", "all removed", "log removed", "cut", "longer", "another"],
)
def test_the_next_line_is_an_error_and_nothing_is_made(
    tmp_path: Path, harm: Harm, message: str
) -> None:
    results = LocalStorage(tmp_path / "results")
    results.write("mlflow.db", b"")
    folder = results.folder("toy")
    log = begun(folder)
    harm(folder.path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError, match=message):
        log.check_intact()
    with pytest.raises(StorageError, match=message):
        log.ended(0, "complete")
    assert log.trials[0].state == "running"
    if message == GONE and not folder.path.exists():
        with pytest.raises(StorageError, match=GONE):
            folder.write("front.json", b"{}")
        with pytest.raises(StorageError, match=GONE):
            folder.folder("replication").write("test.json", b"{}")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_comes_back_is_gone_on_with(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path / "toy")
    log = begun(folder)
    folder.path.rename(tmp_path / "moved")
    with pytest.raises(StorageError, match=GONE):
        log.ended(0, "complete")
    shutil.copytree(tmp_path / "moved", folder.path)
    log.ended(0, "complete")
    assert Log(folder).trials[0].state == "complete"


def test_a_worker_does_not_make_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=GONE):
        open_existing(str(tmp_path / "toy"))
    LocalStorage(tmp_path / "toy").write("sweep.json", b"{}")
    worker = open_existing(str(tmp_path / "toy"))
    shutil.rmtree(tmp_path / "toy")
    with pytest.raises(StorageError, match=GONE):
        worker.write("trials/0000/epoch-00001.model", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_remote_log_whose_last_line_is_gone_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = RemoteStorage("mock://x", fs.LocalFileSystem(), str(tmp_path / "toy"))
    log = Log(folder)
    log.began()
    shutil.rmtree(tmp_path / "toy")
    for step in (log.check_intact, log.began):
        with pytest.raises(StorageError, match="00000000 is gone"):
            step()
    assert not (tmp_path / "toy").exists()


def test_a_line_that_does_not_fit_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LocalStorage(tmp_path)
    log = begun(folder)
    before = (tmp_path / FILE).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as limited:
        limited.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match="No space left on device"):
            log.ended(0, "complete")
    assert (tmp_path / FILE).read_bytes() == before
    log.ended(0, "complete")
    assert Log(folder).trials[0].state == "complete"


def test_files_take_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    umask = os.umask(0o077)
    try:
        folder = LocalStorage(tmp_path / "toy")
        folder.write("sweep.json", b"{}")
        folder.append(FILE, b"{}")
    finally:
        os.umask(umask)
    assert {path.stat().st_mode & 0o777 for path in folder.path.iterdir()} == {0o600}


def test_temporary_files_of_killed_writes_go_when_the_folder_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LocalStorage(tmp_path)

    def kill(*given: object) -> None:
        raise KeyboardInterrupt("killed")

    with monkeypatch.context() as killed:
        killed.setattr(os, "replace", kill)
        killed.setattr(Path, "unlink", lambda *given, **more: None)  # nor does it clean up
        for name in ("front.json", "trials/0000/epoch-00001.model"):
            with pytest.raises(KeyboardInterrupt, match="killed"):
                folder.write(name, b"half")
    folder.write(".mine.settings", b"")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3
    with locked(folder, "toy"):
        kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {".lock", ".mine.settings"}


def test_a_folder_that_goes_between_check_and_making_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = LocalStorage(tmp_path / "results")
    folder = results.folder("toy")
    folder.write("trials/0000/a", b"")
    checked = LocalStorage.check_there

    def remove(storage: LocalStorage) -> None:
        checked(storage)
        if storage is folder and folder.path.exists():
            shutil.rmtree(folder.path)

    monkeypatch.setattr(LocalStorage, "check_there", remove)
    for name in ("front.json", "trials/0000/b", "trials/0001/c"):
        with pytest.raises(StorageError, match=r"toy is gone: it was removed or moved"):
            folder.write(name, b"")
        assert not folder.path.exists()
        monkeypatch.setattr(LocalStorage, "check_there", checked)
        folder.path.mkdir()
        (folder.path / "trials" / "0000").mkdir(parents=True)
        monkeypatch.setattr(LocalStorage, "check_there", remove)


def test_a_locked_folder_that_goes_before_its_first_file_is_not_made_again(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path / "results").folder("toy")
    with locked(folder, "toy"):
        shutil.rmtree(folder.path)
        with pytest.raises(StorageError, match=r"toy is gone: it was removed or moved"):
            folder.write("space.toml", b"")
        assert not folder.path.exists()
