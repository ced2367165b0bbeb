import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fairser_core.files import ledger, usable
from fairser_core.files.ledger import digests, facts_of, showing
from fairser_core.files.segment import AudioError, Segment
from fairser_core.files.usable import ArrayFacts, AudioFacts


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(ledger, "FRESH", -60.0)  # these files are as good as old


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    names = [str(tmp_path / f"{number}.wav") for number in range(5)]
    for number, name in enumerate(names):
        soundfile.write(name, np.random.default_rng(number).uniform(-0.1, 0.1, 8000), 8000)
    Path(names[4]).write_text("no audio")
    return names


def facts(paths: list[str]) -> list[AudioFacts]:
    return facts_of([Segment(path) for path in paths], AudioFacts)


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usable, "open_audio", lambda *_: pytest.fail("decoded again"))
    monkeypatch.setattr(ledger, "_digest", lambda *_: pytest.fail("read again"))


def test_a_corpus_that_was_opened_is_not_decoded_again(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = facts(paths)
    assert [bool(each.problem) for each in first] == [False] * 4 + [True]
    assert (first[0].rate, first[0].channels, first[0].frames) == (8000, 1, 8000)
    with monkeypatch.context() as patch:
        forbid(patch)
        assert facts(paths) == first
        assert facts(paths[::-1]) == first[::-1]


def test_progress_is_reported_of_files_that_are_read_and_decoded(paths: list[str]) -> None:
    steps: list[tuple[int, int]] = []
    with showing(lambda done, total: steps.append((done, total))):
        facts(paths)
    assert steps == 2 * [(number, 5) for number in range(1, 6)]
    with showing(lambda done, total: steps.append((done, total))):
        facts(paths)
    assert len(steps) == 10


def test_a_copy_is_read_and_not_decoded_and_a_problem_bears_its_name(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts(paths)
    copy = tmp_path / "copy.wav"
    copy.write_bytes(Path(paths[4]).read_bytes())
    monkeypatch.setattr(usable, "open_audio", lambda *_: pytest.fail("decoded again"))
    assert facts([str(copy)])[0].problem.startswith(f"{copy}: is not audio")


def test_a_file_that_changes_is_examined_again(paths: list[str]) -> None:
    before = facts(paths)
    times = os.stat(paths[0])
    soundfile.write(paths[0], np.zeros(8000), 8000)
    os.utime(paths[0], ns=(times.st_atime_ns, times.st_mtime_ns))  # as `cp -p` does
    after = facts(paths)
    assert (before[0].silent, after[0].silent) == (False, True)
    assert after[1:] == before[1:]


def test_a_mended_file_is_usable(paths: list[str]) -> None:
    facts(paths)
    soundfile.write(paths[4], np.random.default_rng(0).normal(0, 0.1, 8000), 8000)
    assert facts(paths)[4].problem == ""


def test_a_file_of_just_now_is_not_kept(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "FRESH", 60.0)
    digests(paths)
    with sqlite3.connect(os.environ["FAIRSER_CACHE"] + "/files.sqlite") as stored:
        assert stored.execute("SELECT count(*) FROM files").fetchone() == (0,)
    stored.close()


def test_another_definition_examines_again(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts(paths)
    monkeypatch.setattr(soundfile, "__libsndfile_version__", "0.0.0")
    monkeypatch.setattr(AudioFacts, "of", lambda segment: AudioFacts(f"{segment.path}: new"))
    assert {each.problem[-5:] for each in facts(paths)} == {": new"}


def test_parts_of_a_file_have_different_facts(paths: list[str]) -> None:
    parts = [Segment(paths[0], 0.1, 0.5), Segment(paths[0]), Segment(paths[0], 0.5, 0.51)]
    one, whole, short = facts_of(parts, AudioFacts)
    assert (one.frames, whole.frames) == (3200, 8000)
    assert short.problem.startswith(f"{paths[0]} (0.5-0.51 s): must have at least 320 samples")


def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    path = os.fsdecode(bytes(tmp_path / "a") + b"\xff.wav")
    soundfile.write(os.open(path, os.O_CREAT | os.O_RDWR), np.ones(800), 8000, format="WAV")
    for _ in range(2):
        (result,) = facts([path])
        assert (result.frames, result.problem) == (800, "")


def test_missing_files_have_errors(tmp_path: Path) -> None:
    (digest,) = digests([str(tmp_path / "none")]).values()
    assert isinstance(digest, AudioError)
    (array,) = facts_of([Segment(str(tmp_path / "none"))], ArrayFacts)
    assert array.problem.endswith("none: cannot be read (No such file or directory)")


@pytest.mark.parametrize("damage", ["bytes", "folder"])
def test_without_a_ledger_files_are_examined_all_the_same(
    paths: list[str], tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    expected = facts(paths)
    stored = tmp_path / "cache" / "files.sqlite"
    stored.unlink()
    if damage == "folder":
        stored.mkdir()
    else:
        stored.write_bytes(b"no database" * 1000)
    assert facts(paths) == expected
    assert "files are examined without it" in caplog.text
