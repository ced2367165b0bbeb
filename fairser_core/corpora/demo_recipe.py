"""Recipe of the demo corpus: its utterances, speakers, labels and voices."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora.checks import GENDERS, SPLITS
from fairser_core.corpora.corpus import PAPER_SCALE

FloatArray = NDArray[np.float64]

RATERS = 5
MEAN, DEVIATION = 4.2, 1.1  # of the true activation (rating points), which is clipped to 1..7
DURATION_SHARES = (0.0, 0.5, 0.85, 0.99, 1.0)
DURATIONS = (2.7, 3.4, 4.488, 4.9, 11.0)  # s that these shares of the utterances do not exceed


@dataclass(frozen=True)
class Recipe:
    """Recipe of the corpus. The defaults are the preset `biased`.

    Activation moves a voice in a plane of two cues: the tilt of its spectrum, and its articulation
    (height of the formants, tempo). Men move mostly along the tilt. Women move in a direction
    rotated against the men's, with more noise, and from a starting point that sounds more
    activated. The tilt is thus the stronger cue and the unfair one. As few training utterances are
    women's, a model learns the men's cue; to be fair it must rely on articulation, which costs
    accuracy. Pitch and level follow activation alike in women and men.

    Women's pitch and formants overlap with men's. Where gender is plain from the audio, a
    convolutional network learns the women's cue beside the men's within some hundred steps, and
    leaves no bias in training for a method to remove.

    Cues are in standard deviations of activation: a noiseless voice that is one standard deviation
    more activated has moved by 1.

    Attributes:
        seed: seed of all random draws.
        utterances: numbers of utterances in training, validation and test.
        speakers: numbers of speakers in the same splits; no speaker is in two of them.
        women: shares of the utterances spoken by women, in the same splits.
        rater_bias: standard deviation of the raters' constant errors, which sum to 0 (points).
        rater_noise: standard deviation of a rater's other errors (points).
        heading: angle of the men's direction from tilt towards articulation (degrees).
        rotation: angle of the women's direction against the men's (degrees).
        noise: standard deviation of the noise of either cue.
        noise_ratio: women's noise over men's.
        bias: shift of women's voices in the direction of tilt, as if more activated.
        speaker_noise: standard deviation over speakers of the mean of either cue.
        tilt: change of the spectral slope per unit of its cue (dB per octave).
        emphasis: change of the formants' height per unit of its cue (dB).
        tempo: change of the logarithm of the syllable rate per unit of its cue.
        pitches: medians over speakers of the pitch of men and of women (Hz).
        pitch_spread: standard deviation of a speaker's pitch (semitones).
        formants: women's formant frequencies over men's.
        formant_spread: standard deviation of the logarithm of a speaker's formant frequencies.
        pitch: change of the pitch per standard deviation of activation (semitones).
        level: change of the level per standard deviation of activation (dB).
    """

    seed: int = 1
    utterances: tuple[int, int, int] = (1500, 800, 600)
    speakers: tuple[int, int, int] = (60, 40, 30)
    women: tuple[float, float, float] = (0.18, 0.47, 0.67)
    rater_bias: float = 0.3
    rater_noise: float = 0.7
    heading: float = 15.0
    rotation: float = 30.0
    noise: float = 0.5
    noise_ratio: float = 1.4
    bias: float = 1.5
    speaker_noise: float = 0.15
    tilt: float = 2.5
    emphasis: float = 4.0
    tempo: float = 0.08
    pitches: tuple[float, float] = (120.0, 150.0)
    pitch_spread: float = 3.0
    formants: float = 1.03
    formant_spread: float = 0.04
    pitch: float = 1.0
    level: float = 2.0


PRESETS = {
    "biased": Recipe(),
    # The same people, activations and noise, but activation sounds the same in women and men.
    "null": Recipe(rotation=0.0, noise_ratio=1.0, bias=0.0),
}


def utterance_table(recipe: Recipe) -> pd.DataFrame:
    """Make the table of utterances.

    Args:
        recipe: recipe of the corpus.

    Returns:
        One row an utterance: the columns of a manifest without the path, then those of a `Voice`.
    """
    biases = np.random.default_rng(recipe.seed).normal(0.0, recipe.rater_bias, RATERS)
    groups = [
        _group(recipe, split, gender, biases - biases.mean())
        for split in range(len(SPLITS))
        for gender in GENDERS
    ]
    return pd.concat(groups, ignore_index=True)


def _group(recipe: Recipe, split: int, gender: str, biases: FloatArray) -> pd.DataFrame:
    """Make the rows of one gender in one split."""
    from scipy.special import ndtri  # which listing the corpora need not load

    female = gender == "female"
    count, speakers = _sizes(recipe, split, female)
    shared = min(count, _sizes(recipe, split, not female)[0])
    rng = np.random.default_rng(np.random.SeedSequence(recipe.seed, spawn_key=(split,)))
    levels = np.hstack([_latin_hypercube(5 + RATERS, n, rng) for n in (shared, count - shared)])
    noise: FloatArray = ndtri(levels[2:])
    activation = np.clip(MEAN + DEVIATION * ndtri(levels[0]), *PAPER_SCALE)
    ratings = activation + biases[:, None] + recipe.rater_noise * noise[:RATERS]
    speaker = np.arange(count) % speakers
    name = f"{SPLITS[split]}-{gender}"
    # Centred, so that a gender's few speakers do not make a difference between the splits.
    habits = rng.normal(size=(4, speakers))
    habits = (habits - habits.mean(axis=1, keepdims=True))[:, speaker]
    rows = {
        "id": [f"{name}-{number:04}" for number in range(count)],
        "speaker": [f"{name}-{number:02}" for number in speaker],
        "gender": gender,
        "split": SPLITS[split],
        "activation": np.clip(np.round(ratings), *PAPER_SCALE).mean(axis=0),
        "duration": np.interp(levels[1], DURATION_SHARES, DURATIONS),
    }
    voices = _voices(recipe, female, (activation - MEAN) / DEVIATION, noise[RATERS:], habits)
    return pd.DataFrame(rows | voices)


def _voices(
    recipe: Recipe,
    female: bool,
    activation: FloatArray,
    noise: FloatArray,
    habits: FloatArray,
) -> dict[str, FloatArray]:
    """Make the voices of one gender: columns (utterance,) of a `Voice`.

    Args:
        recipe: recipe of the corpus.
        female: whether the speakers are women.
        activation: standardised activation (utterance,).
        noise: standard normal draws for tilt, articulation and pitch (3, utterance).
        habits: standard normal draws of each speaker for tilt, articulation, pitch and formants
            (4, utterance).
    """
    turn = np.radians(recipe.heading + (recipe.rotation if female else 0.0))
    spread = recipe.noise * (recipe.noise_ratio if female else 1.0)
    tilt = np.cos(turn) * activation + spread * noise[0] + recipe.speaker_noise * habits[0]
    articulation = np.sin(turn) * activation + spread * noise[1] + recipe.speaker_noise * habits[1]
    if female:
        tilt += recipe.bias
    melody = activation + 0.5 * noise[2]
    return {
        "pitch": recipe.pitches[female]
        * 2 ** ((recipe.pitch * melody + recipe.pitch_spread * habits[2]) / 12),
        "pitch_range": np.maximum(2.0 + 0.5 * melody, 0.5),
        "tilt": -9.0 + recipe.tilt * tilt,
        "emphasis": np.maximum(14.0 + recipe.emphasis * articulation, 2.0),
        "tempo": 4.5 * np.exp(recipe.tempo * articulation),
        "level": -26.0 + recipe.level * activation,
        "formant_scale": (recipe.formants if female else 1.0)
        * np.exp(recipe.formant_spread * habits[3]),
    }


def _sizes(recipe: Recipe, split: int, female: bool) -> tuple[int, int]:
    """Count utterances and speakers of one gender in one split; at least one speaker."""
    utterances, speakers = recipe.utterances[split], recipe.speakers[split]
    share = recipe.women[split]
    women = round(utterances * share)
    female_speakers = min(max(round(speakers * share), 1), speakers - 1)
    return (women, female_speakers) if female else (utterances - women, speakers - female_speakers)


def _latin_hypercube(dimensions: int, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw uniform levels in 0..1 (dimension, draw), one in each of `count` equal strata.

    Small groups, too, are thus typical samples and hold both low and high activation.
    """
    strata = rng.permuted(np.tile(np.arange(count), (dimensions, 1)), axis=1)
    return (strata + rng.random((dimensions, count))) / count
