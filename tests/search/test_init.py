"""The command that makes the files of a study of one's own."""

from pathlib import Path

import pandas as pd
import pytest

from search import describe, init
from search.space.files import available
from search.space.load import load
from search.tasks.tasks import TASKS
from tests.support.audio import noise


def study(capsys: pytest.CaptureFixture[str], *given: str, status: int = 0) -> str:
    assert init.main(list(given)) == status
    output, errors = capsys.readouterr()
    return errors if status else output


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.wav", "a, b.WAV", "deep/c.flac"):
        path = tmp_path / "recordings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise(path)
    (tmp_path / "recordings" / "notes.txt").write_text("no recording")
    return tmp_path / "recordings"


def test_a_table_has_a_row_a_recording_and_a_space_its_comments(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("memo.m4a", "deep/.hidden.wav"):
        (recordings / name).write_bytes(b"x")
    assert init.main(["study", "--audio", "recordings"]) == 0
    output, notes = capsys.readouterr()
    assert "note: recordings: 1 .wav not taken: hidden" in notes
    assert "note: recordings: 1 .m4a not taken: no format that can be read" in notes
    table = pd.read_csv("study/speech.csv")
    assert list(table.columns) == ["path", "speaker", "gender", "split", "activation"]
    paths = [f"../recordings/{name}" for name in ("a, b.WAV", "b.wav", "deep/c.flac")]
    assert table["path"].tolist() == paths
    assert table.drop(columns="path").isna().all().all()
    assert "3 recordings; fill in speaker, gender, split, activation" in output
    assert "--corpus manifest --corpus-dir study/speech.csv" in output
    assert load("study/space.toml").search == load("adversarial").search
    assert "#" in Path("study/space.toml").read_text()


def test_a_table_that_is_filled_in_is_read(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "defghijklmno":
        noise(recordings / f"{name}.wav")
    study(capsys, "study", "--audio", "recordings")
    table = pd.read_csv("study/speech.csv")[3:]
    table["split"] = ["train"] * 4 + ["validation"] * 4 + ["test"] * 4
    table["gender"] = ["female", "male"] * 6
    table["speaker"] = [f"s{row}" for row in range(12)]
    table["activation"] = [2.0, 2.0, 6.0, 6.0] * 3
    table.to_csv("study/speech.csv", index=False)
    assert describe.main(["--corpus", "manifest", "--corpus-dir", "study/speech.csv"]) == 0


@pytest.mark.parametrize("space", available())
def test_every_space_can_be_begun_with(
    space: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    study(capsys, "study", "--space", space)
    tables = TASKS[load(space).task].tables
    assert {path.name for path in Path("study").iterdir()} == {*tables, "space.toml"}


def test_what_is_there_or_missing_is_named_and_nothing_is_written(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("study").mkdir()
    Path("study/space.toml").write_text("mine")
    assert "study/space.toml exists" in study(capsys, "study", status=2)
    assert [path.name for path in Path("study").iterdir()] == ["space.toml"]
    assert Path("study/space.toml").read_text() == "mine"
    assert "nowhere must be a folder" in study(capsys, "new", "--audio", "nowhere", status=2)
    Path("empty").mkdir()
    assert "empty has no recordings" in study(capsys, "new", "--audio", "empty", status=2)
    assert not Path("new").exists()


def test_a_recording_is_no_formula_of_a_spreadsheet(
    recordings: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(recordings)
    (recordings / "=1+1.wav").write_bytes((recordings / "b.wav").read_bytes())
    study(capsys, ".", "--audio", ".")
    assert "\n./=1+1.wav," in (recordings / "speech.csv").read_text()
