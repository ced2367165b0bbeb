"""Temporary files and folders: what a killed process leaves goes, what a live one uses stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fairser_core import temporary
from fairser_core.temporary import remove_unfinished, replace_file, temporary_folder
from tests.support import ROOT

HOLDER = """
import os, sys, time
from pathlib import Path
from fairser_core import temporary
above = Path(sys.argv[1])
folder = temporary.temporary_folder(above)
path = folder.__enter__()
(path / "inside").write_text("x")
replaced = os.replace
def wait(*given):
    print("ready", flush=True)
    time.sleep(600)
os.replace = wait
temporary.replace_file(above / "file", b"content")
"""


@pytest.fixture
def holder(tmp_path: Path) -> "subprocess.Popen[str]":
    """A process that holds a temporary folder and an unfinished file."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_live_process_uses_stays_and_what_a_killed_one_left_goes(
    holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    temporary._tidied.clear()
    held = names(tmp_path)
    assert len(held) == 2
    with temporary_folder(tmp_path) as other:
        replace_file(tmp_path / "other", b"")
        assert names(tmp_path) == sorted([*held, other.name, "other"])
    holder.send_signal(signal.SIGSTOP)  # slow, not dead
    remove_unfinished(tmp_path)
    assert names(tmp_path) == sorted([*held, "other"])
    holder.kill()
    holder.wait()
    remove_unfinished(tmp_path)
    with temporary_folder(tmp_path) as other:
        assert names(tmp_path) == sorted([other.name, "other"])
    assert names(tmp_path) == ["other"]


def test_what_only_looks_alike_stays(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").touch()
    above = tmp_path / "above"
    above.mkdir()
    (above / "fairser-tmp-link4567").symlink_to(outside)
    (above / ".file.01234567.part").symlink_to(outside / "mine")
    os.mkfifo(above / ".pipe.01234567.part")
    for name in ("fairser-tmp-", "fairser-tmp-results", "fairser-tmp-12345678x", "file.part"):
        (above / name).mkdir()
    before = names(above)
    remove_unfinished(above)
    with temporary_folder(above):
        pass
    assert names(above) == before
    assert names(outside) == ["mine"]


def test_of_another_user_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fairser-tmp-01234567").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with temporary_folder(tmp_path):
        pass
    assert names(tmp_path) == ["fairser-tmp-01234567"]


def test_a_folder_that_is_taken_for_a_leftover_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, taken = temporary._lock, []

    def stolen(descriptor: int) -> bool | None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].rmdir()
        return lock(descriptor)

    monkeypatch.setattr(temporary, "_lock", stolen)
    with temporary_folder(tmp_path) as folder:
        assert folder.is_dir()
        assert folder != taken[0]


def test_without_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "fcntl", None)
    (tmp_path / "fairser-tmp-01234567").mkdir()
    with temporary_folder(tmp_path) as folder:
        assert names(tmp_path) == sorted(["fairser-tmp-01234567", folder.name])
    assert names(tmp_path) == ["fairser-tmp-01234567"]


def test_a_file_that_cannot_be_put_in_place_leaves_none(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "inside").touch()
    with pytest.raises(OSError, match=r"target"):
        replace_file(tmp_path / "target", b"content")
    assert names(tmp_path) == ["target"]
