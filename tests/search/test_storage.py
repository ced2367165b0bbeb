import multiprocessing
from pathlib import Path

import pytest
from pyarrow import fs

from search.storage import (
    LocalStorage,
    RemoteStorage,
    Storage,
    StorageError,
    locked,
    open_storage,
    seal,
    unseal,
)


@pytest.fixture(params=["local", "remote"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "results")
    return RemoteStorage("mock://results", fs.LocalFileSystem(), str(tmp_path / "bucket"))


def test_a_file_reads_back_as_written_and_is_replaced_whole(storage: Storage) -> None:
    assert storage.read("a/b.bin") is None
    storage.write("a/b.bin", b"one")
    storage.write("a/b.bin", b"two, longer")
    assert storage.read("a/b.bin") == b"two, longer"
    assert storage.names("a") == ["b.bin"]


def test_lines_come_back_in_order(storage: Storage) -> None:
    for number in range(12):
        storage.append("log.jsonl", b"line %d" % number)
    assert storage.lines("log.jsonl") == [b"line %d" % number for number in range(12)]


def test_missing_things_are_empty_not_errors(storage: Storage) -> None:
    assert storage.lines("none.jsonl") == []
    assert storage.names("none") == []
    storage.delete("none")


def test_a_deleted_file_is_gone(storage: Storage) -> None:
    storage.write("x", b"1")
    storage.delete("x")
    assert storage.read("x") is None


def test_a_folder_is_reached_through_its_uri(storage: Storage) -> None:
    inner = storage.folder("sweep")
    inner.write("front.json", b"{}")
    assert storage.read("sweep/front.json") == b"{}"
    if isinstance(storage, LocalStorage):
        assert open_storage(inner.uri).read("front.json") == b"{}"
    else:
        assert inner.uri == "mock://results/sweep"


def test_a_file_uri_is_a_local_folder(tmp_path: Path) -> None:
    assert open_storage(tmp_path.as_uri()) == LocalStorage(tmp_path)


def test_credentials_in_a_uri_are_not_shown(tmp_path: Path) -> None:
    uri = "s3://bucket/results?access_key=secret"
    storage = RemoteStorage(uri, fs.LocalFileSystem(), str(tmp_path))
    assert storage.folder("sweep").where("front.json") == "s3://bucket/results/sweep/front.json"
    assert storage.folder("sweep").uri == "s3://bucket/results/sweep?access_key=secret"


def test_an_unknown_scheme_is_an_error_that_names_it() -> None:
    with pytest.raises(StorageError, match="cannot use results folder 'gopher://x'"):
        open_storage("gopher://x")


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:40] + b"?" + b[41:], lambda b: b""]
)
def test_a_damaged_file_is_noticed_and_named(damage) -> None:
    content = seal(b"parameters" * 20)
    assert unseal(content, "x") == b"parameters" * 20
    with pytest.raises(StorageError, match=r"epoch-3\.state is torn or altered"):
        unseal(damage(content), "epoch-3.state")


def _hold(path: str, held, release) -> None:
    with locked(LocalStorage(Path(path)), "sweep"):
        held.set()
        release.wait(10)


def test_a_running_sweep_cannot_be_run_twice(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(str(tmp_path), held, release))
    process.start()
    assert held.wait(30)
    with (
        pytest.raises(StorageError, match="sweep 'sweep' is running"),
        locked(LocalStorage(tmp_path), "sweep"),
    ):
        pass
    release.set()
    process.join(10)
    with locked(LocalStorage(tmp_path), "sweep"):
        pass
