import csv
import io
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fairser_core.predictor.__main__ import FORMATS, main
from fairser_core.predictor.command import WRITERS
from tests.support import ROOT
from tests.support.activation_bundle import TrainedModel

NOT_NEEDED = (
    "ray", "optuna", "mlflow", "pandas", "pyarrow", "sqlalchemy", "scipy", "rich", "matplotlib",
    "plotly", "tomli_w", "search",
)  # fmt: skip
LOADING = "loading\n"  # the first line of each command


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
    assert (done.returncode, done.stderr) == (0, LOADING)
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
        self.out, err = capsys.readouterr()
        assert err.startswith(LOADING)
        self.err = err.removeprefix(LOADING)

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


def test_json_and_csv_say_the_same(
    trained: TrainedModel, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Said(capsys, folder, *trained.validation).rows
    result = json.loads(Said(capsys, folder, *trained.validation, "--format", "json").out)
    assert [{k: str(v) for k, v in row.items()} for row in result] == table
    assert set(result[0]) == {"path", "activation", "level"}
    assert tuple(WRITERS) == FORMATS


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
    said = Said(capsys, folder, tmp_path / "speech", table)
    named = [Path(row["path"]).name for row in said.rows]
    assert named == ["0.WAV", "1.WAV", "2.WAV", "2.WAV", "0.WAV"]
    assert said.err.splitlines() == [
        f"note: {table.parent}: 1 .csv not taken: name a table itself to have its recordings",
        f"note: {table.parent}: 1 .txt not taken: no format that can be read; audio must be e.g. "
        "WAV, FLAC, Ogg or MP3: convert it",
    ]


def test_all_that_a_folder_holds_and_is_not_taken_is_counted(
    trained: TrainedModel, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "speech"
    (place / "sub").mkdir(parents=True)
    (place / "a.wav").write_bytes(Path(trained.validation[0]).read_bytes())
    for name in ("memo.m4a", "c.webm", "sub/d.amr", "e.AAC", "f.npy", ".hidden.wav", "noise"):
        (place / name).write_bytes(b"\0\0\0 ftypM4A ")
    (place / "link").symlink_to(tmp_path)
    said = Said(capsys, folder, place)
    assert len(said.rows) == 1
    start = f"note: {place}: 1 "
    counted = [line.removeprefix(start).partition(" not taken: ") for line in said.err.splitlines()]
    reasons = {what: reason for what, _, reason in counted}
    assert set(reasons) == {
        ".aac", ".amr", ".m4a", ".npy", ".wav", ".webm", "files without suffix", "links"
    }  # fmt: skip
    assert reasons[".npy"] == "this model takes audio"
    assert reasons["links"] == "lead to folders; name these folders, too"
    (place / "a.wav").unlink()
    nothing = Said(capsys, folder, place, status=2)
    assert "holds no file that ends in" in nothing.err
    assert "1 .m4a not taken" in nothing.err


def test_recorders_that_were_stopped_do_not_stop_the_others(
    trained: TrainedModel, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = Path(trained.validation[0]).read_bytes()
    at = good.index(b"data") + 4
    killed, empty, half = (tmp_path / f"{name}.wav" for name in ("killed", "empty", "half"))
    killed.write_bytes(good[:4] + b"\0" * 4 + good[8:at] + b"\0" * 4 + good[at + 4 :])
    soundfile.write(empty, np.zeros(0), 16000)
    half.write_bytes(good[: len(good) // 2])
    os.mkfifo(tmp_path / "pipe.wav")
    bad = [killed, empty, half, tmp_path / "pipe.wav", Path("/dev/zero")]
    said = Said(capsys, folder, *bad, trained.validation[1], status=1)
    assert [row["path"] for row in said.rows] == [trained.validation[1]]
    lines = said.err.splitlines()
    rules = ["has no samples", "has no samples", "is cut", "must be a regular", "must be a regular"]
    for line, path, rule in zip(lines, bad, rules, strict=True):
        assert line.startswith(f"error: {path}: {rule}")


def test_parts_of_a_recording_are_predicted_like_separate_files(
    trained: TrainedModel, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pieces = [soundfile.read(path, dtype="int16")[0] for path in trained.validation[:3]]
    soundfile.write(tmp_path / "long.wav", np.concatenate(pieces), 8000)
    ends = np.cumsum([0, *map(len, pieces)]) / 8000
    spans = [f"long.wav; {start:.6f}; {end:.6f}" for start, end in itertools.pairwise(ends)]
    (tmp_path / "parts.CSV").write_text("\n".join(["File; START; end", *spans]))
    expected = [row["activation"] for row in Said(capsys, folder, *trained.validation[:3]).rows]
    rows = Said(capsys, folder, tmp_path / "parts.CSV").rows
    assert [row["activation"] for row in rows] == expected


def test_silence_is_noted_for_each_recording(
    trained: TrainedModel, folder: Path, tmp_path: Path
) -> None:
    wave = np.sin(np.arange(8000) / 9)
    soundfile.write(tmp_path / "zero.wav", np.zeros(8000), 8000)
    soundfile.write(tmp_path / "cancels.wav", np.stack([wave, -wave], axis=1), 8000)
    files = [tmp_path / "zero.wav", trained.validation[0], tmp_path / "cancels.wav"]
    done = process(folder, *files)
    notes = [line for line in done.stderr.decode().splitlines() if line.startswith("note: ")]
    assert [note.partition(": is silent")[0] for note in notes] == [
        f"note: {files[0]}",
        f"note: {files[2]}",
    ]


def process(folder: Path, *arguments: object, encoding: str = "utf-8"):  # type: ignore[no-untyped-def]
    """The command in a process whose terminal has an encoding."""
    return subprocess.run(
        [sys.executable, "-m", "fairser_core.predictor", str(folder), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )


@pytest.mark.parametrize("form", ["csv", "json"])
def test_output_is_utf_8_whatever_the_terminal_and_names_that_are_no_text_survive(
    trained: TrainedModel, folder: Path, tmp_path: Path, form: str
) -> None:
    names = [
        "日本.wav",
        os.fsdecode(b"caf\xe9.wav"),
        "line\nfeed.wav",
        "carriage\rreturn.wav",
        "z.wav",
    ]
    for name in names:
        (tmp_path / name).write_bytes(Path(trained.validation[0]).read_bytes())
    paths = [str(tmp_path / name) for name in names]
    done = process(folder, *paths, "--format", form, encoding="cp1252:strict")
    assert (done.returncode, done.stderr) == (0, LOADING.encode())
    if form == "json":
        rows = json.loads(done.stdout)
    else:
        text = done.stdout.decode("utf-8", "surrogateescape")
        rows = csv.DictReader(io.StringIO(text, newline=""))
    assert [row["path"] for row in rows] == paths


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
        ((folder, tmp_path / "empty"), "empty: holds no file that ends in .8svx, .aif"),
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
    assert "exit status: 0; 1 if" in text


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
    assert done.stderr == LOADING
    assert np.isfinite(float(done.stdout.splitlines()[1].split(",")[1]))


def test_its_help_waits_for_nothing_that_is_slow_to_import() -> None:
    code = "import sys, fairser_core.predictor.__main__ as it; it.parser(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"torch", "torchaudio", "numpy", "soundfile"} & set(done.stdout.split())
