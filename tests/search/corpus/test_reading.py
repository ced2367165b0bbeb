"""Inputs of a sweep: checked over all splits before anything is trained."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from rich.console import Console

from fairser_core.files.segment import AudioError
from search.corpus.reading import extractable, read_inputs
from search.space.load import load
from search.store.changes import SweepChanged
from search.tasks.options import CorpusOptions
from search.tasks.tasks import TASKS

QUIET = Console(quiet=True)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest of noises of 0.3 s, the last of which, of the test split, is too short."""
    rows, rng = [], np.random.default_rng(0)
    for split in ("train", "validation", "test"):
        for gender in ("female", "male"):
            for activation in (2, 5):
                name = f"{split}-{gender}-{activation}.wav"
                soundfile.write(tmp_path / name, rng.uniform(-0.2, 0.2, 2400), 8000)
                rows.append([name, f"{split}{gender}", gender, split, activation])
    rows.append(["short.wav", *rows[-1][1:]])
    soundfile.write(tmp_path / "short.wav", rng.uniform(-0.2, 0.2, 240), 8000)
    table = pd.DataFrame(rows, columns=["path", "speaker", "gender", "split", "activation"])
    table.to_csv(tmp_path / "manifest.csv", index=False)
    return tmp_path / "manifest.csv"


def options(manifest: Path, skip_broken: bool = True) -> CorpusOptions:
    return CorpusOptions("manifest", manifest, scale=(1.0, 7.0), skip_broken=skip_broken)


def test_a_bad_test_clip_is_reported_before_a_search(manifest: Path) -> None:
    with pytest.raises(ValueError, match=r"line 14: .*short\.wav: must have at least 320 samples"):
        read_inputs(load("baseline"), options(manifest, skip_broken=False), QUIET)


def test_a_sweep_goes_on_without_a_clip_that_was_mended(manifest: Path) -> None:
    space = load("baseline")
    before = read_inputs(space, options(manifest), QUIET)
    assert before.facts.corpus.left_out == ("short.wav",)
    rng = np.random.default_rng(1)
    soundfile.write(manifest.parent / "short.wav", rng.uniform(-0.2, 0.2, 2400), 8000)
    console = Console(record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    after = read_inputs(space, options(manifest), console, before.facts)
    assert after.facts.corpus.fingerprint == before.facts.corpus.fingerprint
    assert after.facts.corpus.left_out == ("short.wav",)
    assert "though usable by now: short.wav; a new sweep learns" in console.export_text()
    again = read_inputs(space, options(manifest), QUIET, after.facts)
    assert again.facts.corpus == after.facts.corpus
    anew = read_inputs(space, options(manifest), QUIET)
    assert anew.facts.corpus.left_out is None
    with pytest.raises(SweepChanged, match="corpus"):
        read_inputs(space, options(manifest), QUIET, anew.facts.__class__(
            before.facts.corpus.__class__("manifest", "0"), None, {}
        ))  # fmt: skip


def test_a_clip_that_broke_since_is_named(manifest: Path) -> None:
    space = load("baseline")
    before = read_inputs(space, options(manifest), QUIET).facts
    (manifest.parent / "test-male-5.wav").write_bytes(b"no audio")
    with pytest.raises(SweepChanged, match=r"^corpus manifest: could be .*: test-male-5\.wav; "):
        read_inputs(space, options(manifest), QUIET, before)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("features.frame_length", 2401, "12 of 12 audio files .*at least 2401 samples"),
        ("features.sample_rate", 7919, r"12 of 12 audio files .*resampled from 8000 to 7919 Hz"),
    ],
)
def test_audio_that_the_features_of_a_space_cannot_be_made_of_is_named(
    manifest: Path, setting: str, value: int, message: str
) -> None:
    space = load("baseline", "manifest", {setting: value, "features.fft_length": 4096})
    with pytest.raises(ValueError, match=f"(?s){message}"):
        read_inputs(space, options(manifest), QUIET)


def test_a_sweep_warns_of_metrics_of_detectors_that_will_be_undefined(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows, votes = [], ["utterance,rater,label"]
    for session in "123":
        for number, label in enumerate(["joy", "anger"] * 4):
            name = f"{session}{number}"
            np.save(tmp_path / f"{name}.npy", rng.normal(size=(3, 4)).astype(np.float32))
            gender = ("female", "male")[number // 4]
            rows.append([name, f"{name}.npy", f"{session}{gender}", gender, session])
            votes += [f"{name},{rater},{label}" for rater in "ab"]  # women and men agree
    columns = ["id", "features", "speaker", "gender", "session"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "manifest.csv", index=False)
    (tmp_path / "ratings.csv").write_text("\n".join(votes))
    (tmp_path / "raters.csv").write_text("rater,gender\na,f\nb,m\n")
    space, console = load("dnn"), Console(record=True, width=200, file=io.StringIO())
    read_inputs(space, CorpusOptions("manifest", tmp_path), console)
    printed = console.export_text()
    lines = [f"corpus manifest: {text}" for text in described(tmp_path) if "undefined" in text]
    assert len(lines) == 3
    assert lines[0] == (
        "corpus manifest: no utterance of S2: metrics that need one will be undefined"
    )
    assert all(line in printed for line in lines)


def described(folder: Path) -> list[str]:
    """Sentences on a corpus of ratings before a sweep."""
    task = TASKS["emotion"]
    return task.describe(task.read(CorpusOptions("manifest", folder), QUIET)).sentences


@dataclass(frozen=True)
class Demanding:
    """Features that need 0.25 s of audio."""

    sample_rate: int = 8000
    fewest_samples: int = 2000
    most_samples: int = 80_000
    hop: int | None = None


def test_audio_too_short_for_the_features_is_named_or_left_out_and_counted(manifest: Path) -> None:
    rng = np.random.default_rng(1)
    soundfile.write(manifest.parent / "short.wav", rng.uniform(-0.2, 0.2, 1000), 8000)
    corpus = TASKS["activation"].read(options(manifest), QUIET)
    with pytest.raises(AudioError, match=r"^1 of 13 audio files cannot be used:") as caught:
        extractable(corpus, Demanding(), False, QUIET)
    assert str(caught.value).endswith("left out: --skip-broken)")
    console = Console(record=True, quiet=False, file=io.StringIO())
    kept = extractable(corpus, Demanding(), True, console)
    assert kept.left_out == ("short.wav",)
    assert len(kept.utterances) == 12
    assert "1 of 13 audio files left out" in console.export_text()
    assert extractable(kept, Demanding(), False, QUIET) is kept
    with pytest.raises(AudioError, match="13 of 13"):
        extractable(corpus, Demanding(most_samples=10), True, QUIET)
