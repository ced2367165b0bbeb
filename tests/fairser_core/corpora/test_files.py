import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.files import examine, same_audio


@pytest.fixture
def sounds(tmp_path: Path) -> pd.DataFrame:
    """Four files of noise, by the rows 2, 3, 5 and 8."""
    paths = [str(tmp_path / f"{number}.wav") for number in range(4)]
    rng = np.random.default_rng(0)
    for path in paths:
        soundfile.write(path, rng.uniform(-0.1, 0.1, 8000), 8000)
    return pd.DataFrame({"id": list("abcd"), "path": paths}, index=[2, 3, 5, 8])


@pytest.fixture
def arrays(tmp_path: Path) -> pd.DataFrame:
    paths = [str(tmp_path / f"{number}.npy") for number in range(4)]
    for frames, path in enumerate(paths, start=3):
        np.save(path, np.zeros((frames, 5), dtype=np.float32))
    return pd.DataFrame({"id": list("abcd"), "features": paths}, index=[2, 3, 5, 8])


def problems(table: pd.DataFrame) -> pd.Series:
    contents = examine(table)
    assert contents is not None
    return contents.problems


def test_sound_files_have_no_problems(sounds: pd.DataFrame, arrays: pd.DataFrame) -> None:
    assert problems(sounds).empty
    assert problems(arrays).empty
    assert examine(sounds.drop(columns="path")) is None


def test_audio_that_cannot_be_used_is_named_by_its_row(sounds: pd.DataFrame) -> None:
    paths = sounds["path"]
    os.remove(paths[3])
    Path(paths[5]).write_text("not audio")
    soundfile.write(paths[8], np.zeros(0), 8000)
    messages = problems(sounds)
    assert messages.index.tolist() == [3, 5, 8]
    assert messages[3] == f"{paths[3]}: cannot be read (No such file or directory)"
    assert messages[5].startswith(f"{paths[5]}: is not audio that can be read (")
    assert messages[8].startswith(f"{paths[8]}: has no samples")


def test_features_must_be_of_the_width_of_most(arrays: pd.DataFrame) -> None:
    np.save(arrays["features"][5], np.zeros((4, 6)))
    (message,) = problems(arrays)
    expected = "features must have 5 coefficients as in most files, has 6"
    assert message == f"{arrays['features'][5]}: {expected}"


def test_missing_features_are_reported_even_if_all_are(arrays: pd.DataFrame) -> None:
    for path in arrays["features"]:
        os.remove(path)
    assert problems(arrays).str.contains("No such file").tolist() == [True] * 4


def shared(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    contents = examine(table)
    assert contents is not None
    return same_audio(table, contents, "split")


def test_the_same_audio_in_two_splits_is_an_error_and_in_one_a_note(sounds: pd.DataFrame) -> None:
    table = sounds.assign(split=["train", "train", "test", "test"])
    assert shared(table) == ([], [])
    shutil.copy(table["path"][2], table["path"][3])
    note = "1 utterances share audio with another of their split: 'a' and 'b'"
    assert shared(table) == ([], [note])
    samples, rate = soundfile.read(table["path"][5], dtype="int16")
    soundfile.write(table["path"][3], samples, rate, format="FLAC")  # other bytes, same samples
    error = "'b' and 'c' are of the same audio, in split train and split test"
    assert shared(table) == ([error], [])


@pytest.mark.parametrize(
    ("spans", "errors"),
    [
        ([(0, 0.5), (0.5, 1)], 0),
        ([(0, 0.6), (0.5, 1)], 1),
        ([(0.5, None), (0, 0.5)], 0),
        ([(0.2, 0.3), (0, None)], 1),
        ([(None, None), (0.2, 0.3)], 1),
    ],
)
def test_segments_of_a_recording_may_be_in_two_splits_unless_they_overlap(
    sounds: pd.DataFrame, spans: list[tuple[float | None, float | None]], errors: int
) -> None:
    start, end = zip(*spans, strict=True)
    table = sounds.iloc[:2].assign(
        path=sounds["path"][2],
        split=["train", "test"],
        start=np.array(start, dtype=float),
        end=np.array(end, dtype=float),
    )
    assert len(shared(table)[0]) == errors
    samples, rate = soundfile.read(table["path"].iloc[0], dtype="int16")
    other = table["path"].iloc[0].replace(".wav", ".flac")
    soundfile.write(other, samples, rate)
    table["path"] = [table["path"].iloc[0], other]
    assert len(shared(table)[0]) == errors


def test_silent_utterances_are_noted(sounds: pd.DataFrame) -> None:
    dither = np.random.default_rng(0).integers(-1, 2, 800) / 2**15
    soundfile.write(sounds["path"][3], 0.25 + dither, 8000)
    wave = np.sin(np.arange(800) / 9)
    soundfile.write(sounds["path"][5], np.stack([wave, -wave], axis=1), 8000, "FLOAT")
    contents = examine(sounds)
    assert contents is not None
    (note,) = contents.audio_notes(sounds["id"])
    assert note.startswith("2 of 4 utterances are silent")
    assert note.endswith(": b, c")
    assert contents.audio_notes(sounds["id"].drop([3, 5])) == []
