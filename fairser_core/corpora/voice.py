"""Speech-like sound by source and filter (Fant 1960): pulses and breath, shaped by formants.

There are syllables and pauses but no words: activation is carried by the manner of speaking.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SAMPLE_RATE = 8000  # Hz
TOP = 3900.0  # Hz, of the highest harmonic
FRAME, HOP = 256, 128  # samples; half overlapping, so that squared half-sine windows add up to 1

FORMANTS = np.array(
    [
        [270, 2290, 3010, 3400],
        [390, 1990, 2550, 3400],
        [530, 1840, 2480, 3400],
        [660, 1720, 2410, 3400],
        [730, 1090, 2440, 3400],
        [570, 840, 2410, 3400],
        [440, 1020, 2240, 3400],
        [300, 870, 2240, 3400],
        [640, 1190, 2390, 3400],
        [490, 1350, 1690, 3400],
    ],
    dtype=float,
)
"""Hz (vowel, formant): men's means of Peterson & Barney 1952, and a fixed fourth formant."""

BANDWIDTHS = np.array([110.0, 140.0, 180.0, 250.0])  # Hz, from a formant's peak to half of it in dB
PAUSE_SHARE = 0.12  # of the syllables are followed by a pause
PAUSE = (0.15, 0.4)  # s
BREATH = 0.1  # amplitude of the noise beside the pulses
DECLINATION = 1.0  # semitones that the pitch falls over an utterance


@dataclass(frozen=True)
class Voice:
    """Manner in which one utterance is spoken.

    Attributes:
        duration: duration in s.
        pitch: mean fundamental frequency in Hz.
        pitch_range: standard deviation of the syllables' pitch in semitones.
        tilt: slope of the spectrum below the formants in dB per octave; the nearer to 0, the
            brighter and more strained.
        emphasis: height of the formants above that slope in dB.
        tempo: syllables per second.
        level: level of the utterance in dB, 0 for a root mean square of 1.
        formant_scale: factor on the formants of a man; about 1.1 to 1.2 for a woman.
        noise_level: level of the background noise, in dB relative to the voice.
    """

    duration: float
    pitch: float
    pitch_range: float
    tilt: float
    emphasis: float
    tempo: float
    level: float
    formant_scale: float = 1.0
    noise_level: float = -20.0


def speak(voice: Voice, rng: np.random.Generator) -> FloatArray:
    """Synthesise an utterance.

    Args:
        voice: manner of speaking.
        rng: source of syllables, pauses, vowels and noise.

    Returns:
        Samples at `SAMPLE_RATE` (sample,), clipped to ±1.
    """
    samples = round(voice.duration * SAMPLE_RATE)
    frames = 1 + -(-samples // HOP)
    times = np.arange(frames) * HOP / SAMPLE_RATE
    loudness, pitch, formants = _syllables(voice, times, rng)
    spread = np.arange(samples) / HOP
    source = _source(
        np.interp(spread, np.arange(frames), pitch),
        np.interp(spread, np.arange(frames), loudness),
        rng,
    )
    sound = _filter(source, _gains(voice, formants))
    noise = 10 ** (voice.noise_level / 20) * _unit(_background(samples, rng))
    return np.clip(10 ** (voice.level / 20) * (_unit(sound) + noise), -1.0, 1.0)


def _syllables(
    voice: Voice, times: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw loudness in 0..1 (frame,), pitch in Hz (frame,) and formants in Hz (frame, formant)."""
    count = int(2 * voice.duration * voice.tempo) + 4  # more than are needed
    lengths = rng.lognormal(0.0, 0.2, count) / voice.tempo
    pauses = np.where(rng.random(count) < PAUSE_SHARE, rng.uniform(*PAUSE, count), 0.0)
    starts = np.cumsum(lengths + pauses) - lengths - pauses
    syllable = np.searchsorted(starts, times, side="right") - 1
    progress = np.clip((times - starts[syllable]) / lengths[syllable], 0.0, 1.0)
    loudness = np.sin(np.pi * progress)
    centres = starts + lengths / 2
    accents = rng.normal(0.0, voice.pitch_range, count)
    fall = DECLINATION * (0.5 - times / voice.duration)
    pitch = voice.pitch * 2 ** ((np.interp(times, centres, accents) + fall) / 12)
    vowels = FORMANTS[rng.integers(len(FORMANTS), size=count)] * voice.formant_scale
    formants = np.stack([np.interp(times, centres, track) for track in vowels.T], axis=1)
    return loudness, pitch, formants


def _source(pitch: FloatArray, loudness: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Make pulses with all harmonics below `TOP`, equally strong, and breath (sample,).

    The K harmonics are summed in closed form, the Dirichlet kernel:
    Σ_k cos kφ = sin((K + ½)φ) / (2 sin(φ/2)) - ½.
    """
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    harmonics = np.floor(TOP / pitch)
    half = np.sin(phase / 2)
    at_pulse = np.abs(half) < 1e-6
    kernel = np.sin((harmonics + 0.5) * phase) / np.where(at_pulse, 1.0, 2 * half)
    pulses = np.where(at_pulse, harmonics + 0.5, kernel) - 0.5
    breath = BREATH * np.sqrt(loudness) * rng.standard_normal(len(pitch))
    return loudness * pulses / np.sqrt(harmonics / 2) + breath


def _gains(voice: Voice, formants: FloatArray) -> FloatArray:
    """Return the spectral envelope as amplitudes (frame, frequency): a slope with formants."""
    frequencies = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)
    slope = voice.tilt * np.log2(np.maximum(frequencies, 250.0) / 1000.0)
    distance = (frequencies - formants[:, :, None]) / BANDWIDTHS[:, None]
    peaks = voice.emphasis / (1 + distance**2)
    gains: FloatArray = 10 ** ((slope + peaks.sum(axis=1)) / 20)
    return gains


def _filter(sound: FloatArray, gains: FloatArray) -> FloatArray:
    """Multiply each frame's spectrum by its gains; add the frames up again (sample,)."""
    window = np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME)
    padded = np.zeros(len(gains) * HOP + FRAME - HOP)
    padded[HOP : HOP + len(sound)] = sound
    blocks = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP] * window
    shaped = np.fft.irfft(np.fft.rfft(blocks) * gains) * window
    result = np.zeros_like(padded).reshape(-1, HOP)
    result[:-1] += shaped[:, :HOP]
    result[1:] += shaped[:, HOP:]
    return result.reshape(-1)[HOP : HOP + len(sound)]


def _background(samples: int, rng: np.random.Generator) -> FloatArray:
    """Draw noise whose power falls with frequency, as in a room (sample,)."""
    from scipy import signal  # a second to import, which listing the corpora need not take

    noise: FloatArray = signal.lfilter([1.0], [1.0, -0.9], rng.standard_normal(samples))
    return noise


def _unit(sound: FloatArray) -> FloatArray:
    """Scale the sound to a root mean square of 1."""
    unit: FloatArray = sound / np.sqrt(np.mean(np.square(sound)))
    return unit
