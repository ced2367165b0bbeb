import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fairser_core.predictor.__main__ import main
from tests.support import ROOT
from tests.support.activation_bundle import TrainedModel

NOT_NEEDED = (
    "ray", "optuna", "mlflow", "pandas", "pyarrow", "sqlalchemy", "scipy", "rich", "matplotlib",
    "plotly", "tomli_w", "search",
)  # fmt: skip


@pytest.fixture
def blocked(tmp_path: Path) -> dict[str, str]:
    """An environment in which what only a search needs cannot be imported."""
    place = tmp_path / "blocked"
    for name in NOT_NEEDED:
        (place / name).mkdir(parents=True)
        (place / name / "__init__.py").write_text(f"raise ImportError('{name} is blocked')")
    paths = [str(place), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def test_it_needs_nothing_that_only_a_search_needs(
    trained: TrainedModel, folder: Path, blocked: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "fairser_core.predictor", str(folder), *trained.validation]
    done = subprocess.run(command, cwd=tmp_path, env=blocked, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["path"] for row in rows] == trained.validation
    values = [float(row["activation"]) for row in rows]
    assert values == pytest.approx(trained.means(), abs=1e-5)
    blocks = subprocess.run(
        [sys.executable, "-c", "import pandas"], env=blocked, capture_output=True, text=True
    )
    assert "pandas is blocked" in blocks.stderr


class Said:
    """What the command says in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0):
        assert main([str(argument) for argument in arguments]) == status
        self.out, self.err = capsys.readouterr()

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


def test_json_and_csv_say_the_same(
    trained: TrainedModel, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Said(capsys, folder, *trained.validation).rows
    found = json.loads(Said(capsys, folder, *trained.validation, "--format", "json").out)
    assert [{k: str(v) for k, v in row.items()} for row in found] == table
    assert set(found[0]) == {"path", "activation", "level"}


def test_folders_and_tables_stand_for_their_recordings(
    trained: TrainedModel, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "speech" / "deep"
    place.mkdir(parents=True)
    for number, path in enumerate(trained.validation[:3]):
        (place / f"{number}.WAV").write_bytes(Path(path).read_bytes())
    (place / "notes.txt").write_text("no recording")
    table = tmp_path / "speech" / "list.csv"
    table.write_text("speaker,path\nanna,deep/2.WAV\n,deep/0.WAV\n")
    paths = [row["path"] for row in Said(capsys, folder, tmp_path / "speech", table).rows]
    named = [Path(path).name for path in paths]
    assert named == ["0.WAV", "1.WAV", "2.WAV", "2.WAV", "0.WAV"]


def test_a_recording_that_cannot_be_used_is_named_and_does_not_stop_the_others(
    trained: TrainedModel, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.wav").write_text("no audio")
    files = [trained.validation[0], tmp_path / "broken.wav", trained.validation[1]]
    said = Said(capsys, folder, *files, status=1)
    assert [row["path"] for row in said.rows] == [str(files[0]), str(files[2])]
    assert said.err.startswith(f"error: {files[1]}: is not audio that can be read")
    strict = Said(capsys, folder, *files, "--strict", status=1)
    assert [row["path"] for row in strict.rows] == [str(files[0])]
    nothing = Said(capsys, folder, files[1], "--format", "json", status=1)
    assert json.loads(nothing.out) == []


def test_what_cannot_be_done_is_said_in_a_sentence(
    trained: TrainedModel, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.csv").write_text("Paths;Name\na.wav;b\n")
    (tmp_path / "gap.csv").write_text('path,speaker\na.wav,\n "",s\n')
    for arguments, sentence in (
        ((tmp_path, "a.wav"), "is no bundle: there is no file bundle.json in it"),
        ((folder, tmp_path / "empty"), "empty: holds no file that ends in .aif"),
        (
            (folder, tmp_path / "table.csv"),
            "table.csv: column 'path' is missing (is it 'Paths'?); the columns are",
        ),
        ((folder, tmp_path / "none.csv"), "none.csv cannot be read as CSV"),
        ((folder, tmp_path / "gap.csv"), "gap.csv: line 3: `path` is empty"),
        ((folder, "a.wav", "--perspective", "male"), "`perspective` must be gender-free, the one"),
    ):
        said = Said(capsys, *arguments, status=2)
        assert said.err.startswith("error: ")
        assert sentence in said.err
        assert said.out == ""


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for option in ("--perspective {gender-free,male,female}", "--format {csv,json}", "--strict"):
        assert option in text
    assert "BUNDLE" in text
    assert "Exit status" in text


def test_progress_is_shown_on_a_terminal_alone(
    trained: TrainedModel,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Said(capsys, folder, *trained.validation[:2]).err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert Said(capsys, folder, *trained.validation[:2]).err == (
        "\r1 of 2 recordings\r2 of 2 recordings\n"
    )


def test_whoever_has_read_enough_may_go(
    trained: TrainedModel, folder: Path, tmp_path: Path
) -> None:
    silence = tmp_path / "many.csv"
    silence.write_text("path\n" + f"{trained.validation[0]}\n" * 3000)
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = f"{sys.executable} -m fairser_core.predictor {folder} {silence} | head -n 2"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == ""
    assert np.isfinite(float(done.stdout.splitlines()[1].split(",")[1]))
