import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.files import audio_problems, feature_problems


@pytest.fixture
def sounds(tmp_path: Path) -> pd.Series:
    paths = [str(tmp_path / f"{number}.wav") for number in range(4)]
    for path in paths:
        soundfile.write(path, np.zeros(8), 8000)
    return pd.Series(paths, index=[2, 3, 5, 8])


@pytest.fixture
def arrays(tmp_path: Path) -> pd.Series:
    paths = [str(tmp_path / f"{number}.npy") for number in range(4)]
    for frames, path in enumerate(paths, start=3):
        np.save(path, np.zeros((frames, 5), dtype=np.float32))
    return pd.Series(paths, index=[2, 3, 5, 8])


def test_sound_files_have_no_problems(sounds: pd.Series, arrays: pd.Series) -> None:
    assert audio_problems(sounds).empty
    assert feature_problems(arrays).empty


def test_audio_that_cannot_be_used_is_named_by_its_row(sounds: pd.Series) -> None:
    os.remove(sounds[3])
    Path(sounds[5]).write_text("not audio")
    soundfile.write(sounds[8], np.zeros(0), 8000)
    messages = audio_problems(sounds)
    assert messages.index.tolist() == [3, 5, 8]
    assert messages[3] == f"no such file: {sounds[3]}"
    assert messages[5].startswith(f"audio cannot be read: {sounds[5]} (")
    assert messages[8] == f"audio has no samples: {sounds[8]}"


def test_a_folder_is_not_audio(tmp_path: Path) -> None:
    assert audio_problems(pd.Series([str(tmp_path)])).tolist() == [f"no such file: {tmp_path}"]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5), "features must be floats .*shape \\(5,\\)"),
        (np.zeros((4, 5), dtype=int), "features must be floats .*int64 of shape \\(4, 5\\)"),
        (np.zeros((0, 5)), "features must be floats .*shape \\(0, 5\\)"),
        (np.zeros((4, 6)), "features must have 5 coefficients as in most files: .*\\(6\\)"),
        (np.array([[{}]]), "features cannot be read: .*objects"),
    ],
    ids=["flat", "integers", "empty", "another width", "pickled"],
)
def test_features_must_be_floats_of_one_width(
    arrays: pd.Series, array: np.ndarray, message: str
) -> None:
    np.save(arrays[5], array)
    messages = feature_problems(arrays)
    assert messages.index.tolist() == [5]
    assert messages.str.fullmatch(message.replace(": .*", f": {arrays[5]}.*") + ".*").all()


def test_missing_features_are_reported_even_if_all_are(arrays: pd.Series) -> None:
    for path in arrays:
        os.remove(path)
    assert feature_problems(arrays).tolist() == [f"no such file: {path}" for path in arrays]


def test_features_that_are_no_array_cannot_be_read(arrays: pd.Series) -> None:
    Path(arrays[2]).write_text("not an array")
    assert feature_problems(arrays)[2].startswith(f"features cannot be read: {arrays[2]} (")
