from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from fairser_core.datasets.activation import WindowSettings
from fairser_core.files.segment import AudioError
from fairser_core.predictor import PerspectiveError, Recording, load
from tests.support.activation_bundle import TrainedModel, tone, train_on, write_bundle


def activations(folder: Path, *paths: str | Path) -> list[float]:
    rows = list(load(folder).predict([Recording(str(path)) for path in paths]))
    assert all(isinstance(row, dict) for row in rows), rows
    return [float(row["activation"]) for row in rows]  # type: ignore[index]


def test_a_bundle_predicts_what_its_lane_did_utterance_by_utterance(
    trained: TrainedModel, folder: Path
) -> None:
    assert activations(folder, *trained.validation) == pytest.approx(trained.means(), abs=1e-5)
    assert np.ptp(trained.means()) > 0.1


@pytest.mark.parametrize("padding", ["mean", "wrap"])
def test_utterances_shorter_than_a_window_are_filled_as_in_training(
    tmp_path: Path, padding: str
) -> None:
    trained = train_on(tmp_path, WindowSettings(frames=60, hop=7, padding=padding))  # type: ignore[arg-type]
    lengths = np.bincount(trained.data.evaluated.owner)
    assert lengths.min() == 1 < lengths.max()
    place = write_bundle(trained.bundle, tmp_path / "bundle")
    assert activations(place, *trained.validation) == pytest.approx(trained.means(), abs=1e-5)


def test_what_training_left_out_as_too_short_is_named(tmp_path: Path) -> None:
    trained = train_on(tmp_path, WindowSettings(frames=60, hop=7, padding="drop"))
    place = write_bundle(trained.bundle, tmp_path / "bundle")
    outcomes = list(load(place).predict([Recording(path) for path in trained.validation]))
    rows = [float(o["activation"]) for o in outcomes if isinstance(o, dict)]
    assert rows == pytest.approx(trained.means(), abs=1e-5)
    short = [str(o) for o in outcomes if isinstance(o, AudioError)]
    assert 0 < len(short) < len(outcomes)
    assert "must be at least 60 frames long" in short[0]


def test_level_is_high_above_the_threshold(trained: TrainedModel, folder: Path) -> None:
    rows = list(load(folder).predict([Recording(path) for path in trained.validation]))
    levels = [row["level"] for row in rows]  # type: ignore[index]
    assert levels == ["high" if value > 3.5 else "low" for value in trained.means()]


def test_rate_channels_and_format_of_a_file_do_not_matter(folder: Path, tmp_path: Path) -> None:
    sound = tone(1.5, 48000, seed=5)
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / 48000) > 3000] = 0  # all rates can hold it
    sound = np.fft.irfft(spectrum, len(sound))
    for rate in (8000, 16000, 48000):
        soundfile.write(tmp_path / f"{rate}.wav", sound[:: 48000 // rate], rate, subtype="FLOAT")
    pair = np.stack([1.5 * sound, 0.5 * sound], axis=1)
    soundfile.write(tmp_path / "stereo.flac", pair, 48000, subtype="PCM_24")
    names = ("8000.wav", "16000.wav", "48000.wav", "stereo.flac")
    first, *others = activations(folder, *(tmp_path / name for name in names))
    assert others == pytest.approx([first] * 3, abs=0.05)


def test_recordings_may_be_of_any_length_from_one_frame_on(folder: Path, tmp_path: Path) -> None:
    for name, seconds in (("frame", 0.04), ("window", 0.7), ("long", 60)):
        soundfile.write(tmp_path / f"{name}.wav", tone(seconds, 8000, 3), 8000)
    values = activations(folder, *(tmp_path / f"{n}.wav" for n in ("frame", "window", "long")))
    assert np.isfinite(values).all()
    recording = Recording(str(tmp_path / "long.wav"))
    assert len(load(folder).windows(recording)) == 1 + ((1 + (480_000 - 320) // 128) - 40) // 10


def test_content_is_as_good_as_a_path(trained: TrainedModel, folder: Path) -> None:
    path = Path(trained.validation[0])
    recordings = [Recording(str(path)), Recording("row 1", content=path.read_bytes())]
    first, second = load(folder).predict(recordings)
    assert first == second


def test_a_file_that_cannot_be_used_is_named_and_the_others_are_predicted(
    trained: TrainedModel, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.wav").write_text("no audio")
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "short.wav", tone(0.03, 8000, 0), 8000)
    names = ["text.wav", "empty.wav", "short.wav", "missing.wav"]
    recordings = [Recording(str(tmp_path / name)) for name in names]
    *broken, whole = load(folder).predict([*recordings, Recording(trained.validation[0])])
    reasons = ["is not audio", "is empty", "at least 320 samples", "cannot be read"]
    for name, reason, outcome in zip(names, reasons, broken, strict=True):
        assert isinstance(outcome, AudioError)
        assert str(outcome).startswith(str(tmp_path / name))
        assert reason in str(outcome)
    assert isinstance(whole, dict)


def test_activation_has_one_perspective(folder: Path) -> None:
    rule = "`perspective` must be gender-free, the one perspective of the method baseline, got 'ma"
    with pytest.raises(PerspectiveError, match=rule):
        load(folder).predict([], "male")


def test_predicting_leaves_no_gradients_and_draws_no_chance(
    trained: TrainedModel, folder: Path
) -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    twice = [activations(folder, trained.validation[0]) for _ in range(2)]
    assert twice[0] == twice[1]
    assert torch.equal(torch.get_rng_state(), before)
