"""Results folders that were damaged, mixed up or taken away: each command ends with a sentence."""

import shutil
from pathlib import Path

import pytest

from search import export, replicate, run
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.trials import EpochRecord
from search.sweep.opening import opened
from tests.support import ROOT
from tests.support.local_training import train_locally


@pytest.fixture
def results(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "tests" / "data" / "earlier" / "sweeps", tmp_path / "results")
    shutil.move(database, tmp_path / "results" / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    train_locally(monkeypatch)
    return tmp_path / "results"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())


def swap(one: Path, other: Path) -> None:
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def damage(log: Path, line: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b'"time": ', b'"time": NaN, "was": ')
    log.write_bytes(b"".join(lines))


def test_a_damaged_log_is_named_and_repaired_when_asked(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = results / "old" / FILE
    before = Log(LocalStorage(results / "old")).trials
    lines = len(log.read_bytes().splitlines())
    damage(log, lines - 3)
    damage(results / "old" / "replication" / FILE, 4)
    assert run.main(["--resume", "old"]) == 2
    output = said(capsys)
    assert f"trials.jsonl line {lines - 3} is not of a sweep's log: `time` must be" in output
    assert "--resume SWEEP --repair" in output
    assert run.main(["--resume", "old", "--repair"]) == 0
    output = said(capsys)
    assert f"Kept: the {lines - 4} lines above. Dropped: 4 lines" in output
    assert "replication/trials.jsonl line 4 is not of" in output
    after = Log(LocalStorage(results / "old"))
    assert after.repairs
    assert len(after.trials) >= len(before)
    assert all(trial.state != "running" for trial in after.trials.values())
    assert len(list((results / "old").glob(f"{FILE}.damaged-*"))) == 1
    assert run.main(["--resume", "old"]) == 0


def test_a_log_that_is_gone_is_not_begun_anew(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "old" / FILE).unlink()
    for options in (["--resume", "old"], ["--resume", "old", "--repair"]):
        assert run.main(options) == 2
        assert "although the sweep had begun to train: put the log back" in said(capsys)
    assert not (results / "old" / FILE).exists()


@pytest.mark.parametrize("harm", ["removed", "moved"])
def test_a_folder_that_goes_in_mid_sweep_ends_it_with_a_sentence(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], harm: str
) -> None:
    write, calls = Log.epoch, []

    def epoch(log: Log, number: int, record: EpochRecord) -> bool:
        calls.append(number)
        if len(calls) == 2:
            if harm == "moved":
                (results / "old").rename(results / "elsewhere")
            else:
                shutil.rmtree(results / "old")
        return write(log, number, record)

    monkeypatch.setattr(Log, "epoch", epoch)
    assert run.main(["--resume", "old", "--trials", "5"]) == 2
    assert "is gone: it was removed or moved" in said(capsys)
    assert not (results / "old").exists()
    if harm == "moved":
        monkeypatch.setattr(Log, "epoch", write)
        (results / "elsewhere").rename(results / "old")
        assert run.main(["--resume", "old"]) == 0


def models(folder: Path) -> list[Path]:
    return sorted(folder.glob("trials/*/*.model"))


def test_swapped_models_of_an_earlier_version_contradict_the_log(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point = opened("old", LocalStorage(results)).front().members[0]
    kept = models(results / "old")
    name = f"trials/{point.trial:04d}/epoch-{point.epoch:05d}.model"
    (ours,) = [path for path in kept if path.match(name)]
    other = next(path for path in kept if path.parent != ours.parent)
    swap(ours, other)
    assert export.main(["old", "--anyway", "--pick", f"{point.trial}@{point.epoch}"]) == 2
    output = said(capsys)
    assert f"{name} is of " in output
    assert f"of trial {point.trial} of old (seeds" in output
    assert not (results / "old" / "exports").exists()


def test_the_baselines_model_instead_of_a_members_is_not_tested(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [results / name / "replication" for name in ("old", "baseline-7b608b6d51")]
    swap(*(models(folder)[0] for folder in folders))
    for folder in folders:
        (folder / "test.json").unlink()
    assert replicate.main(["old", "--pick", "all", "--seeds", "2"]) == 2
    assert ", the log states [" in said(capsys)
    assert not any((folder / "test.json").exists() for folder in folders)


def test_an_earlier_model_is_handed_over_with_a_note(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main(["old", "--anyway", "--pick", "knee", "--out", "bundle"]) == 0
    assert "its file does not state its trial, as an earlier fairser wrote it" in said(capsys)
