from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft
import soundfile

from fairser_core.features.mfcc import MfccSettings, mfcc
from fairser_core.files.resampling import FloatArray
from tests.support.audio import load_audio

DEFAULT = MfccSettings()

Doubles = npt.NDArray[np.float64]


def speech_like(seconds: float, seed: int = 0, rate: int = 8000) -> FloatArray:
    """Harmonics of a gliding pitch under a syllable envelope, with noise, in 16-bit steps."""
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 0.7 * time)) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 25)) * (1.1 + np.sin(2 * np.pi * 4 * time))
    noise = np.random.default_rng(seed).normal(size=len(time))
    return (np.round((0.05 * voice + 0.003 * noise) * 32768) / 32768).astype(np.float32)


def mel_edges(settings: MfccSettings) -> Doubles:
    """Edges of the triangles in Hz, equally far apart on the mel scale."""
    top = settings.sample_rate / 2
    if settings.mel_scale == "htk":
        mels = np.linspace(0, 2595 * np.log10(1 + top / 700), settings.filters + 2)
        return np.asarray(700 * (10 ** (mels / 2595) - 1))
    # Slaney: 3 mels in 200 Hz up to 1 kHz, then 27 mels for a factor of 6.4.
    mels = np.linspace(0, 15 + 27 * np.log(top / 1000) / np.log(6.4), settings.filters + 2)
    return np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))


def textbook(waveform: FloatArray, settings: MfccSettings) -> Doubles:
    """The definition in float64: window, |rfft|, triangles, ln, orthonormal DCT-II, without c0."""
    length, hop = settings.frame_length, settings.hop_length
    samples = waveform.astype(np.float64) * 32768
    samples = np.round(samples) if settings.quantise else samples
    frames = np.lib.stride_tricks.sliding_window_view(samples, length)
    window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(length) / (length - 1))
    spectrum = np.abs(np.fft.rfft(frames[::hop] * window, settings.fft_length))
    if settings.spectrum == "power":
        spectrum = spectrum**2
    frequency = np.arange(spectrum.shape[1])[:, None] * settings.sample_rate / settings.fft_length
    low, centre, high = (mel_edges(settings)[i : i + settings.filters] for i in range(3))
    rising, falling = (frequency - low) / (centre - low), (high - frequency) / (high - centre)
    log_mel = np.log(np.maximum(spectrum @ np.maximum(0, np.minimum(rising, falling)), 1e-10))
    cepstrum = scipy.fft.dct(log_mel, type=2, norm="ortho", axis=1)
    return np.asarray(cepstrum[:, 1 : settings.coefficients + 1])


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"spectrum": "power"},
        {"mel_scale": "slaney"},
        {"sample_rate": 16000, "frame_length": 640, "hop_length": 256, "fft_length": 1024},
        {"frame_length": 321, "coefficients": 12, "filters": 23},
        {"quantise": False},
    ],
)
@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_coefficients_are_the_textbooks(change: dict[str, Any], gain: float) -> None:
    settings = MfccSettings(**change)
    waveform = speech_like(3.0) * np.float32(gain)
    coefficients = mfcc(waveform, settings)
    assert coefficients.dtype == np.float32
    np.testing.assert_allclose(coefficients, textbook(waveform, settings), atol=2e-4, rtol=0)


def test_the_readings_of_the_paper_differ() -> None:
    waveform = speech_like(1.0)
    magnitude = mfcc(waveform, DEFAULT)
    for other in (MfccSettings(spectrum="power"), MfccSettings(mel_scale="slaney")):
        assert np.abs(mfcc(waveform, other) - magnitude).max() > 0.1


@pytest.mark.parametrize(
    ("samples", "frames"), [(320, 1), (447, 1), (448, 2), (575, 2), (36000, 279), (88000, 686)]
)
def test_frames_are_counted_without_padding(samples: int, frames: int) -> None:
    assert mfcc(speech_like(11.0)[:samples], DEFAULT).shape == (frames, 24)


def test_a_frame_depends_on_its_samples_only() -> None:
    waveform = speech_like(1.0)
    changed = waveform.copy()
    changed[: 10 * 128] = 0  # frame 10 begins at sample 1280
    changed[10 * 128 + 320 :] = 0
    np.testing.assert_array_equal(mfcc(changed, DEFAULT)[10], mfcc(waveform, DEFAULT)[10])
    assert (mfcc(changed, DEFAULT)[[9, 11]] != mfcc(waveform, DEFAULT)[[9, 11]]).any(axis=1).all()


@pytest.mark.parametrize("spectrum", ["magnitude", "power"])
def test_gain_does_not_matter_not_even_frame_by_frame(spectrum: str) -> None:
    # A gain adds a constant to all log mel energies of a frame, which only c0 sees.
    settings = MfccSettings(hop_length=320, spectrum=spectrum, quantise=False)  # type: ignore[arg-type]
    frames = speech_like(2.0).reshape(-1, 320)
    gain = 10 ** np.random.default_rng(0).uniform(-2, 1, (len(frames), 1)).astype(np.float32)
    scaled = mfcc((gain * frames).ravel(), settings)
    np.testing.assert_allclose(scaled, mfcc(frames.ravel(), settings), atol=2e-4)


def test_samples_are_rounded_to_16_bits_and_not_clipped() -> None:
    exact = MfccSettings(quantise=False)
    waveform = speech_like(1.0) + np.random.default_rng(1).uniform(-2, 2, 8000) / 32768
    waveform[:400] *= 40  # beyond full scale
    waveform = waveform.astype(np.float32)
    steps = (waveform.astype(np.float64) * 2**15).round() / 2**15
    rounded = mfcc(waveform, DEFAULT)
    np.testing.assert_array_equal(rounded, mfcc(steps.astype(np.float32), exact))
    assert np.abs(rounded - mfcc(waveform, exact)).max() > 1e-3
    in_16_bits = speech_like(1.0)
    np.testing.assert_array_equal(mfcc(in_16_bits, DEFAULT), mfcc(in_16_bits, exact))


def test_facts_of_earlier_settings_are_those_of_then() -> None:
    earlier = MfccSettings(quantise=False).facts()
    assert MfccSettings().facts() == {**earlier, "quantise": True}
    assert "quantise" not in earlier


@pytest.mark.parametrize("spectrum", ["magnitude", "power"])
def test_digital_silence_is_zero(spectrum: str) -> None:
    settings = MfccSettings(spectrum=spectrum)  # type: ignore[arg-type]
    np.testing.assert_allclose(mfcc(np.zeros(8000, dtype=np.float32), settings), 0, atol=1e-4)


def test_the_waveform_may_be_read_only() -> None:
    waveform = speech_like(0.1)
    waveform.setflags(write=False)
    assert np.isfinite(mfcc(waveform, DEFAULT)).all()


@pytest.mark.parametrize("shape", [(319,), (0,), (1, 8000)])
def test_a_waveform_without_a_whole_frame_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one channel of at least 320 samples, got shape"):
        mfcc(np.zeros(shape, dtype=np.float32), DEFAULT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sample_rate": 0}, "`sample_rate` must be >= 1, got 0"),
        ({"frame_length": 0}, "`frame_length` must be >= 1, got 0"),
        ({"hop_length": -1}, "`hop_length` must be >= 1, got -1"),
        ({"coefficients": 0}, "`coefficients` must be >= 1, got 0"),
        ({"fft_length": 256}, "`fft_length` must be >= 320, got 256"),
        ({"filters": 24}, "`filters` must be >= 25, got 24"),
        ({"spectrum": "db"}, "`spectrum` must be one of .'magnitude', 'power'., got 'db'"),
        ({"quantise": 8}, "`quantise` must be true or false, got 8"),
        ({"mel_scale": "bark"}, "`mel_scale` must be one of .'htk', 'slaney'., got 'bark'"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MfccSettings(**change)


# load_audio


def tone(frequency: float, rate: int, seconds: float = 1.0) -> Doubles:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def test_a_file_at_the_rate_is_read_as_it_is(tmp_path: Path) -> None:
    waveform = speech_like(1.0)
    soundfile.write(tmp_path / "a.wav", waveform, 8000, subtype="PCM_16")
    loaded = load_audio(tmp_path / "a.wav", 8000)
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, waveform)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_stereo_file_is_averaged_and_resampled(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"stereo.{suffix}"
    left, right = tone(440, 44100), tone(1000, 44100)
    soundfile.write(path, np.stack([left, right], axis=1), 44100)
    loaded = load_audio(path, 8000)
    expected = (tone(440, 8000) + tone(1000, 8000)) / 2
    assert loaded.shape == (8000,)
    np.testing.assert_allclose(loaded[50:-50], expected[50:-50], atol=2e-3)


def test_frequencies_above_half_the_rate_are_filtered_out(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(7000, 44100), 44100)
    assert np.abs(load_audio(tmp_path / "a.wav", 8000)[50:-50]).max() < 5e-3


def test_coefficients_of_a_resampled_file_are_near_those_at_the_rate(tmp_path: Path) -> None:
    waveform = tone(440, 44100) + tone(1300, 44100)
    soundfile.write(tmp_path / "a.wav", np.stack([waveform, waveform], axis=1), 44100, "FLOAT")
    noise = np.random.default_rng(0).normal(0, 1e-2, 8000)  # hides what the filter leaves
    loaded = (load_audio(tmp_path / "a.wav", 8000) + noise).astype(np.float32)
    expected = (tone(440, 8000) + tone(1300, 8000) + noise).astype(np.float32)
    difference = mfcc(loaded, DEFAULT)[2:-2] - mfcc(expected, DEFAULT)[2:-2]
    assert np.abs(difference).max() < 0.05
