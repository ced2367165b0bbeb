import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.emotion_arrays import emotion_arrays
from fairser_core.datasets.normalisation import choose, normalise_by_group
from tests.support.toy_tables import toy_studied

EMOTIONS = ("anger", "sadness", "neutral")


def speakers_of(*counts: int) -> pd.DataFrame:
    names = [f"s{number}" for number, count in enumerate(counts) for _ in range(count)]
    return pd.DataFrame({"speaker": names})


@pytest.fixture
def table() -> pd.DataFrame:
    return toy_studied()


@pytest.fixture
def vectors(table: pd.DataFrame) -> np.ndarray:
    """Features far from 0, the last one constant."""
    drawn = np.random.default_rng(0).normal(5.0, 3.0, (len(table), 4))
    drawn[:, 3] = 7.1
    return drawn


def test_features_are_normalised_within_each_speaker() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(3.0, 2.0, (30, 4))
    vectors[:, 3] = 7.0
    speakers = pd.Series(rng.choice(["a", "b", "c"], 30))
    result = normalise_by_group(vectors, speakers)
    for speaker in "abc":
        rows = speakers == speaker
        expected = StandardScaler().fit_transform(vectors[rows])
        np.testing.assert_allclose(result[rows], expected, atol=1e-6)
    assert (result[:, 3] == 0).all()


@pytest.mark.parametrize(
    ("counts", "chosen"),
    [
        ((5, 5, 5), "speaker"),
        ((2, 5, 9), "speaker"),
        ((4, 4, 30), "training"),
        ((1, 20, 20, 20), "training"),
        ((1,) * 30, "training"),
    ],
)
def test_speakers_normalise_where_each_has_several_utterances(
    counts: tuple[int, ...], chosen: str
) -> None:
    assert choose("auto", speakers_of(*counts)).normalisation == chosen


def test_the_choice_states_its_reason_and_how_many_utterances_speakers_have() -> None:
    note = choose("auto", speakers_of(1, 2, 7)).note
    assert note == (
        "features are normalised with mean and deviation of the training sessions (normalisation "
        "training): 3 speakers with 1 to 7 utterances each, median 2; of a single one (1 speakers) "
        "normalising by speaker leaves nothing"
    )
    assert choose("session", speakers_of(1, 2)).note.startswith(
        "features are normalised over each session's utterances (normalisation session): 2 speakers"
    )


def test_a_group_of_which_normalising_leaves_nothing_is_refused(
    table: pd.DataFrame, vectors: np.ndarray
) -> None:
    alone = table.assign(speaker=[f"s{row}" for row in range(len(table))])
    with pytest.raises(
        ValueError, match=r"by speaker leaves nothing of 111 of 111, .* s0, s1, s10"
    ):
        emotion_arrays(alone, list(vectors), EMOTIONS, "speaker")
    vectors[table["speaker"] == "s1f"] = vectors[0]
    with pytest.raises(ValueError, match=r"leaves nothing of 1 of 6, whose .* single: s1f; leave"):
        emotion_arrays(table, list(vectors), EMOTIONS, "speaker")


def test_training_sessions_normalise_the_features_of_each_fold(
    table: pd.DataFrame, vectors: np.ndarray
) -> None:
    made = emotion_arrays(table, list(vectors), EMOTIONS, "training")
    np.testing.assert_array_equal(made.features, vectors.astype(np.float32))
    assert made.statistics is not None
    for fold, mean, deviation in zip(made.folds(), *made.statistics, strict=True):
        scaler = StandardScaler().fit(vectors[fold.train])
        np.testing.assert_allclose(mean, scaler.mean_)
        np.testing.assert_allclose(deviation, scaler.scale_)


def test_sessions_normalise_and_no_normalisation_keeps_features(
    table: pd.DataFrame, vectors: np.ndarray
) -> None:
    made = emotion_arrays(table, list(vectors), EMOTIONS, "session")
    expected = normalise_by_group(vectors, table["session"])
    np.testing.assert_array_equal(made.features, expected)
    plain = emotion_arrays(table, list(vectors), EMOTIONS, "none")
    np.testing.assert_array_equal(plain.features, vectors.astype(np.float32))
    assert plain.statistics is None
    assert made.statistics is None


def notes(made: Emotion) -> str:
    return "\n".join(made.notes[1:])


def test_features_that_never_vary_are_named_or_refused(
    table: pd.DataFrame, vectors: np.ndarray
) -> None:
    made = emotion_arrays(table, list(vectors), EMOTIONS)
    assert notes(made) == (
        "1 of 4 features of utterances never vary, and tell nothing: 3 (counted from 0)"
    )
    vectors[:, 1] = table["speaker"].map({name: n for n, name in enumerate(set(table["speaker"]))})
    made = emotion_arrays(table, list(vectors), EMOTIONS)
    assert "1 of 4 features normalised by speaker never vary, and tell nothing: 1 (" in notes(made)
    assert "features normalised" not in notes(
        emotion_arrays(table, list(vectors), EMOTIONS, "none")
    )
    with pytest.raises(ValueError, match="none of the 4 features of utterances varies"):
        emotion_arrays(table, list(np.full_like(vectors, 0.1)), EMOTIONS)
