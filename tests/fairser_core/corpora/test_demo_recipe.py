from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import signal

from fairser_core.corpora.demo_recipe import PRESETS, Recipe, utterance_table
from fairser_core.corpora.voice import SAMPLE_RATE, Voice, speak

VOICE = ["duration", "pitch", "pitch_range", "tilt", "emphasis", "tempo", "level", "formant_scale"]


@pytest.fixture(scope="module", params=list(PRESETS))
def table(request: pytest.FixtureRequest) -> pd.DataFrame:
    return utterance_table(PRESETS[request.param])


def test_splits_have_the_sizes_and_shares_of_women_asked_for(table: pd.DataFrame) -> None:
    recipe = Recipe()
    women = (table["gender"] == "female").groupby(table["split"], sort=False)
    assert tuple(women.size()) == recipe.utterances
    np.testing.assert_allclose(women.mean(), (0.18, 0.47, 0.67), atol=0.02)


def test_speakers_are_as_many_as_asked_for_and_in_one_split_each(table: pd.DataFrame) -> None:
    speakers = table.groupby("split", sort=False)["speaker"].nunique()
    assert tuple(speakers) == Recipe().speakers
    assert table.groupby("speaker")[["split", "gender"]].nunique().eq(1).all(axis=None)


def test_utterances_are_dealt_evenly_to_the_speakers_of_a_gender(table: pd.DataFrame) -> None:
    counts = table.groupby(["split", "gender", "speaker"]).size().groupby(["split", "gender"])
    assert (counts.max() - counts.min()).max() <= 1


def test_every_group_has_the_papers_mean_of_five_ratings(table: pd.DataFrame) -> None:
    labels = table["activation"]
    assert labels.between(1, 7).all()
    np.testing.assert_allclose(labels * 5, (labels * 5).round(), atol=1e-9)
    groups = labels.groupby([table["split"], table["gender"]])
    np.testing.assert_allclose(groups.mean(), 4.2, atol=0.1)
    low = (labels <= 3.5).groupby([table["split"], table["gender"]]).mean()
    np.testing.assert_allclose(low, 0.28, atol=0.05)


def test_five_in_six_utterances_are_shorter_than_a_window_and_few_are_long(
    table: pd.DataFrame,
) -> None:
    durations = table["duration"]
    assert durations.between(2.7, 11.0).all()
    assert (durations < 4.488).mean() == pytest.approx(0.85, abs=0.01)
    assert 0 < (durations > 5.0).mean() < 0.02


def test_presets_differ_only_in_how_women_sound() -> None:
    biased, null = (utterance_table(PRESETS[name]) for name in ("biased", "null"))
    facts = [name for name in biased if name not in VOICE]
    pd.testing.assert_frame_equal(biased[facts], null[facts])
    men = biased["gender"] == "male"
    pd.testing.assert_frame_equal(biased[men], null[men])
    women = [biased[~men], null[~men]]
    for same in ("duration", "pitch", "pitch_range", "level", "formant_scale"):
        pd.testing.assert_series_equal(women[0][same], women[1][same])
    assert (women[0]["tilt"] != women[1]["tilt"]).all()


def test_a_table_is_the_same_each_time_and_another_with_another_seed() -> None:
    recipe = PRESETS["biased"]
    pd.testing.assert_frame_equal(utterance_table(recipe), utterance_table(recipe))
    other = utterance_table(replace(recipe, seed=recipe.seed + 1))
    assert not other["activation"].equals(utterance_table(recipe)["activation"])


def test_a_tiny_corpus_still_has_both_genders_and_levels_in_each_split() -> None:
    tiny = utterance_table(Recipe(utterances=(80, 40, 40), speakers=(10, 6, 6)))
    high = tiny["activation"] > 3.5
    assert len(tiny.groupby(["split", "gender", high])) == 12


def correlation(values: pd.Series, table: pd.DataFrame, gender: str) -> float:
    group = table["gender"] == gender
    return float(np.corrcoef(values[group], table["activation"][group])[0, 1])


def test_voices_follow_activation_in_the_directions_of_the_recipe() -> None:
    recipe = Recipe(heading=0.0, rotation=60.0, noise=0.0, speaker_noise=0.0, bias=1.0)
    table = utterance_table(recipe)
    men, women = (table[table["gender"] == gender] for gender in ("male", "female"))
    assert men["emphasis"].std() == pytest.approx(0.0, abs=1e-9)
    ratio = women["emphasis"].std() / recipe.emphasis / (women["tilt"].std() / recipe.tilt)
    assert ratio == pytest.approx(np.tan(np.radians(60.0)))
    assert men["tilt"].std() == pytest.approx(recipe.tilt, rel=0.05)
    assert women["tilt"].mean() - men["tilt"].mean() == pytest.approx(recipe.tilt, abs=0.1)
    for group in (men, women):
        assert np.corrcoef(group["level"], group["activation"])[0, 1] > 0.9
        assert np.corrcoef(np.log(group["pitch"]), group["activation"])[0, 1] > 0.2


def measured_tilt(samples: np.ndarray) -> float:
    """Slope of the long-term spectrum in dB per octave, from 300 to 2000 Hz."""
    frequencies, power = signal.welch(samples, SAMPLE_RATE, nperseg=512)
    band = (frequencies >= 300) & (frequencies <= 2000)
    return float(np.polyfit(np.log2(frequencies[band]), 10 * np.log10(power[band]), 1)[0])


@pytest.mark.parametrize("preset", ["biased", "null"])
def test_the_audible_tilt_shows_activation_less_in_women_of_biased_only(preset: str) -> None:
    recipe = replace(PRESETS[preset], utterances=(4, 160, 4), speakers=(2, 24, 2))
    table = utterance_table(recipe).query("split == 'validation'").reset_index(drop=True)
    sounds = [
        speak(Voice(**row[VOICE]), np.random.default_rng(number))
        for number, row in table.iterrows()
    ]
    tilt = pd.Series([measured_tilt(samples) for samples in sounds])
    men, women = (correlation(tilt, table, gender) for gender in ("male", "female"))
    assert men > 0.6
    if preset == "biased":
        assert women < men - 0.1
    else:
        assert women == pytest.approx(men, abs=0.08)
    # Women of `biased` sound more activated than they are.
    shift = tilt[table["gender"] == "female"].mean() - tilt[table["gender"] == "male"].mean()
    assert shift > 2.0 if preset == "biased" else abs(shift) < 0.7
