"""A folder's bounds: what lies in it is read and written there, and nowhere else."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import fs

from search.store.local_storage import LocalStorage
from search.store.remote_storage import RemoteStorage
from search.store.storage import Storage, StorageError

USES: list[Callable[[Storage, str], object]] = [
    lambda folder, name: folder.read(name),
    lambda folder, name: folder.write(name, b"new"),
    lambda folder, name: folder.append(name, b"new"),
    lambda folder, name: folder.folder(name).write("file", b"new"),
]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file that is none of a results folder's business."""
    path = tmp_path / "outside" / "file"
    path.parent.mkdir()
    path.write_bytes(b"mine\n")
    return path


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize("name", ["../outside/file", "{outside}", "a/../../outside/file", "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(
    outside: Path, use: Callable[[Storage, str], object], remote: bool, name: str
) -> None:
    path, name = outside.parents[1] / "results", name.format(outside=outside)
    local, start = fs.LocalFileSystem(), re.escape(repr(name)[:-1]) + r"(\.lines)?(/file)?'"
    folder = RemoteStorage("mock://r", local, str(path)) if remote else LocalStorage(path)
    with pytest.raises(StorageError, match=rf"^{start} must be the name of a file"):
        use(folder, name)
    assert outside.read_bytes() == b"mine\n"
    assert sorted(os.listdir(outside.parent)) == ["file"]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("link", ["file", "folder", "loop"])
def test_a_link_that_leads_elsewhere_is_refused_by_name(
    outside: Path, use: Callable[[Storage, str], object], link: str
) -> None:
    folder = LocalStorage(outside.parents[1] / "results")
    folder.path.mkdir()
    target = {"file": outside, "folder": outside.parent, "loop": folder.path.parent / "loop"}[link]
    if link == "loop":
        target.symlink_to(target)
    name = "exports/x" if link == "folder" else "exports"
    (folder.path / "exports").symlink_to(target)
    with pytest.raises(StorageError, match=r"results/exports.* must lie in .*is a link that leads"):
        use(folder, name)
    assert outside.read_bytes() == b"mine\n"
    assert sorted(os.listdir(outside.parent)) == ["file"]


def test_links_within_the_folder_and_to_the_folder_are_followed(tmp_path: Path) -> None:
    LocalStorage(tmp_path / "disk").write("a", b"content")
    (tmp_path / "results").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "b").symlink_to("a")
    assert LocalStorage(tmp_path / "results").read("b") == b"content"


def test_a_link_is_removed_and_not_what_it_leads_to(outside: Path) -> None:
    folder = LocalStorage(outside.parents[1] / "results")
    folder.path.mkdir()
    (folder.path / "link").symlink_to(outside)
    folder.delete("link")
    assert not (folder.path / "link").is_symlink()
    assert outside.exists()


def test_only_regular_files_of_a_bounded_size_are_read(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match=r"cannot read .*pipe: it is no regular file"):
        folder.read("pipe")
    os.truncate(os.open(tmp_path / "large", os.O_CREAT | os.O_WRONLY), 10**13)  # it holds nothing
    with pytest.raises(StorageError, match=r"large must have at most .* has 10,000,000,000,000"):
        folder.read("large")
    with pytest.raises(StorageError, match=r"must have at most 1 bytes, has 2"):
        RemoteStorage("mock://r", fs.LocalFileSystem(), str(tmp_path)).read(
            _written(folder, b"12"), 1
        )


def _written(folder: LocalStorage, content: bytes) -> str:
    folder.write("small", content)
    return "small"


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077, 0o002])
def test_files_are_made_with_the_umask_mode(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        LocalStorage(tmp_path).write("a", b"1")
        LocalStorage(tmp_path).append("b", b"1")
    finally:
        os.umask(before)
    for name in "ab":
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o666 & ~umask


def test_no_password_of_an_address_is_shown(tmp_path: Path) -> None:
    uri = "s3://key:secret@bucket/x?secret_key=secret"
    folder = RemoteStorage(uri, fs.LocalFileSystem(), str(tmp_path))
    assert folder.folder("a").where("b") == "s3://bucket/x/a/b"
