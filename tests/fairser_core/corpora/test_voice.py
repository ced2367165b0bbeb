from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from fairser_core.corpora import voice as voice_module
from fairser_core.corpora.voice import SAMPLE_RATE, Voice, speak

PLAIN = Voice(
    duration=4.0, pitch=120.0, pitch_range=0.5, tilt=-9.0, emphasis=14.0, tempo=4.5, level=-26.0
)


def sound(seed: int = 0, **changes: float) -> np.ndarray:
    return speak(replace(PLAIN, **changes), np.random.default_rng(seed))


def spectrum(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz and the long-term spectrum in dB."""
    frequencies, power = signal.welch(samples, SAMPLE_RATE, nperseg=512)
    return frequencies, 10 * np.log10(power)


def slope(samples: np.ndarray) -> float:
    """Of the spectrum in dB per octave, from 300 to 2000 Hz."""
    frequencies, level = spectrum(samples)
    band = (frequencies >= 300) & (frequencies <= 2000)
    return float(np.polyfit(np.log2(frequencies[band]), level[band], 1)[0])


@pytest.mark.parametrize("duration", [2.7, 3.33333, 4.488, 11.0])
def test_an_utterance_lasts_as_long_as_asked(duration: float) -> None:
    assert len(sound(duration=duration)) == round(duration * SAMPLE_RATE)


def test_the_same_randomness_gives_the_same_sound_and_other_another() -> None:
    np.testing.assert_array_equal(sound(seed=1), sound(seed=1))
    assert not np.array_equal(sound(seed=1), sound(seed=2))


@pytest.mark.parametrize("level", [-40.0, -26.0, -20.0])
def test_the_level_is_that_of_the_voice_and_its_noise(level: float) -> None:
    samples = sound(level=level)
    noise = 10 ** (PLAIN.noise_level / 10)
    expected = level + 10 * np.log10(1 + noise)
    assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(expected, abs=0.1)


def test_a_voice_too_loud_is_clipped_to_full_scale() -> None:
    assert np.abs(sound(level=0.0)).max() == 1.0


@pytest.mark.parametrize("pitch", [100.0, 120.0, 150.0, 210.0])
def test_the_pitch_is_the_spacing_of_the_harmonics(pitch: float) -> None:
    samples = sound(pitch=pitch, pitch_range=0.0)
    correlation = signal.correlate(samples, samples, mode="full")[len(samples) - 1 :]
    lags = np.arange(SAMPLE_RATE // 400, SAMPLE_RATE // 60)
    result = SAMPLE_RATE / lags[np.argmax(correlation[lags])]
    assert result == pytest.approx(pitch, rel=0.04)


def test_the_spectrum_slopes_as_much_more_as_the_tilt_does() -> None:
    steep, flat = (
        np.mean([slope(sound(seed, tilt=tilt)) for seed in range(4)]) for tilt in (-12, -6)
    )
    assert flat - steep == pytest.approx(6.0, abs=1.0)


def test_emphasis_raises_formants_above_what_lies_between_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(voice_module, "FORMANTS", np.array([[500.0, 1500.0, 2500.0, 3500.0]]))

    def height(emphasis: float) -> float:
        samples = sound(emphasis=emphasis, pitch=100.0, pitch_range=0.0, noise_level=-60.0)
        frequencies, level = spectrum(samples)
        near = [np.abs(frequencies - f) < 60 for f in (500, 1500, 2500)]
        between = [np.abs(frequencies - f) < 60 for f in (1000, 2000)]
        return float(
            np.mean([level[band].max() for band in near])
            - np.mean([level[band].max() for band in between])
        )

    assert 5.0 < height(18.0) - height(10.0) < 9.0


def test_formants_scale_with_the_vocal_tract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_module, "FORMANTS", np.array([[600.0, 1600.0, 2600.0, 3600.0]]))
    for scale in (0.9, 1.0, 1.1):
        samples = sound(formant_scale=scale, emphasis=25.0, tilt=0.0, pitch=60.0, noise_level=-60.0)
        frequencies, level = spectrum(samples)
        band = (frequencies > 1100) & (frequencies < 2100)
        assert frequencies[band][np.argmax(level[band])] == pytest.approx(1600 * scale, abs=60)


def test_tempo_is_the_number_of_syllables_per_second() -> None:
    def rate(tempo: float) -> float:
        samples = sound(tempo=tempo, duration=11.0, noise_level=-60.0)
        envelope = np.sqrt(signal.decimate(samples**2, 8, ftype="fir").clip(0))
        smooth = signal.sosfiltfilt(
            signal.butter(4, 10, fs=SAMPLE_RATE / 8, output="sos"), envelope
        )
        peaks, _ = signal.find_peaks(smooth, height=smooth.max() * 0.2, distance=60)
        return len(peaks) / 11.0

    slow, fast = rate(3.0), rate(5.0)
    # Pauses take some of the time.
    assert 2.2 < slow < 3.1
    assert 1.4 < fast / slow < 1.9


def test_noise_fills_the_pauses_at_its_level() -> None:
    quiet, noisy = (sound(noise_level=level) for level in (-50.0, -20.0))
    frames = [np.sort(s[: len(s) // 80 * 80].reshape(-1, 80).std(axis=1)) for s in (quiet, noisy)]
    lowest = [20 * np.log10(f[: len(f) // 20].mean()) for f in frames]
    assert lowest[1] - lowest[0] > 15
    assert lowest[1] == pytest.approx(PLAIN.level - 20.0, abs=4.0)


def test_pulses_are_the_sum_of_their_harmonics() -> None:
    pitch = np.full(400, 130.0)
    pulses = voice_module._source(pitch, np.ones(400), np.random.default_rng(0))
    breath = voice_module.BREATH * np.random.default_rng(0).standard_normal(400)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    count = int(voice_module.TOP / 130.0)
    direct = sum(np.cos(k * phase) for k in range(1, count + 1)) / np.sqrt(count / 2)
    np.testing.assert_allclose(pulses - breath, direct, atol=1e-9)


def test_an_envelope_of_ones_leaves_the_sound_as_it_is() -> None:
    samples = np.random.default_rng(0).standard_normal(1000)
    frames = 1 + -(-len(samples) // voice_module.HOP)
    same = voice_module._filter(samples, np.ones((frames, voice_module.FRAME // 2 + 1)))
    np.testing.assert_allclose(same, samples, atol=1e-12)
