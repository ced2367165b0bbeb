"""Two walks to a verdict: sixty clips with a CSV, and a sweep that fresh seeds refuted."""

import re
import shutil
from pathlib import Path

import pytest

from search import export, report, run
from search.store.local_storage import LocalStorage
from search.sweep.opening import opened
from search.verdict.subject import subject_of
from tests.support import ROOT
from tests.support.local_training import train_locally
from tests.support.ravdess_clips import write_clips

STORED = ROOT / "tests/data/refuted"
"""Sweep whose members have a worst recall of .42 to .45 by the search, and .05 to .12 by fresh
seeds; the floor is .3."""


def words(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return " ".join((shown.out + shown.err).split())


def test_sixty_clips_end_in_a_verdict_that_calls_the_models_useless(
    tmp_path: Path,
    results_database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    train_locally(monkeypatch)
    (tmp_path / "clips").mkdir()
    clips = write_clips(tmp_path / "clips")
    corpus = ("--corpus", "manifest", "--corpus-dir", str(clips))
    budget = ("--trials", "2", "--epochs", "2", "--seeds", "2", "--race-seeds", "2")
    small = ("--set", "filters=4", "--set", "hidden=8", "--check-seeds", "0")
    assert run.main([*corpus, *budget, *small, "--name", "clips"]) == 0
    output = words(capsys)
    note = "a batch of 200 holds all 40 windows to train on, so that an epoch is a single step"
    assert output.index(note) < output.index("training the baseline")
    assert "useless: the baseline learned nothing that could be made fair" in output
    assert "--epochs 4" in output
    assert "--set batch=10 makes 4 of it" in output
    assert "a smaller batch (--set batch=10)" in output  # the verdict gives the note's advice
    assert "fairser show SWEEP" in (tmp_path / "results" / "README.md").read_text()
    page = (tmp_path / "results" / "clips" / "README.md").read_text()
    assert "The space adversarial on the corpus manifest (fingerprint " in page
    assert page.startswith("# clips\n\n**Useless.** The baseline learned nothing")
    assert export.main(["clips"]) == 2
    assert "sweep 'clips' is useless: the baseline learned nothing" in words(capsys)


@pytest.fixture
def refuted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STORED, tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


VERDICT = "fresh seeds refute every member of the front: 2@2 (worst_recall 0.050"


def test_a_refuted_sweep_is_not_handed_over(
    refuted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main(["refuted"]) == 2
    output = words(capsys)
    assert f"error: sweep 'refuted' is refuted: {VERDICT}" in output
    assert "--anyway writes a member all the same" in output
    assert not (refuted / "refuted" / "exports").exists()
    # With --anyway it goes on to the kept models, which the stored sweep does not have.
    assert export.main(["refuted", "--pick", "0@2", "--anyway"]) == 2
    assert re.search(
        r"0@2: CCC \.\d+, recall gap \.\d+ \(by .*\)\. Fresh seeds refuted it "
        r"\(worst_recall 0\.\d+, below the floor 0\.\d+\)\. 0@2 was not tested",
        words(capsys),
    )


def test_a_report_on_a_refuted_sweep_begins_with_that(
    refuted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.main(["refuted"]) == 0
    text = (refuted / "reports" / "refuted" / "report.md").read_text()
    first = text.split("## In short")[1].strip().splitlines()[0]
    assert first.startswith(f"Refuted: {VERDICT}")
    chosen = text.split("## What was chosen")[1].split("## ")[0]
    assert re.search(r"\| \d@\d † \| fairest-within: ", chosen)
    assert "† refuted by fresh seeds, as all members are: take none of them." in chosen
    assert "no rule picks it" not in text
    claimed = r"The search claimed a hypervolume of 0\.\d+; fresh seeds leave 0, nothing of it\."
    assert re.search(claimed, text)


def test_a_subject_knows_whether_its_sweep_had_a_method_to_de_bias(refuted: Path) -> None:
    storage = LocalStorage(refuted)
    assert subject_of(opened("refuted", storage)).debiases
    assert not subject_of(opened("baseline-refuted", storage)).debiases
