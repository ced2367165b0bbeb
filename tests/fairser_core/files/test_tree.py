import os
from pathlib import Path

import pytest

from fairser_core.files.tree import AUDIO, UNREAD, Tree, untaken


def make(folder: Path, *names: str) -> list[str]:
    paths = []
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        paths.append(str(path))
    return paths


def test_what_looks_like_data_and_is_not_taken_is_counted_by_suffix_and_reason(
    tmp_path: Path,
) -> None:
    root = tmp_path / "corpus"
    taken = make(root, "a/1.wav", "a/2.WAV", "labels.csv")
    make(root, "a/3.wav", "b/4.wav", "5.m4a", "6.M4A", "more.tsv", "x.npy", "old.zip", ".7.wav")
    make(root, "README.txt", "picture.png", "noise", ".DS_Store")
    taken += make(root, ".shown.wav", ".cache/8.wav")
    make(root, ".cache/9.wav", ".cache/deep/.10.wav")
    assert untaken(str(root), taken) == [
        f"{root}: 2 .m4a not taken: no format that can be read; audio must be e.g. WAV, FLAC, Ogg "
        "or MP3: convert it",
        f"{root}: 1 .npy not taken: no utterance names them",
        f"{root}: 1 .tsv not taken: no table of this corpus",
        f"{root}: 3 .wav not taken: hidden",
        f"{root}: 2 .wav not taken: no utterance names them",
        f"{root}: 1 .zip not taken: no format that can be read; audio must be e.g. WAV, FLAC, Ogg "
        "or MP3: convert it",
    ]


def test_copies_that_editors_and_downloads_leave_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    taken = make(root, "1.wav", "2.wav.bak")
    make(root, "1.wav~", "1.wav.1", "1.WAV.12", "labels.csv.orig", "notes.txt~", "v1.2", "3.bak")
    left = "left by an editor, a download or a copy: rename those that are needed"
    assert untaken(str(root), taken) == [
        f"{root}: 1 .csv.orig not taken: {left}",
        f"{root}: 2 .wav.N not taken: {left}",
        f"{root}: 1 .wav~ not taken: {left}",
    ]


def test_folders_of_results_among_the_data_are_passed_over(tmp_path: Path) -> None:
    (taken,) = make(tmp_path / "corpus", "1.wav")
    make(tmp_path / "corpus", "results/mlflow.db", "results/mine/sweep.json", "results/x/front.csv")
    make(tmp_path / "corpus", "mine/sweep.json", "mine/front.csv")
    assert untaken(str(tmp_path / "corpus"), [taken]) == []


def test_links_to_folders_are_counted_unless_utterances_lie_in_them(tmp_path: Path) -> None:
    (one, _) = make(tmp_path / "elsewhere", "1.wav", "2.wav")
    make(tmp_path / "other", "3.wav")
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "audio").symlink_to(tmp_path / "elsewhere")
    (root / "more").symlink_to(tmp_path / "other")
    (root / "4.wav").symlink_to(one)
    taken = [str(root / "audio" / "1.wav")]
    assert untaken(str(root), taken) == [
        f"{root}: 1 .wav not taken: no utterance names them",
        f"{root}: 1 links not taken: lead to folders; name these folders, too",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads all folders")
def test_folders_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    tree = Tree(str(tmp_path))
    assert not list(tree.files())
    assert tree.notes() == [f"{tmp_path}: 1 folders not taken: cannot be read (Permission denied)"]


def test_a_format_is_read_or_not() -> None:
    assert not AUDIO & UNREAD
    assert {".wav", ".flac", ".ogg", ".mp3", ".sph", ".caf", ".aif"} < AUDIO
    assert {".m4a", ".amr", ".webm", ".aac", ".mp2", ".part", ".safetensors"} < UNREAD
