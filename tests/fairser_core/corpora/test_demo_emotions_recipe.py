from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora.demo_emotions_recipe import (
    COUNTS,
    CUE_WIDTH,
    PRESETS,
    Recipe,
    rated_tables,
)
from fairser_core.corpora.perception import agreement, perceive, sizes
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS
from fairser_core.corpora.rating_checks import Tables

SEEDS = (1, 2, 3)


def perceived(tables: Tables) -> pd.DataFrame:
    return perceive(tables.ratings, tables.raters, PAPER_EMOTIONS)


def shares(recipe: Recipe) -> pd.Series:
    """Agreement on all data by gender and emotion, the mean over seeds."""
    made = [rated_tables(replace(recipe, seed=seed))[0] for seed in SEEDS]
    agreed = [
        agreement(perceived(t), PAPER_EMOTIONS, t.utterances.set_index("id")["speaker"])
        for t in made
    ]
    joined = pd.concat(agreed).query("data == 'all'")
    return joined.groupby(["gender", "emotion"])["share"].mean()


@pytest.fixture(scope="module")
def corpus() -> tuple[Tables, np.ndarray]:
    return rated_tables(PRESETS["biased"])


def test_men_agree_less_with_the_ground_truth_on_frustration_and_more_on_all_else() -> None:
    counts = shares(PRESETS["biased"])
    for emotion in PAPER_EMOTIONS:
        difference = counts["female", emotion] - counts["male", emotion]
        assert difference > 0.08 if emotion == "frustration" else difference < -0.08
    assert counts["male", "frustration"] == pytest.approx(0.62, abs=0.05)
    assert counts["female", "frustration"] == pytest.approx(0.76, abs=0.05)


def test_without_leaning_frustration_is_perceived_as_all_else() -> None:
    counts = shares(replace(PRESETS["biased"], leaning=0.0))
    assert counts["female", "frustration"] < counts["male", "frustration"] - 0.08


@pytest.mark.parametrize("seed", SEEDS)
def test_two_in_five_utterances_are_in_s1(seed: int) -> None:
    counts = sizes(perceived(rated_tables(Recipe(seed=seed))[0]))
    kept = counts["S1"] + counts["S2"]
    assert counts["S1"] / kept == pytest.approx(0.40, abs=0.03)
    assert 1800 < kept < 2000


def test_s1_grows_with_clarity() -> None:
    counts = [sizes(perceived(rated_tables(Recipe(clarity=k))[0])) for k in (1.2, 1.65, 2.0)]
    first, second, third = (left["S1"] / (left["S1"] + left["S2"]) for left in counts)
    assert first < second - 0.08
    assert second < third - 0.05


def test_ties_panels_of_one_gender_and_nobodys_ground_truth_are_there(
    corpus: tuple[Tables, np.ndarray],
) -> None:
    counts = sizes(perceived(corpus[0]))
    for name in ("no_plurality", "aligned_with_none", "tied_female", "unrated_male"):
        assert counts[name] > 20, name
    assert counts["unrated_female"] > 20


def test_panels_are_of_three_or_four_of_both_genders_mostly(
    corpus: tuple[Tables, np.ndarray],
) -> None:
    tables = corpus[0]
    votes = tables.ratings.merge(tables.raters, on="rater")
    women = (votes["gender"] == "female").groupby(votes["utterance"])
    panels = pd.Series(list(zip(women.sum(), women.size() - women.sum(), strict=True)))
    counts = panels.value_counts(normalize=True)
    assert set(counts.index) == {(2, 2), (2, 1), (1, 2), (3, 0), (0, 3)}
    for panel, share in (((2, 2), 0.3), ((2, 1), 0.33), ((1, 2), 0.33), ((3, 0), 0.02)):
        assert counts[[panel]].item() == pytest.approx(share, abs=0.001)
    assert not tables.ratings.duplicated(["utterance", "rater"]).any()
    assert tables.ratings["rater"].value_counts().between(1000, 1500).all()


def test_emotions_are_as_frequent_as_in_iemocap_and_blend_as_documented(
    corpus: tuple[Tables, np.ndarray],
) -> None:
    table = corpus[0].utterances
    counts = table["first"].value_counts(normalize=True)[list(PAPER_EMOTIONS)]
    np.testing.assert_allclose(counts, np.array(COUNTS) / sum(COUNTS), atol=0.001)
    assert (table["first"] != table["second"]).all()
    pairs = set(zip(table["first"], table["second"], strict=True))
    assert len(pairs) == 5 * 4 - 2
    assert not pairs & {("frustration", "happiness"), ("happiness", "frustration")}
    assert table["weight"].between(0, 0.9).all()
    assert table["weight"].mean() == pytest.approx(0.9 * 1.2 / 3.7, abs=0.01)


def test_a_session_is_a_woman_and_a_man(corpus: tuple[Tables, np.ndarray]) -> None:
    groups = corpus[0].utterances.groupby("session")
    assert (groups["speaker"].nunique() == 2).all()
    assert (groups["gender"].nunique() == 2).all()
    assert len(groups) == 5


def cue_means(tables: Tables, features: np.ndarray) -> pd.Series:
    """Mean of the last features, less each speaker's own, by aligned gender; none: elsewhere."""
    speakers = tables.utterances["speaker"].to_numpy()
    cue = pd.DataFrame(features[:, -CUE_WIDTH:])
    cue = (cue - cue.groupby(speakers).transform("mean")).mean(axis=1)
    aligned = perceived(tables)["aligned"].reindex(tables.utterances["id"]).fillna("none")
    return cue.groupby(aligned.to_numpy()).mean()


@pytest.mark.parametrize(("preset", "step"), [("biased", 0.5), ("null", 0.0)])
def test_the_last_features_tell_whose_perception_it_is_in_biased_only(
    preset: str, step: float
) -> None:
    counts = cue_means(*rated_tables(PRESETS[preset]))
    assert counts["female"] - counts["none"] == pytest.approx(step, abs=0.06)
    assert counts["male"] - counts["none"] == pytest.approx(-step, abs=0.06)


def test_presets_differ_only_in_the_cue() -> None:
    (first, biased), (second, null) = (rated_tables(PRESETS[name]) for name in PRESETS)
    for name in ("utterances", "ratings", "raters"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    np.testing.assert_array_equal(biased[:, :-CUE_WIDTH], null[:, :-CUE_WIDTH])
    assert (np.abs(biased - null)[:, -CUE_WIDTH:].max(axis=0) > 0.4).all()


def test_the_nearest_mean_finds_the_emotion_but_not_always(
    corpus: tuple[Tables, np.ndarray],
) -> None:
    tables, features = corpus
    speakers = tables.utterances["speaker"].to_numpy()
    table = pd.DataFrame(features)
    table -= table.groupby(speakers).transform("mean")
    truth = perceived(tables)["truth"].reindex(tables.utterances["id"]).to_numpy()
    train = tables.utterances["session"].to_numpy() != "5"
    means = table[train].groupby(truth[train]).mean()
    distances = np.square(table[~train].to_numpy()[:, None] - means.to_numpy()).sum(axis=2)
    rows = pd.notna(truth[~train])
    right = means.index.to_numpy()[distances.argmin(axis=1)] == truth[~train]
    assert 0.55 < right[rows].mean() < 0.85


def test_tables_are_the_same_each_time_and_others_with_another_seed() -> None:
    (left, first), (two, second) = (rated_tables(Recipe(utterances=100)) for _ in range(2))
    pd.testing.assert_frame_equal(left.ratings, two.ratings)
    np.testing.assert_array_equal(first, second)
    other, third = rated_tables(Recipe(seed=2, utterances=100))
    assert not left.ratings.equals(other.ratings)
    assert not np.array_equal(first, third)
