import copy
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import fs

from search.store import remote_storage, results_folder
from search.store.local_storage import LocalStorage
from search.store.lock import locked
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.remote_storage import RemoteStorage
from search.store.results_folder import check_usable, open_storage
from search.store.storage import Storage, StorageError
from tests.support.object_store import ObjectStore

Make = Callable[[Path], Storage]


def remote(path: Path) -> RemoteStorage:
    return RemoteStorage("mock://results", fs.LocalFileSystem(), str(path))


KINDS = [pytest.param(LocalStorage, id="local"), pytest.param(remote, id="remote")]


@pytest.fixture(params=KINDS)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    opened: Storage = request.param(tmp_path / "results")
    return opened


@pytest.fixture
def below_a_file(tmp_path: Path) -> Path:
    """A folder that nobody can make, not even root."""
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file" / "results"


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


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Folders that remote storages list, as they do so."""
    folders: list[str] = []
    names = RemoteStorage.names

    def counting(self: RemoteStorage, folder: str) -> list[str]:
        folders.append(folder)
        return names(self, folder)

    monkeypatch.setattr(RemoteStorage, "names", counting)
    return folders


def test_a_remote_file_is_listed_once_for_all_its_lines(tmp_path: Path, listed: list[str]) -> None:
    storage = remote(tmp_path)
    for number in range(12):
        storage.append("a.jsonl", b"%d" % number)
        storage.append("b.jsonl", b"%d" % number)
    assert listed == ["a.jsonl.lines", "b.jsonl.lines"]
    for name in ("a.jsonl", "b.jsonl"):
        assert storage.lines(name) == [b"%d" % number for number in range(12)]
    assert storage == remote(tmp_path)  # what was counted is no part of the folder


def test_a_remote_log_that_was_replayed_is_listed_no_more(
    tmp_path: Path, listed: list[str]
) -> None:
    storage = remote(tmp_path)
    log = Log(storage)
    for number in range(3):
        log.suggested(number, {}, [0], "search", 1)
    assert listed == [f"{FILE}.lines", "trials"]
    assert Log(remote(tmp_path)).trials == log.trials


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    monkeypatch.setattr(remote_storage, "WITHOUT_FOLDERS", ("py::flat",))
    return ObjectStore()


def test_a_line_costs_three_requests_on_an_object_store_however_many_there_are(
    objects: ObjectStore,
) -> None:
    storage = RemoteStorage("flat://results", fs.PyFileSystem(objects), "bucket/results")
    storage.append("log.jsonl", b"line 0")
    objects.requests.clear()
    for number in range(1, 200):
        storage.append("log.jsonl", b"line %d" % number)
    assert objects.requests == {"head": 2 * 199, "put": 199}
    again = RemoteStorage("flat://results", fs.PyFileSystem(objects), "bucket/results")
    objects.requests.clear()
    assert again.lines("log.jsonl") == [b"line %d" % number for number in range(200)]
    assert objects.requests == {"list": 1, "head": 200}
    again.append("log.jsonl", b"line 200")
    assert objects.requests == {"list": 1, "head": 202, "put": 1}
    with pytest.raises(StorageError, match="was written by another process"):
        storage.append("log.jsonl", b"line 200 of another")


@pytest.mark.parametrize(("uri", "used"), [
    ("s3://bucket/x", "s3://bucket/x?allow_delayed_open=true"),
    ("s3://bucket/x?region=eu", "s3://bucket/x?region=eu&allow_delayed_open=true"),
    ("s3://bucket/x?allow_delayed_open=false", "s3://bucket/x?allow_delayed_open=false"),
    ("gs://bucket/x", "gs://bucket/x"),
])  # fmt: skip
def test_a_small_file_goes_to_s3_in_one_request(uri: str, used: str) -> None:
    assert results_folder._with_short_writes(uri) == used


def test_processes_that_take_over_from_each_other_lose_no_line(storage: Storage) -> None:
    first, two = copy.deepcopy(storage), copy.deepcopy(storage)  # each counts for itself
    lines = []
    for turn in range(3):
        for process, name in ((first, "one"), (two, "two")):
            assert process.lines("log.jsonl") == lines  # as a log that is opened does
            for number in range(turn + 1):
                lines.append(f"{name} {turn} {number}".encode())
                process.append("log.jsonl", lines[-1])
    assert storage.lines("log.jsonl") == lines


def test_a_process_that_missed_a_line_of_another_overwrites_none(tmp_path: Path) -> None:
    first, two = remote(tmp_path), remote(tmp_path)
    first.append("log.jsonl", b"1")
    two.append("log.jsonl", b"2")
    with pytest.raises(StorageError, match=r"log\.jsonl\.lines/00000001 was written by another"):
        first.append("log.jsonl", b"3")
    assert remote(tmp_path).lines("log.jsonl") == [b"1", b"2"]


def test_sweeps_that_hold_the_lock_in_turn_lose_no_line(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.store.lock.SETTLE_SECONDS", 0.0)
    folders = [copy.deepcopy(storage) for _ in range(2)]
    for number in range(6):
        folder = folders[number % 2]
        with locked(folder, "sweep"):
            log = Log(folder)
            assert [*log.trials] == [*range(number)]
            log.suggested(number, {}, [0], "search", 1)
            log.ended(number, "failed")
    assert [end.trial for end in Log(storage).ends] == [*range(6)]


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


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    name = str(tmp_path / os.fsdecode(b"caf\xe9"))
    with pytest.raises(StorageError, match=r"cannot use results folder .*its name must be UTF-8"):
        open_storage(name)


def test_an_unknown_scheme_is_an_error_that_names_it() -> None:
    with pytest.raises(StorageError, match="cannot use results folder 'gopher://x'"):
        open_storage("gopher://x")


@pytest.mark.parametrize(
    ("make", "doing", "act"),
    [
        (LocalStorage, "write", lambda storage: storage.write("front.json", b"{}")),
        (LocalStorage, "write", lambda storage: storage.append("front.json", b"{}")),
        (LocalStorage, "read", lambda storage: storage.read("front.json")),
        (LocalStorage, "remove", lambda storage: storage.delete("front.json")),
        (remote, "write", lambda storage: storage.write("front.json", b"{}")),
        (remote, "write", lambda storage: storage.append("front.json", b"{}")),
        (remote, "read", lambda storage: storage.read("front.json")),
    ],
)
def test_an_error_names_what_was_done_to_which_file_and_why_it_failed(
    make: Make, doing: str, act: Callable[[Storage], object], below_a_file: Path
) -> None:
    storage = make(below_a_file)
    with pytest.raises(
        StorageError, match=rf"^cannot {doing} {storage.where()}.*front\.json.*: .*[Nn]ot a dir"
    ):
        act(storage)


def test_a_full_disk_is_reported_with_the_file_and_the_old_file_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    storage = LocalStorage(tmp_path)
    storage.write("front.json", b"old")
    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "front.json"
    with pytest.raises(StorageError, match=f"^cannot write {path}: No space left on device$"):
        storage.write("front.json", b"new")
    assert os.listdir(tmp_path) == ["front.json"]
    assert path.read_bytes() == b"old"


def test_a_usable_folder_is_left_as_it_was(storage: Storage, tmp_path: Path) -> None:
    storage.write("sweep/space.toml", b"x")
    check_usable(storage)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "results" / "sweep" / "space.toml"]


@pytest.mark.parametrize("make", KINDS)
def test_an_unwritable_folder_is_refused_before_anything_is_computed(
    make: Make, below_a_file: Path
) -> None:
    with pytest.raises(StorageError, match=r"^cannot write .*/results/\.writable: "):
        check_usable(make(below_a_file))


@pytest.mark.parametrize(("free", "usable"), [(99_000_000, False), (101_000_000, True)])
def test_a_folder_on_a_full_disk_is_refused_with_what_is_free_and_what_is_needed(
    free: int, usable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage(tmp_path))(10**12, 10**12 - free, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    if usable:
        check_usable(LocalStorage(tmp_path))
    else:
        with pytest.raises(
            StorageError, match=f"^only 99 MB are free in {tmp_path}.* at least 100 MB$"
        ):
            check_usable(LocalStorage(tmp_path))
    assert os.listdir(tmp_path) == []
